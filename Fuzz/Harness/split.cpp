// What CSimdjson.h promises, for any bytes at all.

#include "Bounds.hpp"
#include "CSimdjson.h"
#include "Expected.hpp"
#include "JSONCheck.hpp"

#include <string>

namespace {

CSimdjson_text text(const char *literal) { return {reinterpret_cast<const uint8_t *>(literal), std::strlen(literal)}; }

/// A profile like the built-in ones, and then one that is as awkward as may be.
struct Profiles {
    const CSimdjson_text keys[3] = {text("conversations"), text("data"), text("entities")};
    const CSimdjson_text awkwardKeys[2] = {text(""), text("\x01\n\"\xC3\xA9")};
    CSimdjson_profile standard = {};
    CSimdjson_profile awkward = {};

    Profiles() {
        standard.keys = keys;
        standard.keyCount = 3;
        standard.total.key = text("totalHits");
        standard.pageCount = {text("paging"), text("pageCount")};
        standard.cursor.key = text("cursor");
        standard.id = text("conversationId");
        standard.start = text("conversationStart");
        standard.end = text("conversationEnd");
        standard.maximumRecords = 1000;
        awkward.keys = awkwardKeys;
        awkward.keyCount = 2;
        awkward.total = {text("p"), text("a")};
        awkward.pageCount.key = text("p");
        awkward.cursor = {text("p"), text("p")};
        awkward.id = awkward.start = text("a");
        awkward.end = text("");
        awkward.maximumRecords = 3;
    }
};

struct Result {
    CSimdjson_page page;
    std::string lines;

    Result(const CSimdjson_profile &profile, const uint8_t *bytes, size_t length) {
        const GuardedCopy body(bytes, length);
        BoundedRoom room(length);
        page = CSimdjson_split(&profile, body.at, length, room.bytes());
        room.check();
        REQUIRE(page.lineBytes <= length);
        lines.assign(reinterpret_cast<const char *>(room.bytes()), page.lineBytes);
    }
    ~Result() { CSimdjson_release(&page); }
    Result(const Result &) = delete;

    std::string_view line(size_t index) const {
        return std::string_view(lines).substr(page.records[index].offset, page.records[index].length - 1);
    }
};

bool operator==(const CSimdjson_token &one, const CSimdjson_token &other) {
    return one.kind == other.kind && one.offset == other.offset && one.length == other.length
        && one.escaped == other.escaped;
}

bool operator==(const CSimdjson_record &one, const CSimdjson_record &other) {
    return one.offset == other.offset && one.length == other.length && one.segments == other.segments
        && one.isObject == other.isObject && one.repeatedID == other.repeatedID && one.id == other.id
        && one.start == other.start && one.end == other.end;
}

std::string decoded(const uint8_t *bytes, size_t length) {
    const GuardedCopy raw(bytes, length);
    BoundedRoom room(length);
    const size_t count = CSimdjson_unescape(raw.at, length, room.bytes());
    room.check();
    REQUIRE(count <= length);
    return std::string(reinterpret_cast<const char *>(room.bytes()), count);
}

std::string decoded(const CSimdjson_token &token, std::string_view line) {
    return decoded(reinterpret_cast<const uint8_t *>(line.data()) + token.offset, token.length);
}

void checkToken(const CSimdjson_token &token, std::string_view line) {
    if (token.kind != CSimdjson_string) {
        REQUIRE(token.offset == 0 && token.length == 0 && !token.escaped);
        return;
    }
    const size_t end = size_t(token.offset) + token.length;
    REQUIRE(token.offset > 0 && end < line.size() && line[token.offset - 1] == '"' && line[end] == '"');
    const std::string_view raw = line.substr(token.offset, token.length);
    REQUIRE(token.escaped == (raw.find('\\') != raw.npos));
    if (!token.escaped) REQUIRE(decoded(token, line) == raw);
}

void checkLines(const Result &result) {
    size_t next = 0;
    for (size_t index = 0; index < result.page.count; ++index) {
        const CSimdjson_record &record = result.page.records[index];
        REQUIRE(record.offset == next && record.length > 1 && record.length <= result.lines.size() - next);
        next += record.length;
        REQUIRE(result.lines[next - 1] == '\n');
        const std::string_view line = result.line(index);
        for (const char byte : line) REQUIRE(uint8_t(byte) >= 0x20);
        REQUIRE(JSONCheck::accepts(reinterpret_cast<const uint8_t *>(line.data()), line.size()));
        REQUIRE(record.isObject == (line[0] == '{'));
        for (const auto &token : {record.id, record.start, record.end}) checkToken(token, line);
    }
    REQUIRE(next == result.lines.size());
}

/// The lines are a page again, and give themselves.
void checkAgain(const CSimdjson_profile &profile, const Result &result) {
    std::string page = profile.keys[0].length > 0 ? "{\"conversations\":[" : "{\"\":[";
    for (size_t index = 0; index < result.page.count; ++index) {
        if (index > 0) page += ',';
        page += result.line(index);
    }
    page += "]}";
    const Result again(profile, reinterpret_cast<const uint8_t *>(page.data()), page.size());
    REQUIRE(again.page.status == CSimdjson_ok && again.lines == result.lines && again.page.total == -1);
    REQUIRE(again.page.pageCount == -1 && again.page.cursorLength == 0);
    REQUIRE(again.page.count == result.page.count);
    for (size_t index = 0; index < result.page.count; ++index) {
        REQUIRE(again.page.records[index] == result.page.records[index]);
    }
}

void checkValue(
    const CSimdjson_token &token, std::string_view line, const std::optional<simdjson::dom::element> &expected) {
    if (!expected) {
        REQUIRE(token.kind == CSimdjson_absent);
    } else if (expected->is_string()) {
        REQUIRE(token.kind == CSimdjson_string && decoded(token, line) == expected->get_string().value());
    } else {
        REQUIRE(token.kind == (expected->is_null() ? CSimdjson_null : CSimdjson_other));
    }
}

bool isCount(simdjson::dom::element element) { return element.is_int64() && element.get_int64().value() > 0; }

/// Zero may also have been `-0`, which is an integer to simdjson and no count.
void checkCount(int64_t count, const std::optional<simdjson::dom::element> &expected) {
    if (expected && isCount(*expected)) {
        REQUIRE(count == expected->get_int64().value());
    } else {
        REQUIRE(count == -1 || (count == 0 && expected && expected->is_int64()));
    }
}

/// What JSON pages give, or why they give nothing. simdjson refuses numbers beyond a machine word and lone surrogates; of
/// those pages it has no opinion.
void checkValues(
    const CSimdjson_profile &profile, const Result &result, const uint8_t *bytes, size_t length, size_t mark) {
    static simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(bytes, length, true).get(object) != simdjson::SUCCESS) return;
    const Expected expected(profile, object);
    if (result.page.status == CSimdjson_recordsNotAnArray) {
        REQUIRE(expected.records && !expected.records->is_array());
        return;
    }
    if (result.page.status == CSimdjson_badTotal) {
        REQUIRE(expected.total && !expected.total->is_null() && !isCount(*expected.total));
        return;
    }
    if (result.page.status == CSimdjson_badCursor) {
        REQUIRE(expected.cursor && !expected.cursor->is_null() && !expected.cursor->is_string());
        return;
    }
    REQUIRE(!expected.total || expected.total->is_null() || result.page.total >= 0);
    checkCount(result.page.total, expected.total);
    checkCount(result.page.pageCount, expected.pageCount);
    if (expected.cursor && expected.cursor->is_string()) {
        REQUIRE(decoded(bytes - mark + result.page.cursorOffset, result.page.cursorLength)
            == expected.cursor->get_string().value());
    } else {
        REQUIRE(result.page.cursorOffset == 0 && result.page.cursorLength == 0);
    }
    if (!expected.records) {
        REQUIRE(result.page.count == 0);
        return;
    }
    size_t index = 0;
    for (const auto element : expected.records->get_array()) {
        REQUIRE(index < result.page.count);
        const CSimdjson_record &record = result.page.records[index];
        const std::string_view line = result.line(index++);
        const Expected::Record wanted = Expected::record(profile, element);
        REQUIRE(bool(record.isObject) == wanted.isObject && bool(record.repeatedID) == wanted.repeatedID);
        REQUIRE(record.segments == wanted.segments);
        checkValue(record.id, line, wanted.id);
        checkValue(record.start, line, wanted.start);
        checkValue(record.end, line, wanted.end);
    }
    REQUIRE(index == result.page.count);
}

/// A page that is cut off says so, at its end.
void checkTorn(const CSimdjson_profile &profile, const uint8_t *bytes, size_t length) {
    while (length > 0 && bytes[length - 1] != '}') --length;
    const size_t cut = length * 2654435761u / 7 % length;
    const Result torn(profile, bytes, cut);
    if (torn.page.status == CSimdjson_notUTF8) {
        REQUIRE((bytes[cut] & 0xC0) == 0x80);
    } else {
        REQUIRE(torn.page.status == CSimdjson_truncated && torn.page.errorOffset == cut);
    }
}

void check(const CSimdjson_profile &profile, const uint8_t *bytes, size_t length) {
    const Result result(profile, bytes, length);
    const CSimdjson_status status = result.page.status;
    REQUIRE(result.page.count <= profile.maximumRecords);
    const size_t mark = length >= 3 && std::memcmp(bytes, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    const bool isJSON = JSONCheck::accepts(bytes + mark, length - mark)
        && simdjson::validate_utf8(reinterpret_cast<const char *>(bytes), length);
    if (status == CSimdjson_ok) {
        REQUIRE(isJSON);
        checkLines(result);
        REQUIRE(result.page.cursorOffset + result.page.cursorLength < length);
        checkAgain(profile, result);
        checkValues(profile, result, bytes + mark, length - mark, mark);
        checkTorn(profile, bytes, length);
        return;
    }
    REQUIRE(result.page.errorOffset <= length && result.page.records == nullptr && result.page.count == 0);
    REQUIRE(result.page.lineBytes == 0);
    switch (status) {
    case CSimdjson_recordsNotAnArray: case CSimdjson_badTotal: case CSimdjson_badCursor:
        REQUIRE(isJSON);
        checkValues(profile, result, bytes + mark, length - mark, mark);
        break;
    // These stop the reading, whatever comes after.
    case CSimdjson_pageNotAnObject: case CSimdjson_tooNested: case CSimdjson_tooManyRecords: break;
    default: REQUIRE(!isJSON);
    }
}

}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length) {
    static const Profiles profiles;
    check(profiles.standard, bytes, length);
    check(profiles.awkward, bytes, length);
    return 0;
}
