import Testing
import TrawlCore

/// A walk from cursor to cursor. The rules are those of docs/profiles.md.
struct CursorWalkerTests {
    private let shard: Shard
    private let limits = WalkLimits(pageSize: 10, depth: nil)

    init() throws {
        shard = Shard(try ShardTests.interval("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"))
    }

    /// What an API does at one request: a page, or refuse the cursor.
    private enum Answer {
        case page(ids: [Int], total: Int? = nil, next: String?)
        case refused
    }

    /// Runs a walker against an API until it ends, and returns that end with the cursors it asked with ("" for none).
    private func walk(
        _ limits: WalkLimits? = nil, api: (_ walk: Int, _ cursor: String, _ ask: Int) -> Answer
    ) -> (end: WalkAction, asked: [String]) {
        var walker = CursorWalker(shard: shard, limits: limits ?? self.limits)
        var action = walker.start
        var asked: [String] = []
        while asked.count < 10_000 {
            switch action {
            case .fetch(let position), .fetchAgain(let position, _):
                let cursor = position.cursor.map { String(decoding: $0.bytes, as: UTF8.self) } ?? ""
                asked.append(cursor)
                switch api(walker.walk, cursor, asked.count) {
                case .page(let ids, let total, let next):
                    action = walker.handle(.of(ids, total: total, cursor: next))
                case .refused: action = walker.handleRefusedCursor()
                }
            case .walkAgain: action = walker.start
            case .split, .unsplittable, .finish, .ask, .notYet, .giveUp: return (action, asked)
            }
        }
        return (action, asked)
    }

    private func proof(_ end: WalkAction) throws -> WalkProof {
        guard case .finish(let proof) = end else { throw WalkDidNotFinish(end: end) }
        return proof
    }

    /// 25 records on three pages.
    private func stable(_ cursor: String, total: Int? = nil) -> Answer {
        switch cursor {
        case "": .page(ids: Array(0..<10), total: total, next: "b")
        case "b": .page(ids: Array(10..<20), total: total, next: "c")
        default: .page(ids: Array(20..<25), total: total, next: nil)
        }
    }

    @Test(arguments: [nil, 25]) func `the walk follows each page's cursor to the page that has none`(total: Int?) throws
    {
        let (end, asked) = walk { _, cursor, _ in stable(cursor, total: total) }
        #expect(asked == ["", "b", "c"])
        let proof = try proof(end)
        #expect(proof.verdict == (total == nil ? .unverifiable : .proven))
        #expect(proof.end == .noCursor && proof.distinct == 25 && proof.repeatedPages == 0)
    }

    @Test func `an empty cursor is none`() throws {
        let (end, asked) = walk { _, cursor, _ in .page(ids: [1, 2], next: cursor.isEmpty ? "" : "x") }
        #expect(asked == [""])
        #expect(try proof(end).end == .noCursor)
    }

    @Test func `a page without records and cursor is asked again before it counts`() throws {
        let (end, asked) = walk { _, cursor, ask in
            cursor == "c" && ask < 5 ? .page(ids: [], next: nil) : stable(cursor)
        }
        #expect(asked == ["", "b", "c", "c", "c"])
        #expect(try proof(end).distinct == 25)
        let (emptyEnd, emptyAsked) = walk { _, _, _ in .page(ids: [], next: nil) }
        #expect(emptyAsked.count == 4)
        #expect(try proof(emptyEnd).verdict == .unverifiable)
        #expect(try proof(walk { _, _, _ in .page(ids: [], total: 0, next: nil) }.end).verdict == .proven)
    }

    @Test func `a page without records but with a cursor is asked again, then passed over`() throws {
        let (end, asked) = walk { _, cursor, _ in
            cursor == "b" ? .page(ids: [], next: "b2") : cursor == "b2" ? .page(ids: [10], next: "c") : stable(cursor)
        }
        #expect(asked == ["", "b", "b", "b", "b", "b2", "c"])
        #expect(try proof(end).distinct == 16)
    }

    @Test func `a cursor that comes back ends the walk, and after five walks the shard is short`() throws {
        let (end, asked) = walk { _, cursor, _ in
            cursor == "c" ? .page(ids: Array(20..<25), next: "b") : stable(cursor)
        }
        let proof = try proof(end)
        #expect(proof.verdict == .short && proof.end == .repeatedCursor && proof.walks == 5)
        #expect(asked.count == 15)
    }

    @Test func `without a total, a page that repeats the one before it makes the walk start over`() throws {
        let (healed, asked) = walk { walk, cursor, _ in
            walk == 1 && cursor == "b" ? .page(ids: Array(0..<10), next: "c") : stable(cursor)
        }
        #expect(asked == ["", "b", "c", "", "b", "c"])
        #expect(try proof(healed).verdict == .unverifiable && proof(healed).distinct == 25)
        let (stays, _) = walk { _, cursor, _ in
            cursor == "b" ? .page(ids: Array(0..<10), next: "c") : stable(cursor)
        }
        #expect(try proof(stays).verdict == .short && proof(stays).end == .noCursor && proof(stays).walks == 5)
    }

    @Test func `a cursor that includes the record it was made from costs a second walk, and no more`() throws {
        let pages = ["": (Array(0..<10), "b"), "b": (Array(9..<19), "c"), "c": ([18], nil)]
        let (end, asked) = walk { _, cursor, _ in .page(ids: pages[cursor]!.0, next: pages[cursor]!.1) }
        #expect(asked == ["", "b", "c", "", "b", "c"])
        #expect(try proof(end).verdict == .unverifiable && proof(end).distinct == 19)
    }

    @Test func `a cursor that comes back once is healed by the next walk`() throws {
        let (end, asked) = walk { walk, cursor, _ in
            walk == 1 && cursor == "b" ? .page(ids: Array(10..<20), next: "b") : stable(cursor)
        }
        #expect(asked == ["", "b", "", "b", "c"])
        #expect(try proof(end).verdict == .unverifiable)
    }

    @Test func `fresh cursors without new records do not trap the walk`() throws {
        let (end, asked) = walk { _, _, ask in .page(ids: Array(0..<10), next: "c\(ask)") }
        let proof = try proof(end)
        #expect(proof.verdict == .short && proof.end == .nothingNew && proof.repeatedPages == 5)
        #expect(asked.count == 5 * 6)
        let (_, empties) = walk { _, _, ask in .page(ids: [], next: "c\(ask)") }
        #expect(empties.count == 5 * 5 * 4)
    }

    @Test func `an API that makes up records for ever is stopped`() throws {
        var limits = limits
        limits.pages = 50
        let (end, asked) = walk(limits) { _, _, ask in .page(ids: [ask], next: "c\(ask)") }
        #expect(asked.count == 50)
        #expect(try proof(end).verdict == .capped)
    }

    @Test func `a refused cursor starts the walk over, bounded`() throws {
        let (end, asked) = walk { walk, cursor, _ in walk == 1 && cursor == "c" ? .refused : stable(cursor) }
        #expect(asked == ["", "b", "c", "", "b", "c"])
        #expect(try proof(end).distinct == 25 && proof(end).walks == 2)
        let (never, all) = walk { _, cursor, _ in cursor == "c" ? .refused : stable(cursor) }
        #expect(all.count == 15)
        #expect(try proof(never).verdict == .short && proof(never).end == .refusedCursor)
    }

    @Test func `a token that goes missing after the first page is found out by the total`() throws {
        let (end, _) = walk { walk, cursor, _ in
            walk == 1 ? .page(ids: Array(0..<10), total: 25, next: nil) : stable(cursor, total: 25)
        }
        #expect(try proof(end).verdict == .proven && proof(end).walks == 2)
    }
}

struct WalkDidNotFinish: Error {
    let end: WalkAction
}

extension Page {
    /// A page that holds the records with these numbers.
    static func of(
        _ ids: some Sequence<Int>, total: Int?, pageCount: Int? = nil, cursor: String? = nil,
        availableTo: Instant? = nil
    ) -> Page {
        let entries = ids.map { id in
            RecordEntry(
                id: Digest128(high: 0, low: UInt64(id)), idPrefix: UInt64(id), start: 0, end: 0, length: 1, idOffset: 0,
                idLength: 0, segments: 0, flags: [])
        }
        let text = (cursor ?? "").utf8.reduce(0) { $0 &* 257 &+ UInt64($1) }
        let digest = Digest128(
            high: UInt64(entries.count) &+ text, low: entries.reduce(0) { $0 &* 31 &+ $1.id.low })
        return Page(
            records: PageRecords(entries: entries), total: total, pageCount: pageCount,
            cursor: cursor.map { Cursor(Array($0.utf8)) }, availableTo: availableTo, digest: digest, wireBytes: 0)
    }
}
