/// What the store says of a run: every shard of the tree that grows from the plan's roots, by its state.
///
/// Computed from the plan, the outcomes and the dead markers alone. Whatever is in none of the lists is not owed.
package struct Ledger: Sendable {
    /// Leaves with a part, in order of their intervals.
    package private(set) var parts: [(shard: Shard, outcome: PartOutcome)] = []
    /// Leaves that still have to be fetched.
    package private(set) var owed: [Shard] = []
    /// Leaves that gave up.
    package private(set) var dead: [(shard: Shard, marker: DeadMarker)] = []
    package private(set) var splits = 0
    /// API requests the outcomes and dead markers account for.
    package private(set) var requests = 0
    /// The latest slot, in microseconds, that any committed page was fetched in.
    package private(set) var highestSlot: Int64 = 0

    /// `outcome` and `dead` answer what the store holds for a shard.
    package init(
        plan: Plan, outcome: (ShardID) throws -> Outcome?, dead marker: (ShardID) throws -> DeadMarker?
    ) throws {
        var stack = plan.roots.reversed().map { Shard($0.interval) }
        while let shard = stack.popLast() {
            switch try outcome(shard.id) {
            case .part(let part):
                parts.append((shard, part))
                requests += part.requests
                highestSlot = max(highestSlot, part.lastSlot)
            case .split(let split):
                splits += 1
                requests += split.requests
                stack += split.children.reversed().map { Shard($0.interval, parentHits: split.hits) }
            case nil:
                if let found = try marker(shard.id) {
                    dead.append((shard, found))
                    requests += found.requests
                } else {
                    owed.append(shard)
                }
            }
        }
    }

    /// Every leaf has a part.
    package var isComplete: Bool { owed.isEmpty && dead.isEmpty }

    /// Leaves whose walk did not prove complete.
    package var unproven: [(shard: Shard, outcome: PartOutcome)] {
        parts.filter { !$0.outcome.proof.verdict.isAccepted }
    }

    package var leaves: Int { parts.count + owed.count + dead.count }

    /// Where the leaves do not make up the run's interval exactly, in words. Plan and outcomes never say so unless they
    /// were damaged: a shard that a split leaves out would be missed by nobody.
    package func tilingFaults(of whole: Interval) -> [String] {
        var faults: [String] = []
        var reached = whole.from
        let leaves = (parts.map(\.shard) + owed + dead.map(\.shard)).map(\.interval)
        for leaf in leaves.sorted(by: { ($0.from, $0.to) < ($1.from, $1.to) }) {
            if leaf.from != reached {
                let kind = leaf.from > reached ? "gap" : "overlap"
                faults.append("the shards leave a \(kind) between \(reached) and \(leaf.from)")
            }
            reached = max(reached, leaf.to)
        }
        if reached != whole.to { faults.append("the shards end at \(reached) instead of \(whole.to)") }
        return faults
    }
}
