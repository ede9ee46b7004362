#ifndef TRAWL_FUZZ_BOUNDS_HPP
#define TRAWL_FUZZ_BOUNDS_HPP

#include "Require.hpp"

#include <sanitizer/asan_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

/// A copy of some bytes that ends where memory ends. libsimdjson is not instrumented, so the sanitizer does not see it
/// read too far; the page behind does.
class GuardedCopy {
public:
    GuardedCopy(const uint8_t *bytes, size_t length) : at(region().end - length) {
        REQUIRE(length <= Region::size);
        if (length > 0) std::memcpy(at, bytes, length);
    }

    uint8_t *const at;

private:
    struct Region {
        static constexpr size_t size = 1 << 20;
        uint8_t *end;

        Region() {
            const size_t page = size_t(sysconf(_SC_PAGESIZE));
            void *const memory = mmap(nullptr, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            REQUIRE(memory != MAP_FAILED);
            end = static_cast<uint8_t *>(memory) + size;
            REQUIRE(mprotect(end, page, PROT_NONE) == 0);
        }
    };

    static const Region &region() {
        static const Region only;
        return only;
    }
};

/// Room for exactly so many bytes. What is written behind it by instrumented code is reported at once, and by other code
/// when `check` is called.
class BoundedRoom {
public:
    explicit BoundedRoom(size_t length) : memory(length + tail, mark), length(length) {
        ASAN_POISON_MEMORY_REGION(memory.data() + length, tail);
    }
    ~BoundedRoom() { ASAN_UNPOISON_MEMORY_REGION(memory.data() + length, tail); }

    uint8_t *bytes() { return memory.data(); }

    void check() {
        ASAN_UNPOISON_MEMORY_REGION(memory.data() + length, tail);
        for (size_t index = length; index < memory.size(); ++index) REQUIRE(memory[index] == mark);
    }

private:
    static constexpr size_t tail = 256;
    static constexpr uint8_t mark = 0xA5;
    std::vector<uint8_t> memory;
    const size_t length;
};

#endif
