#ifndef TRAWL_CXXHash_H
#define TRAWL_CXXHash_H

#include <xxhash.h>

#endif
