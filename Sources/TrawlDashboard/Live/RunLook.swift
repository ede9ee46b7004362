import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlView

/// What one look at a run showed, ready to be sent to all who listen.
struct RunLook: Sendable {
    /// Rises with each look.
    var number: Int
    /// Rises with each look whose shards are other than those of the one before.
    var revision: Int
    /// Nil where only Redis is known.
    var view: RunView?
    var shards: [ShardView] { view?.shards ?? [] }
    /// The run's page.
    var json: String
    /// The same as an event: one array, which all who listen are sent.
    let frame: [UInt8]
    /// The run's line in the list.
    var summary: JSONValue
    /// It ended, and nothing will move by itself.
    var isOver: Bool

    init(_ view: RunView, number: Int, revision: Int) {
        self.number = number
        self.revision = revision
        self.view = view
        guard case .object(var members) = view.json else { preconditionFailure("a run's JSON is an object") }
        members["revision"] = .integer(Int64(revision))
        json = JSONValue.object(members).canonical
        frame = EventFrame(event: "view", id: number, data: json).bytes
        for name in ["workers", "events", "limiter", "lastPageAt", "splits", "halt", "bytes", "pages", "now", "epoch"] {
            members[name] = nil
        }
        members["workers"] = .integer(Int64(view.workers.count))
        members["silent"] = .integer(Int64(view.workers.count { view.isSilent($0) }))
        members["quotaPerSecond"] = view.limiter?.quotaPerSecond.map { .number($0) }
        members["strip"] = .array(
            Strip.cells(view.shards, of: view.plan.interval, count: 60).map { .string($0.state.rawValue) })
        summary = .object(members)
        isOver = view.state == "complete"
    }

    /// Of a run whose store cannot be read here.
    init(run: String, store: String, problem: String, snapshot: RunSnapshot?, number: Int) {
        self.number = number
        revision = 0
        var members: [String: JSONValue] = [
            "run": .string(run), "store": .string(store), "problem": .string(problem),
            "state": .string(snapshot.map(Self.state) ?? "unknown"),
        ]
        if let snapshot {
            members["now"] = .string(snapshot.now.rfc3339)
            members["requests"] = .integer(Int64(snapshot.progress.requests))
            members["throttled"] = .integer(Int64(snapshot.progress.throttled))
            members["leaves"] = .integer(Int64(snapshot.done + snapshot.open + snapshot.dead))
            members["shards"] = .object([
                "done": .integer(Int64(snapshot.done)), "pending": .integer(Int64(snapshot.pending)),
                "leased": .integer(Int64(snapshot.leased)), "delayed": .integer(Int64(snapshot.delayed)),
                "dead": .integer(Int64(snapshot.dead)),
            ])
            members["halt"] = snapshot.halt.map {
                .object(["code": .integer(Int64($0.code)), "message": .string($0.message)])
            }
        }
        summary = .object(members)
        json = summary.canonical
        frame = EventFrame(event: "view", id: number, data: json).bytes
        isOver = snapshot?.state == .complete
    }

    /// Whoever halted it had the schedule drain.
    private static func state(_ snapshot: RunSnapshot) -> String {
        snapshot.halt != nil && snapshot.state == .draining ? "halted" : snapshot.state.rawValue
    }
}
