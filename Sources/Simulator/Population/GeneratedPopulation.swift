import TrawlCore

/// Conversations made from a seed: 33 bytes each in memory, rendered when asked for.
///
/// Exactly the asked number start inside the interval. Around it are neighbours that a careless extraction would pick
/// up or miss: ordinary ones on the day before and after, and a few that began weeks before and were still going on.
struct GeneratedPopulation: Sendable {
    private(set) var starts: [Int64] = []
    /// `Int64.max` while open.
    private(set) var ends: [Int64] = []
    private var ids: [ConversationID] = []
    private var kinds: [Conversation.Kind] = []
    let size: RecordSize

    private static let day = Instant.millisecondsPerDay

    init(seed: UInt64, interval: Interval, conversations: Int, tieBurst: Int, size: RecordSize) {
        self.size = size
        var random = SplitMix(seed: seed)
        let from = interval.from.milliseconds
        let to = interval.to.milliseconds
        var starts = Self.startsInside(interval, count: conversations, tieBurst: tieBurst, random: &random)
        let neighbours = max(4, conversations / 20)
        for _ in 0..<neighbours {
            starts.append(from - 1 - Int64(random.below(Int(Self.day))))
            starts.append(to + Int64(random.below(Int(Self.day))))
        }
        starts += [from - 1, to]
        // Long ones from before the day of `from`: the synchronous query never returns them.
        for _ in 0..<max(2, conversations / 500) {
            starts.append(from - Self.day - Int64(random.below(Int(40 * Self.day))))
        }
        starts.sort()
        fill(starts, long: from - Self.day, from: from, random: &random)
    }

    private static func startsInside(
        _ interval: Interval, count: Int, tieBurst: Int, random: inout SplitMix
    ) -> [Int64] {
        var starts: [Int64] = []
        starts.reserveCapacity(count + count / 8 + 16)
        let from = interval.from.milliseconds
        let to = interval.to.milliseconds
        if count >= 8 {
            starts += [from, to - 1]
            var midnight = from + day - interval.from.millisecondOfDay
            while midnight < to, starts.count < count / 20 {
                starts += [midnight, midnight - 1]
                midnight += day
            }
            let burst = from + (to - from) / 2
            starts += Array(repeating: burst, count: max(0, min(tieBurst, count - starts.count)))
        }
        let almanac = Almanac(interval: interval)
        while starts.count < count {
            let tie = starts.count > 4 && random.chance(8)
            starts.append(tie ? starts[starts.count - 1] : almanac.start(random: &random))
        }
        return starts
    }

    private mutating func fill(_ sorted: [Int64], long: Int64, from: Int64, random: inout SplitMix) {
        starts = sorted
        ends.reserveCapacity(sorted.count)
        ids.reserveCapacity(sorted.count)
        kinds.reserveCapacity(sorted.count)
        for start in sorted {
            let kind = start < long ? .callback : Self.kind(random: &random)
            ids.append(ConversationID(random: &random))
            kinds.append(kind)
            var end = Self.end(of: kind, start: start, random: &random)
            // The boundary cases of the lifetime: ends exactly where the interval begins, ends exactly at midnight.
            if start < from, end > from, random.chance(200) { end = from }
            // Chance alone might leave a small population without any that is open.
            if ends.count % 150 == 77 { end = .max }
            ends.append(end)
        }
        sortTies()
    }

    /// Positions are ordered by (start, bytes of the id), the order of the merged result.
    private mutating func sortTies() {
        var first = 0
        while first < starts.count {
            var next = first + 1
            while next < starts.count, starts[next] == starts[first] { next += 1 }
            if next - first > 1 { ids[first..<next].sort() }
            first = next
        }
    }

    private static func kind(random: inout SplitMix) -> Conversation.Kind {
        switch random.below(1000) {
        case 0..<320: .digital
        case 320..<770: .voice
        case 770..<980: .transferred
        case 980..<996: .callback
        default: .marathon
        }
    }

    private static func end(of kind: Conversation.Kind, start: Int64, random: inout SplitMix) -> Int64 {
        if random.chance(3) { return .max }
        let minute = 60_000
        let end =
            switch kind {
            case .digital: start + Int64(minute + random.below(90 * minute))
            case .voice: start + Int64(minute / 2 + random.below(25 * minute))
            case .transferred: start + Int64(5 * minute + random.below(75 * minute))
            case .callback where random.chance(300): start + 26 * day + Int64(random.below(Int(35 * day)))
            case .callback: start + Int64(random.below(Int(10 * day)))
            case .marathon: start + Int64(60 * minute + random.below(600 * minute))
            }
        let midnight = start + day - Instant(milliseconds: start).millisecondOfDay
        if end > midnight, kind != .callback, random.chance(150) { return midnight }
        return random.chance(1) ? start : end
    }

    func conversation(at position: Int) -> Conversation {
        let end = ends[position]
        return Conversation(
            id: ids[position], kind: kinds[position], start: starts[position], end: end == .max ? nil : end)
    }
}
