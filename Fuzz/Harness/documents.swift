// What the small documents and texts promise: profiles, filters, instants, durations; and a page's entries.
//
// A broken promise traps, and so does whatever Swift itself traps for: that is how the fuzzer learns of it.

import FoundationEssentials

@testable import TrawlCore
@testable import TrawlSource

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    checkTexts(input)
    checkDocument(Data(input))
    checkEntries(Array(input))
    return 0
}

private func require(_ condition: Bool, _ promise: String) {
    guard !condition else { return }
    print("broken: \(promise)")
    fatalError(promise)
}

private func checkTexts(_ input: UnsafeBufferPointer<UInt8>) {
    let instant = Instant(rfc3339: input)
    // The quick reader reads at fixed places; the other one says what is right.
    require(InstantToken.milliseconds(input) == instant?.milliseconds, "both readers of instants agree")
    let text = String(decoding: input, as: UTF8.self)
    if let instant {
        require(Instant(instant.rfc3339) == instant, "an instant's text is that instant: \(instant.rfc3339)")
    }
    if let duration = DurationText.parse(text) {
        require(DurationText.parse(DurationText.format(duration)) == duration, "a duration's text is that duration")
    }
}

private func checkDocument(_ data: Data) {
    let decoder = JSONDecoder()
    guard let value = try? decoder.decode(JSONValue.self, from: data) else { return }  // most inputs are no documents
    let canonical = value.canonical
    guard let again = try? decoder.decode(JSONValue.self, from: Data(canonical.utf8)) else {
        fatalError("canonical text is JSON: \(canonical)")
    }
    require(again == value && again.canonical == canonical, "canonical text says the same: \(canonical)")
    if let profile = try? decoder.decode(EndpointProfile.self, from: data) { checkProfile(profile) }
    checkFilter(value, data)
}

private func checkProfile(_ profile: EndpointProfile) {
    guard let data = try? JSONEncoder().encode(profile),
        let again = try? JSONDecoder().decode(EndpointProfile.self, from: data)
    else { fatalError("a profile can be written and read again") }
    require(again == profile, "a profile is itself after writing and reading")
    // Keys of any kind must not make the splitter read elsewhere.
    _ = try? PageSplitter(profile: profile).split(Array(data))
    checkRequests(profile, filter: nil, cursor: Array(profile.name.utf8))
}

/// The filter, and as a cursor the bytes it came from.
private func checkFilter(_ value: JSONValue, _ data: Data) {
    for profile in EndpointProfile.builtIn { checkRequests(profile, filter: value, cursor: Array(data)) }
}

private func checkRequests(_ profile: EndpointProfile, filter: JSONValue?, cursor: [UInt8]) {
    guard let writer = try? RequestWriter(profile: profile, filter: filter, match: .started) else { return }
    guard let interval = Interval(from: Instant(milliseconds: 0), to: Instant(milliseconds: 1)) else { return }
    // Jobs have names of any kind.
    let job = profile.paging.continuation.job.flatMap { _ in JobID(String(decoding: cursor, as: UTF8.self)) }
    for position in [PagePosition(number: 3), PagePosition(number: 4, cursor: Cursor(cursor))] {
        // A cursor that cannot be sent back unchanged is refused.
        guard let sent = try? writer.bytes(PageRequest(interval: interval, position: position, size: 100, job: job)) else {
            continue
        }
        require(!sent.target.utf8.contains { $0 <= 0x20 || $0 == 0x7F }, "a target stays on its line: \(sent.target)")
        guard let body = sent.body else { continue }
        guard let document = try? JSONDecoder().decode(JSONValue.self, from: Data(body)) else {
            fatalError("a request's body is JSON: \(String(decoding: body, as: UTF8.self))")
        }
        if case .single(let parameter) = profile.interval, parameter.place == .body, parameter.key == "interval" {
            require(document["interval"]?.string == interval.apiText, "the walk sets the interval")
        }
        guard case .object(let members)? = filter else { continue }
        for (key, member) in members { require(document[key] == member, "the filter's \(key) is sent") }
    }
}

private func checkEntries(_ body: [UInt8]) {
    guard let page = try? PageSplitter(profile: .detailsQuery).split(body).records else { return }
    var next = 0
    let lines = page.entries.map { entry in
        let line = page.lines[next..<(next + Int(entry.length))]
        next += Int(entry.length)
        return Array(line)
    }
    require(next == page.lines.count, "the entries' lengths are the lines'")
    let ids = zip(page.entries, lines).map { entry, line in
        require(Int(entry.idOffset) + Int(entry.idLength) < line.count, "the id lies in the line")
        return IDToken.decode(line[Int(entry.idOffset)...].prefix(Int(entry.idLength)))
    }
    for (index, entry) in page.entries.enumerated() {
        if entry.rejection == nil {
            let prefix = (0..<8).reduce(UInt64(0)) { $0 << 8 | ($1 < ids[index].count ? UInt64(ids[index][$1]) : 0) }
            require(entry.idPrefix == prefix, "the prefix is the id's first bytes")
        }
        checkRank(index, page.entries, lines, ids)
    }
}

/// By its definition, where the splitter sorts.
private func checkRank(_ index: Int, _ entries: [RecordEntry], _ lines: [[UInt8]], _ ids: [[UInt8]]) {
    guard entries.count <= 64 else { return }
    let same = entries.indices.filter { entries[$0].id == entries[index].id }
    for other in same where entries[index].rejection == nil && entries[other].rejection == nil {
        require(ids[other] == ids[index], "one digest, one id")
    }
    let smaller = same.filter { other in
        lines[other].lexicographicallyPrecedes(lines[index]) || (lines[other] == lines[index] && other < index)
    }
    require(Int(entries[index].rank) == smaller.count, "the rank counts the smaller lines")
}
