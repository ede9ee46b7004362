import TrawlCore
import TrawlStore

/// Dead shards in words.
enum DeadText {
    /// More than these are counted, not listed: a run whose shards all died has the same story for each.
    static let listed = 10

    /// `attempts (8 failed): HTTP 500 …`
    static func describe(_ marker: DeadMarker) -> String {
        let count = marker.cause == .attempts ? " (\(Quantity.grouped(marker.attempts)) failed)" : ""
        return "\(marker.cause.rawValue)\(count): \(marker.reason)"
    }

    /// One line for each, up to ten.
    static func lines(_ dead: [(shard: Shard, marker: DeadMarker)]) -> [String] {
        var lines = dead.prefix(listed).map { "  \($0.shard.id): dead, \(describe($0.marker))" }
        if dead.count > listed { lines.append("  … and \(Quantity.grouped(dead.count - listed)) more") }
        return lines
    }

    /// What ends a run: which shards gave up, by what, and what can be done.
    static func ending(_ dead: [(shard: Shard, marker: DeadMarker)], store: String) -> String {
        let names = dead.prefix(listed).map { "\($0.shard.id) (\($0.marker.cause.rawValue))" }
        let rest = dead.count > listed ? " and \(Quantity.grouped(dead.count - listed)) more" : ""
        return
            "\(Quantity.count(dead.count, "shard")) gave up: \(names.joined(separator: ", "))\(rest); \(choices(store))"
    }

    static func choices(_ store: String) -> String {
        "'trawl dead show \(store) SHARD' says why, 'trawl dead retry \(store) --all' gives them another life, "
            + "'trawl dead skip \(store) --all --reason TEXT' goes without them"
    }
}
