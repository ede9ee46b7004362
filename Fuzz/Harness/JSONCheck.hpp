#ifndef TRAWL_FUZZ_JSON_CHECK_HPP
#define TRAWL_FUZZ_JSON_CHECK_HPP

#include <cstddef>
#include <cstdint>
#include <vector>

/// RFC 8259 as a pushdown automaton over single bytes. Shares nothing with the grammar it checks, neither code nor
/// shape, so that one mistake is not in both. UTF-8 is not its concern.
class JSONCheck {
public:
    static bool accepts(const uint8_t *bytes, size_t length) {
        JSONCheck check;
        for (size_t index = 0; index < length; ++index) {
            if (!check.take(bytes[index])) return false;
        }
        return check.isEnd();
    }

private:
    enum State {
        value, firstElement, firstKey, key, colon, after, string, escape, hex, literal, minus, zero, whole, point,
        fraction, exponent, exponentSign, exponentDigits,
    };

    State state = value;
    std::vector<char> open;
    bool isKey = false;
    int hexLeft = 0;
    const char *rest = "";

    static bool isSpace(uint8_t byte) { return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r'; }
    static bool isDigit(uint8_t byte) { return byte >= '0' && byte <= '9'; }
    bool go(State next) {
        state = next;
        return true;
    }

    /// A number ends where the next byte is none of its own.
    bool isEnd() const {
        const bool isWhole = state == after || state == zero || state == whole || state == fraction
            || state == exponentDigits;
        return isWhole && open.empty();
    }

    bool begin(uint8_t byte) {
        switch (byte) {
        case '{': open.push_back('{'); return go(firstKey);
        case '[': open.push_back('['); return go(firstElement);
        case '"': isKey = false; return go(string);
        case 't': rest = "rue"; return go(literal);
        case 'f': rest = "alse"; return go(literal);
        case 'n': rest = "ull"; return go(literal);
        case '-': return go(minus);
        case '0': return go(zero);
        default: return isDigit(byte) && go(whole);
        }
    }

    bool follow(uint8_t byte) {
        if (isSpace(byte)) return go(after);
        if (open.empty()) return false;
        const bool isObject = open.back() == '{';
        if (byte == ',') return go(isObject ? key : value);
        if (byte != (isObject ? '}' : ']')) return false;
        open.pop_back();
        return go(after);
    }

    bool take(uint8_t byte) {
        switch (state) {
        case value: return isSpace(byte) || begin(byte);
        case firstElement: return isSpace(byte) || (byte == ']' ? follow(byte) : begin(byte));
        case firstKey:
            if (byte == '}') return follow(byte);
            [[fallthrough]];
        case key:
            if (isSpace(byte)) return true;
            isKey = true;
            return byte == '"' && go(string);
        case colon: return isSpace(byte) || (byte == ':' && go(value));
        case after: return follow(byte);
        case string:
            if (byte == '"') return go(isKey ? colon : after);
            return byte == '\\' ? go(escape) : byte >= 0x20;
        case escape:
            hexLeft = 4;
            if (byte == 'u') return go(hex);
            for (const char *letter = "\"\\/bfnrt"; *letter; ++letter) {
                if (byte == uint8_t(*letter)) return go(string);
            }
            return false;
        case hex:
            if (!isDigit(byte) && (byte < 'A' || byte > 'F') && (byte < 'a' || byte > 'f')) return false;
            return --hexLeft > 0 || go(string);
        case literal:
            if (byte != uint8_t(*rest)) return false;
            return *++rest || go(after);
        case minus: return byte == '0' ? go(zero) : isDigit(byte) && go(whole);
        case whole:
            if (isDigit(byte)) return true;
            [[fallthrough]];
        case zero:
            if (byte == '.') return go(point);
            [[fallthrough]];
        case fraction:
            if (state == fraction && isDigit(byte)) return true;
            return byte == 'e' || byte == 'E' ? go(exponent) : follow(byte);
        case point: return isDigit(byte) && go(fraction);
        case exponent:
            if (byte == '+' || byte == '-') return go(exponentSign);
            [[fallthrough]];
        case exponentSign: return isDigit(byte) && go(exponentDigits);
        case exponentDigits: return isDigit(byte) || follow(byte);
        }
        return false;
    }
};

#endif
