#ifndef TRAWL_CZstd_H
#define TRAWL_CZstd_H

#include <zstd.h>

#endif
