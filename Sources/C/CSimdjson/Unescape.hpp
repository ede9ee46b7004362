#ifndef TRAWL_UNESCAPE_HPP
#define TRAWL_UNESCAPE_HPP

#include <cstddef>
#include <cstdint>

// Made for text that has passed the grammar check; of any other text it makes something, within bounds.

namespace trawl {

inline uint32_t hexDigit(uint8_t byte) {
    return byte <= '9' ? byte - '0' : (byte | 0x20) - 'a' + 10;
}

inline uint32_t hexUnit(const uint8_t *digits) {
    return (hexDigit(digits[0]) << 12 | hexDigit(digits[1]) << 8 | hexDigit(digits[2]) << 4 | hexDigit(digits[3]))
        & 0xFFFF;
}

template <typename Sink>
void putScalar(uint32_t scalar, Sink &&sink) {
    if (scalar < 0x80) {
        sink(uint8_t(scalar));
    } else if (scalar < 0x800) {
        sink(uint8_t(0xC0 | scalar >> 6));
        sink(uint8_t(0x80 | (scalar & 0x3F)));
    } else if (scalar < 0x10000) {
        sink(uint8_t(0xE0 | scalar >> 12));
        sink(uint8_t(0x80 | (scalar >> 6 & 0x3F)));
        sink(uint8_t(0x80 | (scalar & 0x3F)));
    } else {
        sink(uint8_t(0xF0 | scalar >> 18));
        sink(uint8_t(0x80 | (scalar >> 12 & 0x3F)));
        sink(uint8_t(0x80 | (scalar >> 6 & 0x3F)));
        sink(uint8_t(0x80 | (scalar & 0x3F)));
    }
}

/// Gives the decoded bytes to `sink`, one by one.
template <typename Sink>
void unescape(const uint8_t *raw, size_t length, Sink &&sink) {
    const uint8_t *const end = raw + length;
    while (raw < end) {
        const bool isWhole = end - raw >= 2 && (raw[1] != 'u' || end - raw >= 6);
        if (*raw != '\\' || !isWhole) {
            sink(*raw++);
            continue;
        }
        const uint8_t letter = raw[1];
        raw += 2;
        switch (letter) {
        case 'b': sink(uint8_t('\b')); break;
        case 'f': sink(uint8_t('\f')); break;
        case 'n': sink(uint8_t('\n')); break;
        case 'r': sink(uint8_t('\r')); break;
        case 't': sink(uint8_t('\t')); break;
        case 'u': {
            uint32_t unit = hexUnit(raw);
            raw += 4;
            if (unit >= 0xD800 && unit < 0xDC00 && end - raw >= 6 && raw[0] == '\\' && raw[1] == 'u') {
                const uint32_t low = hexUnit(raw + 2);
                if (low >= 0xDC00 && low < 0xE000) {
                    unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
                    raw += 6;
                }
            }
            putScalar(unit, sink);
            break;
        }
        default: sink(letter); break;
        }
    }
}

}

#endif
