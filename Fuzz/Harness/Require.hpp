#ifndef TRAWL_FUZZ_REQUIRE_HPP
#define TRAWL_FUZZ_REQUIRE_HPP

#include <cstdio>
#include <cstdlib>

/// A broken promise ends the process: that is how the fuzzer learns of it.
#define REQUIRE(condition)                                                          \
    do {                                                                            \
        if (!(condition)) {                                                         \
            std::fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                           \
        }                                                                           \
    } while (0)

#endif
