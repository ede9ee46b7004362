#ifndef TRAWL_CDeflate_H
#define TRAWL_CDeflate_H

#include <libdeflate.h>

#endif
