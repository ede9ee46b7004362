import TrawlCore
import TrawlSource

let splitter = PageSplitter(profile: .detailsQuery)

func split(_ page: String) throws(MalformedPage) -> SplitPage {
    try splitter.split(Array(page.utf8))
}

/// The one record of a page that holds nothing else.
func single(_ record: String) throws -> (line: String, entry: RecordEntry) {
    let page = try split(#"{"conversations":[\#(record)],"totalHits":1}"#).records
    guard page.entries.count == 1 else { throw Unexpected("\(page.entries.count) records") }
    return (page.texts[0], page.entries[0])
}

struct Unexpected: Error {
    let what: String
    init(_ what: String) { self.what = what }
}

extension PageRecords {
    /// The lines without their line feeds, cut by the entries' lengths.
    var slices: [ArraySlice<UInt8>] {
        var next = 0
        return entries.map { entry in
            defer { next += Int(entry.length) }
            return lines[next..<(next + Int(entry.length) - 1)]
        }
    }

    var texts: [String] { slices.map { String(decoding: $0, as: UTF8.self) } }

    /// The raw id tokens.
    var ids: [String] {
        zip(slices, entries).map { line, entry in
            String(decoding: line.dropFirst(Int(entry.idOffset)).prefix(Int(entry.idLength)), as: UTF8.self)
        }
    }
}

/// A good record with an id and a start, and whatever else is wanted.
func record(_ id: String, _ more: String = "") -> String {
    #"{"conversationId":"\#(id)","conversationStart":"2024-03-01T05:06:07.089Z"\#(more)}"#
}

let startOfRecords = Instant("2024-03-01T05:06:07.089Z")!.milliseconds
