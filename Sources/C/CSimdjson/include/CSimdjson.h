#ifndef TRAWL_CSIMDJSON_H
#define TRAWL_CSIMDJSON_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes owned by the caller.
typedef struct {
    const uint8_t *bytes;
    size_t length;
} CSimdjson_text;

/// A member of the page, or of an object at the page's top level.
typedef struct {
    /// `bytes` is null for a member of the page itself.
    CSimdjson_text parent;
    /// `bytes` is null where there is nothing to look for.
    CSimdjson_text key;
} CSimdjson_path;

/// What to look for in a page. Keys are compared with the decoded text of the page's keys.
typedef struct {
    /// Keys of the record array, best first.
    const CSimdjson_text *keys;
    size_t keyCount;
    CSimdjson_path total;
    CSimdjson_path pageCount;
    CSimdjson_path cursor;
    /// An instant up to which the data behind the page is complete.
    CSimdjson_path availableTo;
    CSimdjson_text id;
    CSimdjson_text start;
    CSimdjson_text end;
    /// More records than this are an error: they bound the memory one page can ask for.
    size_t maximumRecords;
} CSimdjson_profile;

typedef enum : uint8_t {
    CSimdjson_absent = 0,
    CSimdjson_null = 1,
    CSimdjson_string = 2,
    CSimdjson_other = 3,
} CSimdjson_kind;

/// A member's value. For strings: where the raw text between the quotes lies in the line.
typedef struct {
    uint32_t offset;
    uint32_t length;
    CSimdjson_kind kind;
    /// The raw text has escapes.
    uint8_t escaped;
} CSimdjson_token;

typedef struct {
    /// Where the line begins in the output, and its bytes with the line feed.
    uint32_t offset;
    uint32_t length;
    /// Elements of participants[].sessions[].segments[].
    uint32_t segments;
    uint8_t isObject;
    /// The id key occurs more than once at the record's top level.
    uint8_t repeatedID;
    /// Where a key is repeated, its last value.
    CSimdjson_token id;
    CSimdjson_token start;
    CSimdjson_token end;
} CSimdjson_record;

typedef enum : int32_t {
    CSimdjson_ok = 0,
    CSimdjson_truncated,
    CSimdjson_notUTF8,
    CSimdjson_unexpectedByte,
    CSimdjson_badEscape,
    CSimdjson_controlByte,
    CSimdjson_badNumber,
    CSimdjson_badLiteral,
    CSimdjson_tooNested,
    CSimdjson_trailingBytes,
    CSimdjson_pageNotAnObject,
    CSimdjson_recordsNotAnArray,
    CSimdjson_badTotal,
    CSimdjson_badCursor,
    CSimdjson_tooManyRecords,
    CSimdjson_tooLong,
    CSimdjson_noMemory,
} CSimdjson_status;

typedef struct {
    CSimdjson_status status;
    /// Where in the body the error was noticed.
    size_t errorOffset;
    size_t lineBytes;
    /// To be freed with CSimdjson_release.
    CSimdjson_record *records;
    size_t count;
    /// -1 where the page states none.
    int64_t total;
    /// -1 where the page states none, and where what it states is no count: it is an estimate anyway.
    int64_t pageCount;
    /// The cursor's raw text between its quotes, by its place in the body; 0 and 0 where there is none, or null.
    size_t cursorOffset;
    size_t cursorLength;
    /// Likewise the text of `availableTo`; 0 and 0 too where it is no text.
    size_t availableToOffset;
    size_t availableToLength;
} CSimdjson_page;

/// Checks that the whole body is strict JSON (RFC 8259) in UTF-8, and copies the records of its record array to
/// `lines`, one compact line each. `lines` must have room for `length` bytes; the body needs no padding.
CSimdjson_page CSimdjson_split(const CSimdjson_profile *profile, const uint8_t *body, size_t length, uint8_t *lines);

void CSimdjson_release(CSimdjson_page *page);

/// Decodes the escapes of a JSON string's raw text. A lone surrogate becomes the three bytes that WTF-8 gives it.
/// `output` must have room for `length` bytes. Returns the bytes written.
size_t CSimdjson_unescape(const uint8_t *raw, size_t length, uint8_t *output);

#ifdef __cplusplus
}
#endif

#endif
