#ifndef TRAWL_GRAMMAR_HPP
#define TRAWL_GRAMMAR_HPP

#include "CSimdjson.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace trawl {

/// Strict RFC 8259 grammar over bytes that are known to be UTF-8.
///
/// simdjson's own front ends do not fit: on-demand parsing accepts nonsense inside values it skips, and the DOM refuses
/// numbers that do not fit a machine word although they are valid. Every method takes the position it starts at and
/// returns the position after what it read, or null after noting the error. No byte at or after `end` is read.
class Grammar {
public:
    static constexpr unsigned maximumDepth = 512;

    Grammar(const uint8_t *begin, const uint8_t *end) : begin(begin), end(end) {}

    CSimdjson_status status = CSimdjson_ok;
    size_t errorOffset = 0;
    /// White space was skipped since the flag was last cleared.
    bool spaced = false;

    const uint8_t *fail(CSimdjson_status reason, const uint8_t *at) {
        status = at == end ? CSimdjson_truncated : reason;
        errorOffset = size_t(at - begin);
        return nullptr;
    }

    const uint8_t *space(const uint8_t *at) {
        if (at < end && *at > ' ') return at;
        return spaceSlowly(at);
    }

    bool has(const uint8_t *at, uint8_t byte) const { return at < end && *at == byte; }

    /// A string's text, from after its opening quote to after its closing one.
    const uint8_t *string(const uint8_t *at, bool &escaped) {
        for (;;) {
            at = plainText(at);
            if (at == end) return fail(CSimdjson_truncated, at);
            if (*at == '"') return at + 1;
            if (*at != '\\') return fail(CSimdjson_controlByte, at);
            escaped = true;
            at = escape(at + 1);
            if (!at) return nullptr;
        }
    }

    /// Any value, with everything inside it. `at` is its first byte.
    const uint8_t *value(const uint8_t *at) {
        const unsigned base = depth;
        unsigned level = base;
        bool escaped = false;
    value:
        if (at == end) return fail(CSimdjson_truncated, at);
        switch (*at) {
        case '"':
            at = string(at + 1, escaped);
            break;
        case '{':
            if (level == maximumDepth) return fail(CSimdjson_tooNested, at);
            closers[++level] = '}';
            at = space(at + 1);
            if (!has(at, '}')) goto key;
            ++at;
            --level;
            break;
        case '[':
            if (level == maximumDepth) return fail(CSimdjson_tooNested, at);
            closers[++level] = ']';
            at = space(at + 1);
            if (!has(at, ']')) goto value;
            ++at;
            --level;
            break;
        case 't': at = literal(at, "true", 4); break;
        case 'f': at = literal(at, "false", 5); break;
        case 'n': at = literal(at, "null", 4); break;
        default: at = number(at); break;
        }
        if (!at) return nullptr;
    after:
        if (level == base) return at;
        at = space(at);
        if (has(at, ',')) {
            at = space(at + 1);
            if (closers[level] == ']') goto value;
        } else if (has(at, closers[level])) {
            ++at;
            --level;
            goto after;
        } else {
            return fail(CSimdjson_unexpectedByte, at);
        }
    key:
        if (!has(at, '"')) return fail(CSimdjson_unexpectedByte, at);
        at = string(at + 1, escaped);
        if (!at) return nullptr;
        at = space(at);
        if (!has(at, ':')) return fail(CSimdjson_unexpectedByte, at);
        at = space(at + 1);
        goto value;
    }

    /// An object, giving each member to `member(key, length, escaped, at)`, which returns the position after its value.
    template <typename Member>
    const uint8_t *object(const uint8_t *at, Member &&member) {
        if (depth == maximumDepth) return fail(CSimdjson_tooNested, at);
        ++depth;
        at = space(at + 1);
        if (has(at, '}')) return leave(at + 1);
        for (;;) {
            if (!has(at, '"')) return fail(CSimdjson_unexpectedByte, at);
            const uint8_t *const key = at + 1;
            bool escaped = false;
            at = string(key, escaped);
            if (!at) return nullptr;
            const size_t length = size_t(at - key) - 1;
            at = space(at);
            if (!has(at, ':')) return fail(CSimdjson_unexpectedByte, at);
            at = member(key, length, escaped, space(at + 1));
            if (!at) return nullptr;
            at = space(at);
            if (has(at, '}')) return leave(at + 1);
            if (!has(at, ',')) return fail(CSimdjson_unexpectedByte, at);
            at = space(at + 1);
        }
    }

    /// An array, giving each element's position to `element(at)`, which returns the position after it.
    template <typename Element>
    const uint8_t *array(const uint8_t *at, Element &&element) {
        if (depth == maximumDepth) return fail(CSimdjson_tooNested, at);
        ++depth;
        at = space(at + 1);
        if (has(at, ']')) return leave(at + 1);
        for (;;) {
            at = element(at);
            if (!at) return nullptr;
            at = space(at);
            if (has(at, ']')) return leave(at + 1);
            if (!has(at, ',')) return fail(CSimdjson_unexpectedByte, at);
            at = space(at + 1);
        }
    }

private:
    const uint8_t *const begin;
    const uint8_t *const end;
    unsigned depth = 0;
    uint8_t closers[maximumDepth + 1];

    const uint8_t *leave(const uint8_t *at) {
        --depth;
        return at;
    }

    const uint8_t *spaceSlowly(const uint8_t *at) {
        while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
            spaced = true;
            ++at;
        }
        return at;
    }

    /// The first quote, backslash or control byte, or the end.
    const uint8_t *plainText(const uint8_t *at) const {
#if defined(__SSE2__)
        const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
        while (end - at >= 16) {
            const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i *>(at));
            const __m128i found = _mm_or_si128(
                _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)),
                _mm_cmpeq_epi8(_mm_min_epu8(bytes, control), bytes));
            const int mask = _mm_movemask_epi8(found);
            if (mask) return at + __builtin_ctz(unsigned(mask));
            at += 16;
        }
#endif
        while (at < end && *at != '"' && *at != '\\' && *at >= 0x20) ++at;
        return at;
    }

    const uint8_t *escape(const uint8_t *at) {
        if (at == end) return fail(CSimdjson_truncated, at);
        switch (*at++) {
        case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return at;
        case 'u':
            for (int digit = 0; digit < 4; ++digit, ++at) {
                if (at == end) return fail(CSimdjson_truncated, at);
                const uint8_t byte = *at;
                const bool isHex = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'f');
                if (!isHex) return fail(CSimdjson_badEscape, at);
            }
            return at;
        default: return fail(CSimdjson_badEscape, at - 1);
        }
    }

    const uint8_t *literal(const uint8_t *at, const char *text, ptrdiff_t length) {
        const uint8_t *const first = at;
        for (ptrdiff_t index = 0; index < length; ++index, ++at) {
            if (at == end) return fail(CSimdjson_truncated, at);
            if (*at != uint8_t(text[index])) return fail(CSimdjson_badLiteral, first);
        }
        return at;
    }

    bool isDigit(const uint8_t *at) const { return at < end && uint8_t(*at - '0') < 10; }

    const uint8_t *digits(const uint8_t *at) {
        if (!isDigit(at)) return fail(CSimdjson_badNumber, at);
        do ++at;
        while (isDigit(at));
        return at;
    }

    const uint8_t *number(const uint8_t *at) {
        if (*at == '-') {
            ++at;
        } else if (!isDigit(at)) {
            return fail(CSimdjson_unexpectedByte, at);
        }
        if (has(at, '0')) {
            ++at;
            if (isDigit(at)) return fail(CSimdjson_badNumber, at);
        } else {
            at = digits(at);
            if (!at) return nullptr;
        }
        if (has(at, '.')) {
            at = digits(at + 1);
            if (!at) return nullptr;
        }
        if (has(at, 'e') || has(at, 'E')) {
            ++at;
            if (has(at, '+') || has(at, '-')) ++at;
            at = digits(at);
        }
        return at;
    }
};

}

#endif
