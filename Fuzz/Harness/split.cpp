// What CSimdjson.h promises, for any bytes at all.

#include "Bounds.hpp"
#include "CSimdjson.h"
#include "Expected.hpp"
#include "JSONCheck.hpp"

#include <string>

namespace {

CSimdjson_text text(const char *literal) { return {reinterpret_cast<const uint8_t *>(literal), std::strlen(literal)}; }

/// The built-in profile's keys, and then a profile that is as awkward as one may be.
struct Profiles {
    const CSimdjson_text keys[3] = {text("conversations"), text("data"), text("entities")};
    const CSimdjson_text awkwardKeys[2] = {text(""), text("\x01\n\"\xC3\xA9")};
    CSimdjson_profile standard = {keys, 3, text("totalHits"), text("conversationId"), text("conversationStart"),
                                  text("conversationEnd"), 1000};
    CSimdjson_profile awkward = {awkwardKeys, 2, CSimdjson_text{nullptr, 0}, text("a"), text("a"), text(""), 3};
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

std::string decoded(const CSimdjson_token &token, std::string_view line) {
    const GuardedCopy raw(reinterpret_cast<const uint8_t *>(line.data()) + token.offset, token.length);
    BoundedRoom room(token.length);
    const size_t length = CSimdjson_unescape(raw.at, token.length, room.bytes());
    room.check();
    REQUIRE(length <= token.length);
    return std::string(reinterpret_cast<const char *>(room.bytes()), length);
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

/// What JSON pages give, or why they give nothing. simdjson refuses numbers beyond a machine word and lone surrogates; of
/// those pages it has no opinion.
void checkValues(const CSimdjson_profile &profile, const Result &result, const uint8_t *bytes, size_t length) {
    static simdjson::dom::parser parser;
    simdjson::dom::object object;
    if (parser.parse(bytes, length, true).get(object) != simdjson::SUCCESS) return;
    const Expected expected(profile, object);
    if (result.page.status == CSimdjson_recordsNotAnArray) {
        REQUIRE(expected.records && !expected.records->is_array());
        return;
    }
    if (result.page.status == CSimdjson_badTotal) {
        // `-0` is an integer to simdjson.
        REQUIRE(expected.total && !expected.total->is_null());
        REQUIRE(!expected.total->is_int64() || expected.total->get_int64().value() <= 0);
        return;
    }
    if (expected.total && !expected.total->is_null()) {
        REQUIRE(result.page.total >= 0 && uint64_t(result.page.total) == expected.total->get_uint64().value());
    } else {
        REQUIRE(result.page.total == -1);
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
        checkAgain(profile, result);
        checkValues(profile, result, bytes + mark, length - mark);
        checkTorn(profile, bytes, length);
        return;
    }
    REQUIRE(result.page.errorOffset <= length && result.page.records == nullptr && result.page.count == 0);
    REQUIRE(result.page.lineBytes == 0);
    switch (status) {
    case CSimdjson_recordsNotAnArray: case CSimdjson_badTotal:
        REQUIRE(isJSON);
        checkValues(profile, result, bytes + mark, length - mark);
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
