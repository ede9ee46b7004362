#ifndef TRAWL_CHiredis_H
#define TRAWL_CHiredis_H

#include <hiredis/hiredis.h>
// Swift's Glibc module leaves eventfd out; the client needs it to interrupt a thread that waits in poll.
#include <sys/eventfd.h>

#endif
