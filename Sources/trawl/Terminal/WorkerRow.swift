import TrawlCore
import TrawlQueue

/// One worker on a run's screen: `worker-1  3/4 shards  2 requesting, 1 waiting  page 3 of about 12 of 2024…`.
struct WorkerRow {
    let worker: WorkerReport
    let isSilent: Bool
    /// Redis's clock.
    let now: Instant?
    let pageSize: Int

    func line(_ name: String) -> StyledLine {
        var line = StyledLine("\(name)  ", isSilent ? .red : .strong)
        if isSilent {
            let silence = now.map { Quantity.duration(seconds: Double($0 - worker.seenAt) / 1000) }
            line.add("SILENT\(silence.map { " for \($0)" } ?? "")  ", .red)
        }
        line.add("\(worker.shards)/\(worker.slots) shards")
        let phases = Dictionary(grouping: worker.activities, by: \.phase)
        let summary = ShardActivity.Phase.allCases.compactMap { phase in
            phases[phase].map { "\($0.count) \(phase.rawValue)" }
        }
        if !summary.isEmpty { line.add("  \(summary.joined(separator: ", "))", .cyan) }
        if let current { line.add("  \(Self.describe(current, pageSize: pageSize)) of \(current.shard)") }
        return line
    }

    /// The shard of which most is there: the one that tells most.
    private var current: ShardActivity? {
        worker.activities.max { ($0.records, $1.shard) < ($1.records, $0.shard) }
    }

    private static func describe(_ activity: ShardActivity, pageSize: Int) -> String {
        var text = "page \(activity.pages + (activity.phase == .working ? 0 : 1))"
        if let hits = activity.hits {
            let pages = max(activity.pages, (hits + pageSize - 1) / pageSize)
            text = "page \(min(max(1, pages), max(1, activity.pages + 1))) of about \(Quantity.grouped(max(1, pages)))"
        } else if activity.pages == 0 {
            text = "first page"
        }
        if activity.walk > 1 { text += ", walk \(activity.walk)" }
        if activity.throttled > 0 { text += ", \(activity.throttled) × 429" }
        return text
    }
}
