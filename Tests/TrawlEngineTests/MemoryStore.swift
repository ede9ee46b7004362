import Guarded
import TrawlCore

/// A store in memory: outcomes and markers are created once, parts live until discarded.
final class MemoryStore: ShardStore {
    struct Contents {
        var outcomes: [ShardID: Outcome] = [:]
        var dead: [ShardID: DeadMarker] = [:]
        /// By the token of the attempt.
        var parts: [LeaseToken: MemoryPart] = [:]
        var discarded: Set<LeaseToken> = []
        /// What an attempt has so far, and what ended ones left.
        var recorded: [LeaseToken: [RecordedWalk.RecordedPage]] = [:]
        var left: [ShardID: RecordedWalk] = [:]
        /// What the next append of a page fails with.
        var appendFailures: [StoreError] = []
        /// Called before an outcome is created: someone else may be quicker.
        var beforeCommit: (@Sendable (inout Contents, ShardID) -> Void)?
    }

    let contents = Guarded(Contents())

    func outcome(of shard: ShardID) throws -> Outcome? { contents.with { $0.outcomes[shard] } }

    func commit(_ outcome: Outcome, for shard: ShardID) throws -> Outcome {
        contents.with { contents in
            if let hook = contents.beforeCommit { hook(&contents, shard) }
            let standing = contents.outcomes[shard] ?? outcome
            contents.outcomes[shard] = standing
            return standing
        }
    }

    func deadMarker(of shard: ShardID) throws -> DeadMarker? { contents.with { $0.dead[shard] } }

    func markDead(_ marker: DeadMarker, shard: ShardID) throws {
        contents.with { $0.dead[shard] = $0.dead[shard] ?? marker }
    }

    func recordedWalk(of shard: ShardID) throws -> RecordedWalk? { contents.with { $0.left[shard] } }

    func beginPart(
        of shard: ShardID, token: LeaseToken, continuing walk: RecordedWalk?
    ) throws -> any PartWriter {
        contents.with { contents in
            contents.parts[token] = MemoryPart()
            contents.recorded[token] = walk?.pages ?? []
            contents.parts[token]?.pages = (walk?.pages ?? []).map {
                MemoryPart.Page(
                    number: $0.note.number, walk: $0.note.walk, records: $0.entries.count,
                    fetched: Slot(time: $0.note.fetched))
            }
        }
        return MemoryPartWriter(store: self, token: token, shard: shard)
    }

    func part(of shard: ShardID) -> PartOutcome? {
        if case .part(let part) = contents.with({ $0.outcomes[shard] }) { part } else { nil }
    }
}

struct MemoryPart: Hashable, Sendable {
    struct Page: Hashable, Sendable {
        let number: Int
        let walk: Int
        let records: Int
        let fetched: Slot
    }

    var pages: [Page] = []
    var isClosed = false
}

final class MemoryPartWriter: PartWriter {
    private let store: MemoryStore
    private let token: LeaseToken
    private let shard: ShardID

    init(store: MemoryStore, token: LeaseToken, shard: ShardID) {
        self.store = store
        self.token = token
        self.shard = shard
    }

    func suspend() {
        store.contents.with { contents in
            let pages = contents.recorded[token] ?? []
            contents.parts[token] = nil
            if !pages.isEmpty { contents.left[shard] = RecordedWalk(attempt: token.text, pages: pages) }
        }
    }

    func append(_ records: PageRecords, _ note: PageNote) throws {
        try store.contents.with { contents in
            if !contents.appendFailures.isEmpty { throw contents.appendFailures.removeFirst() }
            contents.parts[token]?.pages.append(
                MemoryPart.Page(
                    number: note.number, walk: note.walk, records: records.entries.count,
                    fetched: Slot(time: note.fetched)))
            contents.recorded[token, default: []].append(.init(note: note, entries: records.entries))
        }
    }

    func close() throws -> FinishedPart {
        let lines = store.contents.with { contents in
            contents.parts[token]?.isClosed = true
            return contents.parts[token]?.pages.reduce(0) { $0 + $1.records } ?? 0
        }
        let file = FileReference(path: "parts/\(token.fileName)", bytes: 3 * lines, sha256: "")
        return FinishedPart(part: file, index: file, lines: lines, lineBytes: 3 * lines)
    }

    func discard() {
        store.contents.with { contents in
            contents.parts[token] = nil
            contents.discarded.insert(token)
        }
    }
}
