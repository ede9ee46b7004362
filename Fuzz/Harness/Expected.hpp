#ifndef TRAWL_FUZZ_EXPECTED_HPP
#define TRAWL_FUZZ_EXPECTED_HPP

#include "CSimdjson.h"

#include <simdjson.h>

#include <optional>
#include <string_view>
#include <vector>

/// What a page should give, read from simdjson's model of the whole document: a second opinion of another making.
struct Expected {
    struct Record {
        bool isObject = false;
        bool repeatedID = false;
        std::optional<simdjson::dom::element> id, start, end;
        uint32_t segments = 0;
    };

    std::optional<simdjson::dom::element> records;
    std::optional<simdjson::dom::element> total;

    Expected(const CSimdjson_profile &profile, simdjson::dom::object page) {
        size_t best = profile.keyCount;
        for (const auto member : page) {
            bool isRecords = false;
            for (size_t index = 0; index < profile.keyCount; ++index) {
                if (member.key != view(profile.keys[index])) continue;
                if (index > best) break;
                isRecords = true;
                if (!member.value.is_null()) {
                    best = index;
                    records = member.value;
                }
                break;
            }
            if (!isRecords && profile.total.bytes && member.key == view(profile.total)) total = member.value;
        }
    }

    static Record record(const CSimdjson_profile &profile, simdjson::dom::element element) {
        Record record;
        simdjson::dom::object object;
        if (element.get(object) != simdjson::SUCCESS) return record;
        record.isObject = true;
        for (const auto member : object) {
            if (member.key == view(profile.id)) {
                record.repeatedID |= record.id.has_value();
                record.id = member.value;
            }
            if (member.key == view(profile.start)) record.start = member.value;
            if (member.key == view(profile.end)) record.end = member.value;
            if (member.key == "participants") record.segments = segments(member.value, 0);
        }
        return record;
    }

private:
    static std::string_view view(CSimdjson_text text) {
        return {reinterpret_cast<const char *>(text.bytes), text.length};
    }

    static uint32_t segments(simdjson::dom::element element, size_t level) {
        static constexpr const char *keys[] = {"sessions", "segments"};
        simdjson::dom::array array;
        if (element.get(array) != simdjson::SUCCESS) return 0;
        if (level == 2) return uint32_t(array.size());
        uint32_t sum = 0;
        for (const auto item : array) {
            simdjson::dom::object object;
            if (item.get(object) != simdjson::SUCCESS) continue;
            uint32_t last = 0;
            for (const auto member : object) {
                if (member.key == keys[level]) last = segments(member.value, level + 1);
            }
            sum += last;
        }
        return sum;
    }
};

#endif
