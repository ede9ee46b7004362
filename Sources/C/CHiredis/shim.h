#ifndef TRAWL_CHiredis_H
#define TRAWL_CHiredis_H

#include <hiredis/hiredis.h>

#endif
