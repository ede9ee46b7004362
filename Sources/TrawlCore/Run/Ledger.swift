/// What the store says of a run: every shard of the tree that grows from the plan's roots, by its state.
///
/// Computed from the plan, the outcomes and the dead markers alone. Whatever is in none of the lists is not owed.
package struct Ledger: Sendable {
    /// Leaves with a part, in order of their intervals.
    package private(set) var parts: [(shard: Shard, outcome: PartOutcome)] = []
    /// Leaves that still have to be fetched.
    package private(set) var owed: [Shard] = []
    /// Leaves that gave up, and about which nothing is decided yet.
    package private(set) var dead: [(shard: Shard, marker: DeadMarker)] = []
    /// Leaves that gave up, and that the operator goes without.
    package private(set) var skipped: [(shard: Shard, marker: DeadMarker, skip: SkipMarker)] = []
    /// Shards that were cut, parents before their children.
    package private(set) var cuts: [(shard: Shard, outcome: SplitOutcome)] = []
    /// API requests the outcomes and dead markers account for.
    package private(set) var requests = 0
    /// The latest slot, in microseconds, that any committed page was fetched in.
    package private(set) var highestSlot: Int64 = 0

    /// `outcome`, `dead` and `skip` answer what the store holds for a shard; `skip` is asked for dead ones only.
    package init(
        plan: Plan, outcome: (ShardID) throws -> Outcome?, dead marker: (ShardID) throws -> DeadMarker?,
        skip: (ShardID) throws -> SkipMarker? = { _ in nil }
    ) throws {
        var stack = plan.roots.reversed().map { Shard($0.interval) }
        while let shard = stack.popLast() {
            switch try outcome(shard.id) {
            case .part(let part):
                parts.append((shard, part))
                requests += part.requests
                highestSlot = max(highestSlot, part.lastSlot)
            case .split(let split):
                cuts.append((shard, split))
                requests += split.requests
                stack += split.children.reversed().map { Shard($0.interval, parentHits: split.hits) }
            case nil:
                if let found = try marker(shard.id) {
                    requests += found.requests
                    if let decision = try skip(shard.id) {
                        skipped.append((shard, found, decision))
                    } else {
                        dead.append((shard, found))
                    }
                } else {
                    owed.append(shard)
                }
            }
        }
    }

    package var splits: Int { cuts.count }

    /// Every leaf has a part.
    package var isComplete: Bool { isSettled && skipped.isEmpty }

    /// Nothing is left to fetch or to decide: every leaf has a part, or the operator goes without it.
    package var isSettled: Bool { owed.isEmpty && dead.isEmpty }

    /// Leaves without a part.
    package var gaps: [Shard] { owed + dead.map(\.shard) + skipped.map(\.shard) }

    /// Leaves whose walk did not prove complete.
    package var unproven: [(shard: Shard, outcome: PartOutcome)] {
        parts.filter { !$0.outcome.proof.verdict.isAccepted }
    }

    package var leaves: Int { parts.count + owed.count + dead.count + skipped.count }

    /// Where the leaves do not make up the run's interval exactly, in words. Plan and outcomes never say so unless they
    /// were damaged: a shard that a split leaves out would be missed by nobody.
    package func tilingFaults(of whole: Interval) -> [String] {
        let leaves = (parts.map(\.shard) + gaps).map(\.interval)
        return whole.tilingFaults(of: leaves)
    }
}
