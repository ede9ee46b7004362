#ifndef TRAWL_CMicroHTTPD_H
#define TRAWL_CMicroHTTPD_H

#include <microhttpd.h>

#endif
