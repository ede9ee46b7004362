#include "CSimdjson.h"

#include "Grammar.hpp"
#include "Unescape.hpp"

#include <cstdlib>
#include <simdjson.h>

namespace {

using trawl::Grammar;

bool matches(const uint8_t *key, size_t length, bool escaped, CSimdjson_text wanted) {
    if (!escaped) return length == wanted.length && std::memcmp(key, wanted.bytes, length) == 0;
    size_t position = 0;
    bool equal = true;
    trawl::unescape(key, length, [&](uint8_t byte) {
        equal = equal && position < wanted.length && wanted.bytes[position] == byte;
        ++position;
    });
    return equal && position == wanted.length;
}

bool isUTF8(const uint8_t *from, const uint8_t *to) {
    return simdjson::validate_utf8(reinterpret_cast<const char *>(from), size_t(to - from));
}

/// Notes the first byte that is not UTF-8. Only a bad body is looked at twice.
bool checkUTF8(Grammar &grammar, const uint8_t *body, const uint8_t *end) {
    if (isUTF8(body, end)) return true;
    for (const uint8_t *at = body; at < end;) {
        const int length = *at < 0x80 ? 1 : *at < 0xE0 ? 2 : *at < 0xF0 ? 3 : 4;
        if (length > end - at || (length > 1 && !isUTF8(at, at + length))) {
            grammar.fail(CSimdjson_notUTF8, at);
            return false;
        }
        at += length;
    }
    return true;
}

CSimdjson_text text(const char *literal) {
    return {reinterpret_cast<const uint8_t *>(literal), std::strlen(literal)};
}

/// Reads one record from `first` on, which is also what its tokens' offsets count from.
class RecordReader {
public:
    RecordReader(Grammar &grammar, const CSimdjson_profile &profile, const uint8_t *first)
        : grammar(grammar), profile(profile), first(first) {}

    CSimdjson_record record = {};

    const uint8_t *read() {
        if (*first != '{') return grammar.value(first);
        record.isObject = 1;
        return grammar.object(first, [&](const uint8_t *key, size_t length, bool escaped, const uint8_t *at) {
            // Not `else`: a profile may name one key twice, for example start and end.
            const uint8_t *after = nullptr;
            if (matches(key, length, escaped, profile.id)) {
                record.repeatedID |= record.id.kind != CSimdjson_absent;
                after = token(at, record.id);
                if (!after) return after;
            }
            if (matches(key, length, escaped, profile.start)) {
                after = token(at, record.start);
                if (!after) return after;
            }
            if (matches(key, length, escaped, profile.end)) {
                after = token(at, record.end);
                if (!after) return after;
            }
            if (matches(key, length, escaped, containers[0])) return count(at, 0, record.segments);
            return after ? after : grammar.value(at);
        });
    }

private:
    Grammar &grammar;
    const CSimdjson_profile &profile;
    const uint8_t *const first;
    const CSimdjson_text containers[3] = {text("participants"), text("sessions"), text("segments")};

    const uint8_t *token(const uint8_t *at, CSimdjson_token &token) {
        token = {};
        const uint8_t *after = nullptr;
        if (grammar.has(at, '"')) {
            bool escaped = false;
            after = grammar.string(at + 1, escaped);
            if (!after) return nullptr;
            token.kind = CSimdjson_string;
            token.offset = uint32_t(at + 1 - first);
            token.length = uint32_t(after - at - 2);
            token.escaped = escaped;
        } else {
            token.kind = grammar.has(at, 'n') ? CSimdjson_null : CSimdjson_other;
            after = grammar.value(at);
        }
        return after;
    }

    /// The elements of the innermost arrays. Of a repeated key the last value counts, so this assigns.
    const uint8_t *count(const uint8_t *at, size_t level, uint32_t &total) {
        total = 0;
        if (!grammar.has(at, '[')) return grammar.value(at);
        if (level == 2) {
            return grammar.array(at, [&](const uint8_t *element) {
                ++total;
                return grammar.value(element);
            });
        }
        return grammar.array(at, [&](const uint8_t *element) {
            if (!grammar.has(element, '{')) return grammar.value(element);
            uint32_t inner = 0;
            const uint8_t *const after = grammar.object(
                element, [&](const uint8_t *key, size_t length, bool escaped, const uint8_t *value) {
                    if (matches(key, length, escaped, containers[level + 1])) return count(value, level + 1, inner);
                    return grammar.value(value);
                });
            total += inner;
            return after;
        });
    }
};

class Splitter {
public:
    Splitter(const CSimdjson_profile &profile, const uint8_t *body, size_t length, uint8_t *lines)
        : grammar(body, body + length), profile(profile), body(body), end(body + length), lines(lines) {
        page.total = -1;
        page.pageCount = -1;
    }

    CSimdjson_page run() {
        if (!split()) {
            page.status = grammar.status;
            page.errorOffset = grammar.errorOffset;
            CSimdjson_release(&page);
            page.lineBytes = 0;
        }
        return page;
    }

private:
    Grammar grammar;
    const CSimdjson_profile &profile;
    const uint8_t *const body;
    const uint8_t *const end;
    uint8_t *const lines;
    CSimdjson_page page = {};
    size_t capacity = 0;
    /// The position in the profile's list of the best record key seen, and where its value lies if it is no array.
    size_t bestKey = SIZE_MAX;
    const uint8_t *notAnArray = nullptr;
    const uint8_t *badTotal = nullptr;
    const uint8_t *badCursor = nullptr;

    bool split() {
        if (size_t(end - body) > UINT32_MAX) return grammar.fail(CSimdjson_tooLong, body);
        if (!checkUTF8(grammar, body, end)) return false;
        const uint8_t *at = body;
        if (end - at >= 3 && at[0] == 0xEF && at[1] == 0xBB && at[2] == 0xBF) at += 3;
        at = grammar.space(at);
        if (at == end) return grammar.fail(CSimdjson_truncated, at);
        if (*at != '{') {
            const uint8_t *const first = at;
            return grammar.value(at) && grammar.fail(CSimdjson_pageNotAnObject, first);
        }
        at = grammar.object(at, [&](const uint8_t *key, size_t length, bool escaped, const uint8_t *value) {
            return member(key, length, escaped, value);
        });
        if (!at) return false;
        at = grammar.space(at);
        if (at != end) return grammar.fail(CSimdjson_trailingBytes, at);
        if (notAnArray) return grammar.fail(CSimdjson_recordsNotAnArray, notAnArray);
        if (badTotal) return grammar.fail(CSimdjson_badTotal, badTotal);
        if (badCursor) return grammar.fail(CSimdjson_badCursor, badCursor);
        return true;
    }

    const uint8_t *member(const uint8_t *key, size_t length, bool escaped, const uint8_t *at) {
        for (size_t index = 0; index < profile.keyCount && index <= bestKey; ++index) {
            if (!matches(key, length, escaped, profile.keys[index])) continue;
            // Null counts as absent, so that it does not hide another key's records.
            if (grammar.has(at, 'n')) return grammar.value(at);
            bestKey = index;
            page.count = 0;
            page.lineBytes = 0;
            notAnArray = nullptr;
            if (grammar.has(at, '[')) return grammar.array(at, [&](const uint8_t *element) { return record(element); });
            notAnArray = at;
            return grammar.value(at);
        }
        // Of a repeated key the last value counts, so what an earlier one held is forgotten first.
        const bool isParent = forget(key, length, escaped);
        if (isParent && grammar.has(at, '{')) {
            return grammar.object(
                at, [&](const uint8_t *inner, size_t innerLength, bool innerEscaped, const uint8_t *value) {
                    return statement(key, length, escaped, inner, innerLength, innerEscaped, value);
                });
        }
        return statement(nullptr, 0, false, key, length, escaped, at);
    }

    bool isAt(const CSimdjson_path &path, const uint8_t *parent, size_t length, bool escaped) const {
        if (!path.key.bytes) return false;
        if (!path.parent.bytes) return !parent;
        return parent && matches(parent, length, escaped, path.parent);
    }

    /// Whether the key is the parent of something to look for.
    bool forget(const uint8_t *key, size_t length, bool escaped) {
        bool isParent = false;
        const auto isUnder = [&](const CSimdjson_path &path) {
            const bool matched = path.parent.bytes && isAt(path, key, length, escaped);
            isParent = isParent || matched;
            return matched;
        };
        if (isUnder(profile.total)) { page.total = -1; badTotal = nullptr; }
        if (isUnder(profile.pageCount)) page.pageCount = -1;
        if (isUnder(profile.cursor)) { page.cursorOffset = page.cursorLength = 0; badCursor = nullptr; }
        if (isUnder(profile.availableTo)) page.availableToOffset = page.availableToLength = 0;
        return isParent;
    }

    /// A member beside the records: of the page itself, or of the object `parent`.
    const uint8_t *statement(
        const uint8_t *parent, size_t parentLength, bool parentEscaped, const uint8_t *key, size_t length,
        bool escaped, const uint8_t *at) {
        const auto is = [&](const CSimdjson_path &path) {
            return isAt(path, parent, parentLength, parentEscaped)
                && matches(key, length, escaped, path.key);
        };
        const bool isTotal = is(profile.total), isPageCount = is(profile.pageCount), isCursor = is(profile.cursor);
        const bool isAvailableTo = is(profile.availableTo);
        const uint8_t *const after = grammar.value(at);
        if (!after) return nullptr;
        const bool isNull = *at == 'n';
        if (isTotal) {
            page.total = isNull ? -1 : count(at, after);
            badTotal = !isNull && page.total < 0 ? at : nullptr;
        }
        if (isPageCount) page.pageCount = count(at, after);
        const bool isText = *at == '"';
        const size_t offset = isText ? size_t(at + 1 - body) : 0;
        const size_t textLength = isText ? size_t(after - at - 2) : 0;
        if (isAvailableTo) {
            page.availableToOffset = offset;
            page.availableToLength = textLength;
        }
        if (isCursor) {
            page.cursorOffset = offset;
            page.cursorLength = textLength;
            badCursor = isNull || isText ? nullptr : at;
        }
        return after;
    }

    /// -1 for what is not a whole number that fits.
    static int64_t count(const uint8_t *at, const uint8_t *after) {
        int64_t value = 0;
        for (; at < after; ++at) {
            if (uint8_t(*at - '0') > 9 || __builtin_mul_overflow(value, 10, &value)
                || __builtin_add_overflow(value, *at - '0', &value)) {
                return -1;
            }
        }
        return value;
    }

    const uint8_t *record(const uint8_t *first) {
        if (first == end) return grammar.fail(CSimdjson_truncated, first);
        if (page.count == profile.maximumRecords) return grammar.fail(CSimdjson_tooManyRecords, first);
        if (!reserve()) return grammar.fail(CSimdjson_noMemory, first);
        grammar.spaced = false;
        RecordReader reader(grammar, profile, first);
        const uint8_t *const after = reader.read();
        if (!after) return nullptr;
        uint8_t *const line = lines + page.lineBytes;
        size_t length = size_t(after - first);
        if (!grammar.spaced) {
            std::memcpy(line, first, length);
            append(reader.record, length);
            return after;
        }
        // The compact line is read again, so that the tokens' offsets are those in the line. Real pages are compact.
        (void)simdjson::minify(reinterpret_cast<const char *>(first), length, reinterpret_cast<char *>(line), length);
        Grammar lineGrammar(line, line + length);
        RecordReader lineReader(lineGrammar, profile, line);
        if (lineReader.read() != line + length) return grammar.fail(CSimdjson_unexpectedByte, first);
        append(lineReader.record, length);
        return after;
    }

    /// Each record is followed by a comma or bracket in the body, so the line feed always has room.
    void append(CSimdjson_record record, size_t length) {
        record.offset = uint32_t(page.lineBytes);
        record.length = uint32_t(length + 1);
        lines[page.lineBytes + length] = '\n';
        page.lineBytes += length + 1;
        page.records[page.count++] = record;
    }

    bool reserve() {
        if (page.count < capacity) return true;
        const size_t grown = capacity ? capacity * 2 : 128;
        void *const memory = std::realloc(page.records, grown * sizeof(CSimdjson_record));
        if (!memory) return false;
        page.records = static_cast<CSimdjson_record *>(memory);
        capacity = grown;
        return true;
    }
};

}

CSimdjson_page CSimdjson_split(const CSimdjson_profile *profile, const uint8_t *body, size_t length, uint8_t *lines) {
    return Splitter(*profile, body, length, lines).run();
}

void CSimdjson_release(CSimdjson_page *page) {
    std::free(page->records);
    page->records = nullptr;
    page->count = 0;
}

size_t CSimdjson_unescape(const uint8_t *raw, size_t length, uint8_t *output) {
    uint8_t *next = output;
    trawl::unescape(raw, length, [&](uint8_t byte) { *next++ = byte; });
    return size_t(next - output);
}
