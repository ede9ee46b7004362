import CSimdjson
package import TrawlCore

/// A page taken apart.
package struct SplitPage: Sendable {
    package let records: PageRecords
    package let total: Int?
    package let pageCount: Int?
    package let cursor: Cursor?
    /// What is no instant is not there.
    package let availableTo: Instant?
}

/// Cuts a response body into its records, without ever building a model of them.
///
/// The whole body is checked first: what is not strict JSON in UTF-8 gives no record at all. Each line is the record as
/// the API sent it, less the white space between its tokens. Memory: the lines take no more than the body, the entries
/// no more than ``maximumRecords`` of them.
package struct PageSplitter: Sendable {
    /// A page with more records is malformed. The API sends a hundred; pages of other endpoints some thousands.
    package static let maximumRecords = 100_000

    private struct Key: Sendable {
        let offset: Int
        let length: Int
    }

    private struct Path: Sendable {
        let parent: Key?
        let key: Key
    }

    /// All keys one after the other, so that one pointer serves them all.
    private let text: [UInt8]
    private let recordKeys: [Key]
    private let total: Path?
    private let pageCount: Path?
    private let cursor: Path?
    private let availableTo: Path?
    private let id: Key
    private let start: Key
    private let end: Key

    package init(profile: EndpointProfile) {
        var text: [UInt8] = []
        func add(_ key: String) -> Key {
            defer { text += key.utf8 }
            return Key(offset: text.count, length: key.utf8.count)
        }
        func add(_ key: EndpointProfile.ReplyKey) -> Path { Path(parent: key.parent.map(add), key: add(key.key)) }
        recordKeys = profile.records.keys.map(add)
        total = profile.total.map(add)
        pageCount = (profile.pageCount?.key).map(add)
        cursor = (profile.paging.continuation.cursor?.source).map(add)
        availableTo = (profile.paging.continuation.job?.availableTo).map(add)
        id = add(profile.records.id)
        start = add(profile.records.start)
        end = add(profile.records.end)
        self.text = text
    }

    /// The records of the first of the profile's record keys that the page has, and what the page says beside them. A
    /// key that is absent or null is not there; without any, the page has no records.
    package func split(_ body: [UInt8]) throws(MalformedPage) -> SplitPage {
        var page = CSimdjson_page()
        let lines = [UInt8](unsafeUninitializedCapacity: body.count) { output, count in
            page = body.withUnsafeBufferPointer { body in parse(body, into: output) }
            count = page.lineBytes
        }
        defer { CSimdjson_release(&page) }
        guard page.status == CSimdjson_ok else {
            throw MalformedPage(reason: MalformedPage.Reason(page.status), offset: page.errorOffset)
        }
        let found = UnsafeBufferPointer(start: page.records, count: page.count)
        let entries = lines.withUnsafeBufferPointer { lines in
            var entries = [RecordEntry](unsafeUninitializedCapacity: found.count) { entries, count in
                for record in found {
                    let line = UnsafeBufferPointer(rebasing: lines[Int(record.offset)...].prefix(Int(record.length)))
                    (entries.baseAddress! + count).initialize(to: RecordEntry(record, line: line))
                    count += 1
                }
            }
            Ranks.assign(to: &entries, lines: lines)
            return entries
        }
        return SplitPage(
            records: PageRecords(lines: lines, entries: entries), total: page.total < 0 ? nil : Int(page.total),
            pageCount: page.pageCount < 0 ? nil : Int(page.pageCount),
            cursor: text(page.cursorOffset, page.cursorLength, in: body).map(Cursor.init),
            availableTo: text(page.availableToOffset, page.availableToLength, in: body).flatMap(Instant.init(rfc3339:)))
    }

    /// A JSON string's text; nil for an empty one.
    private func text(_ offset: Int, _ length: Int, in body: [UInt8]) -> [UInt8]? {
        guard length > 0 else { return nil }
        return [UInt8](unsafeUninitializedCapacity: length) { output, count in
            count = body.withUnsafeBufferPointer {
                CSimdjson_unescape($0.baseAddress! + offset, length, output.baseAddress!)
            }
        }
    }

    private func parse(_ body: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>)
        -> CSimdjson_page
    {
        text.withUnsafeBufferPointer { text in
            func at(_ key: Key) -> CSimdjson_text {
                CSimdjson_text(bytes: text.baseAddress! + key.offset, length: key.length)
            }
            func at(_ path: Path?) -> CSimdjson_path {
                guard let path else { return CSimdjson_path() }
                return CSimdjson_path(parent: path.parent.map(at) ?? CSimdjson_text(), key: at(path.key))
            }
            return withUnsafeTemporaryAllocation(of: CSimdjson_text.self, capacity: recordKeys.count) { keys in
                for (index, key) in recordKeys.enumerated() { keys.initializeElement(at: index, to: at(key)) }
                var profile = CSimdjson_profile(
                    keys: keys.baseAddress, keyCount: keys.count, total: at(total),
                    pageCount: at(pageCount), cursor: at(cursor), availableTo: at(availableTo), id: at(id),
                    start: at(start),
                    end: at(end), maximumRecords: Self.maximumRecords)
                // An empty array has no address; the parser reads nothing of it, but pointers must be comparable.
                var nothing: UInt8 = 0
                return withUnsafeMutablePointer(to: &nothing) { nothing in
                    CSimdjson_split(
                        &profile, body.baseAddress ?? UnsafePointer(nothing), body.count, output.baseAddress ?? nothing)
                }
            }
        }
    }
}
