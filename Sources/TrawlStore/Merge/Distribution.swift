import TrawlCore

/// The second pass: reads every part once, in order, and sends each line where its verdict says. A bucket is sorted and
/// written on another thread as soon as no line to come can belong to it.
final class Distribution {
    struct Totals {
        var duplicates = Manifest.Duplicates()
        var outside = 0
        var rejected = 0
        var rejectedAgain = 0
        /// Winners by the position of their shard.
        var kept: [Int] = []
    }

    private(set) var totals = Totals()
    private let inputs: [MergeInput]
    private let names: [String]
    private let root: String
    private let rule: MatchRule
    private let map: BucketMap
    private let verdicts: VerdictLog
    private let buckets: BucketSet
    private let ready: Handoff<BucketContent>
    private let duplicates: SideFile
    private let rejected: SideFile
    private var nextBucket = 0

    /// The writing side has given up, and says why itself.
    struct Stopped: Error {}

    init(
        inputs: [MergeInput], root: String, rule: MatchRule, election: Election, buckets: BucketSet,
        ready: Handoff<BucketContent>, duplicates: SideFile, rejected: SideFile
    ) {
        self.inputs = inputs
        names = inputs.map(\.shard.text)
        self.root = root
        self.rule = rule
        map = election.map
        verdicts = election.verdicts
        self.buckets = buckets
        self.ready = ready
        self.duplicates = duplicates
        self.rejected = rejected
        totals.kept = Array(repeating: 0, count: inputs.count)
    }

    /// Throws ``StoreError`` or ``Stopped``.
    func run(progress: (Int) -> Void) throws {
        for (shard, input) in inputs.enumerated() {
            let reader = try PartReader(root: root, outcome: input.outcome)
            var ordinal = input.firstOrdinal
            while try reader.next() {
                try distribute(
                    reader, shard: shard,
                    isSuperseded: input.standing(ofWalk: reader.index.block.walk) == .superseded, &ordinal)
                try release(before: ordinal)
            }
            progress(shard + 1)
        }
        try release(before: .max)
    }

    /// Sends the lines of one page.
    private func distribute(
        _ reader: PartReader, shard: Int, isSuperseded: Bool, _ ordinal: inout Int
    ) throws(StoreError) {
        guard var line = reader.bytes.baseAddress else { return }
        for position in 0..<reader.index.block.entries {
            let entry = reader.index.entry(position)
            let length = Int(entry.length)
            guard line.load(fromByteOffset: length - 1, as: UInt8.self) == 0x0A else {
                throw reader.damage("a line does not end where its index says")
            }
            if let drop = try verdicts.verdict(ordinal) {
                try note(drop, entry, line, page: reader.index.block.page, shard: shard)
            } else if entry.rejection != nil {
                try keepAside(entry, line, shard: shard)
            } else if !isSuperseded, rule.isOutside(entry) {
                totals.outside += 1
            } else {
                totals.kept[shard] += 1
                let bucket = map.bucket(of: SortKey(start: entry.start, idPrefix: entry.idPrefix))
                try buckets.append(entry, line, to: bucket)
            }
            line += length
            ordinal += 1
        }
    }

    /// Hands over the buckets whose last line lies before `ordinal`, in order.
    private func release(before ordinal: Int) throws(Stopped) {
        while nextBucket < map.count, map.lastOrdinal[nextBucket] < ordinal {
            let content = buckets.take(nextBucket)
            nextBucket += 1
            if content.bytes > 0, !ready.give(content) { throw Stopped() }
        }
    }

    private func note(
        _ drop: VerdictLog.Drop, _ entry: RecordEntry, _ line: UnsafeRawPointer, page: Int, shard: Int
    ) throws(StoreError) {
        switch drop.reason {
        case .boundary: totals.duplicates.boundary += 1
        case .rewalk: totals.duplicates.rewalk += 1
        case .drift: totals.duplicates.drift += 1
        case .rejectedAgain:
            totals.rejectedAgain += 1
            return
        }
        try duplicates.add { text in
            text.append("{\"conversationId\":")
            if entry.rejection == nil {
                text.append("\"")
                text.append(UnsafeRawBufferPointer(start: line + Int(entry.idOffset), count: Int(entry.idLength)))
                text.append("\"")
            } else {
                text.append("null")
            }
            text.append(
                ",\"shard\":\"\(names[shard])\",\"page\":\(page),\"reason\":\"\(drop.reason.word)\",\"keptShard\":")
            text.append(drop.keptShard.map { "\"\(names[$0])\"" } ?? "null")
            text.append("}")
        }
    }

    private func keepAside(_ entry: RecordEntry, _ line: UnsafeRawPointer, shard: Int) throws(StoreError) {
        totals.rejected += 1
        let reason = entry.rejection.map(\.description) ?? ""
        try rejected.add { text in
            text.append("{\"reason\":\(JSONValue.quoted(reason)),\"shard\":\"\(names[shard])\",\"record\":")
            text.append(UnsafeRawBufferPointer(start: line, count: Int(entry.length) - 1))
            text.append("}")
        }
    }
}
