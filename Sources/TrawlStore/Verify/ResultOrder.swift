import CXXHash
import TrawlCore

/// Checks the lines of the merged files, front to back: sorted by start, then by the bytes of the id, each on its day,
/// and no id twice. Memory is bounded by the longest line.
final class ResultOrder {
    private let keys: RecordKeys
    private let rule: Interval?
    private var days: DayNames?
    private let census: IDCensus
    private let splitter = LineSplitter()
    private var last: (start: Int64, id: [UInt8])?
    private var day = ""
    private var line = 0
    /// What is wrong in the file at hand: the first of each kind.
    private var faults: [Fault: String] = [:]

    private enum Fault: Int {
        case unreadable, order, twice, day, outside
    }

    /// `directory` takes what does not fit into memory.
    init(_ plan: Plan, records: Int, directory: String) {
        keys = RecordKeys(plan.profile.records)
        rule = plan.match == .started ? plan.interval : nil
        days = CalendarDays(timezone: plan.timezone).map(DayNames.init)
        census = IDCensus(expected: records, directory: directory)
    }

    /// Begins the next file. `path` says its day: `merged/date=YYYY-MM-DD/…`.
    func begin(_ path: String) {
        day = path.split(separator: "/").first { $0.hasPrefix("date=") }.map { String($0.dropFirst(5)) } ?? ""
        line = 0
        splitter.reset()
        faults = [:]
    }

    /// Takes the next bytes of the file, which may end anywhere.
    func take(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        try splitter.take(bytes) { line throws(StoreError) in try check(line) }
    }

    /// What was wrong in the file, in words.
    func end() -> [String] {
        if !splitter.isAtLineEnd { faults[.unreadable] = faults[.unreadable] ?? "its last line does not end" }
        return faults.sorted { $0.key.rawValue < $1.key.rawValue }.map(\.value)
    }

    /// After the last file. To be called once.
    func ids() throws(StoreError) -> (distinct: Int, repeated: Int) { try census.finish() }

    private func check(_ bytes: UnsafeRawBufferPointer) throws(StoreError) {
        line += 1
        guard let key = keys.find(in: bytes) else {
            return note(.unreadable, "line \(line) has no readable id and start")
        }
        let hash = key.id.withUnsafeBytes { XXH3_128bits($0.baseAddress, $0.count) }
        try census.add(Digest128(high: hash.high64, low: hash.low64))
        if let rule, !rule.contains(Instant(milliseconds: key.start)) {
            note(.outside, "line \(line) starts outside the run's interval")
        }
        defer { last = key }
        if let last {
            if last == key { return note(.twice, "line \(line) has the id of the line before") }
            guard last.start < key.start || last.start == key.start && last.id.lexicographicallyPrecedes(key.id) else {
                return note(.order, "line \(line) comes before the line in front of it")
            }
        }
        // Only rising instants can be asked for their day.
        if let name = days?.name(of: key.start), name != day, faults[.order] == nil {
            note(.day, "line \(line) starts on \(name)")
        }
    }

    private func note(_ fault: Fault, _ what: String) {
        if faults[fault] == nil { faults[fault] = what }
    }
}
