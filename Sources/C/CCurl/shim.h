#ifndef TRAWL_CCurl_H
#define TRAWL_CCurl_H

#include <curl/curl.h>

#endif
