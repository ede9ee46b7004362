import Redis
import Testing
import TrawlCore
import TrawlQueue
import TrawlTestKit

/// The queue as one would write it without Redis: the specification the scripts are held against.
private struct Model {
    var places = Places()
    var owner: [String: String] = [:]
    var due: Set<String> = []
    var expired: Set<String> = []
    var counted = 0

    mutating func wait(_ name: String, atHead: Bool) {
        let isRoot = !name.contains(".")
        if isRoot {
            places.roots.insert(name, at: atHead ? 0 : places.roots.count)
        } else {
            places.children.insert(name, at: atHead ? 0 : places.children.count)
        }
    }

    mutating func drop(_ name: String) {
        places.leased.remove(name)
        owner[name] = nil
        expired.remove(name)
    }

    mutating func takeBack(_ name: String) {
        drop(name)
        places.reclaims[name, default: 0] += 1
        if places.reclaims[name]! >= 3 { places.dead.insert(name) } else { wait(name, atHead: true) }
    }

    mutating func claim(_ count: Int, by worker: String) -> [String] {
        // Made to expire at the same moment, so Redis orders them by name.
        for name in expired.sorted(by: order) { takeBack(name) }
        for name in due.sorted(by: order) {
            places.delayed.remove(name)
            wait(name, atHead: false)
        }
        due = []
        let taken = (places.children + places.roots).prefix(count)
        for name in taken {
            places.children.removeAll { $0 == name }
            places.roots.removeAll { $0 == name }
            places.leased.insert(name)
            owner[name] = worker
        }
        return Array(taken)
    }

    mutating func finish(_ name: String, children: [String]) {
        guard !places.done.contains(name), isKnown(name) else { return }
        drop(name)
        places.children.removeAll { $0 == name }
        places.roots.removeAll { $0 == name }
        places.delayed.remove(name)
        due.remove(name)
        places.dead.remove(name)
        places.attempts[name] = nil
        places.reclaims[name] = nil
        places.done.insert(name)
        counted += 1
        for child in children where !isKnown(child) { wait(child, atHead: false) }
    }

    mutating func retry(_ name: String, by worker: String, dead: Bool) -> Bool {
        guard owner[name] == worker else { return places.dead.contains(name) }
        drop(name)
        places.attempts[name, default: 0] += 1
        guard dead || places.attempts[name]! >= 4 else {
            places.delayed.insert(name)
            return false
        }
        places.dead.insert(name)
        return true
    }

    mutating func requeue(_ name: String) -> Bool {
        guard places.dead.contains(name) || !isKnown(name) else { return false }
        places.dead.remove(name)
        places.attempts[name] = nil
        places.reclaims[name] = nil
        wait(name, atHead: false)
        return true
    }

    func isKnown(_ name: String) -> Bool {
        places.leased.contains(name) || places.delayed.contains(name) || places.dead.contains(name)
            || places.done.contains(name) || places.roots.contains(name) || places.children.contains(name)
    }

    /// Redis orders equal scores by member: by the shard's id, bytewise.
    private func order(_ left: String, _ right: String) -> Bool { shard(left).id < shard(right).id }
}

private func shard(_ name: String) -> Shard {
    let parts = name.split(separator: ".").compactMap { Int($0) }
    return parts.count == 1 ? hour(parts[0]) : quarter(parts[0], parts[1])
}

/// SplitMix64: the same operations for the same seed.
private struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct QueueModelTests {
    @Test(arguments: 1...24)
    func `any sequence of calls leaves what the model says`(seed: Int) async throws {
        var random = Seeded(state: UInt64(seed))
        let fixture = try await Fixture(roots: 6)
        var model = Model()
        model.places.roots = (0..<6).map(String.init)
        let workers = ["w1", "w2", "w3"]
        let queues = try workers.map { try fixture.queue($0, options: .init(attempts: 4, reclaims: 3)) }
        // Every lease ever given, so that zombies act too.
        var leases: [(lease: Lease, worker: String)] = []
        for step in 0..<150 {
            let index = Int.random(in: 0..<3, using: &random)
            let (worker, queue) = (workers[index], queues[index])
            let old = leases.randomElement(using: &random)
            var call = ""
            switch Int.random(in: 0..<10, using: &random) {
            case 0...1:
                let count = Int.random(in: 0...3, using: &random)
                let claim = try await queue.claim(count)
                call = "claim(\(count))"
                #expect(claim.names == model.claim(count, by: worker), "seed \(seed) step \(step)")
                // A lease given again makes the older tokens of the shard worthless.
                for lease in claim.leases { leases.append((lease, worker)) }
            case 2:
                guard let old else { continue }
                let children = old.lease.shard.parentHits == nil && Bool.random(using: &random) ? [0, 1] : []
                let root = Int(old.lease.shard.name.prefix { $0 != "." }) ?? 0
                try await queue.finish(old.lease, children: children.map { quarter(root, $0) })
                model.finish(old.lease.shard.name, children: children.map { "\(root).\($0)" })
                call = "finish(\(old.lease.shard.name)) \(children)"
            case 3:
                guard let old else { continue }
                let dead = Int.random(in: 0..<6, using: &random) == 0
                let isCurrent = isCurrent(old.lease, leases, model)
                let answer = try await queue.retry(old.lease, after: .seconds(3600), dead: dead)
                let expected = model.retry(old.lease.shard.name, by: isCurrent ? old.worker : "nobody", dead: dead)
                call = "retry(\(old.lease.shard.name), dead: \(dead))"
                #expect(answer == expected, "seed \(seed) step \(step) \(call)")
            case 4:
                guard let old else { continue }
                let name = old.lease.shard.name
                if isCurrent(old.lease, leases, model) {
                    model.drop(name)
                    model.wait(name, atHead: true)
                }
                try await queue.release(old.lease)
                call = "release(\(name))"
            case 5:
                guard let name = model.places.leased.sorted().randomElement(using: &random) else { continue }
                try await fixture.expire(shard(name))
                model.expired.insert(name)
                call = "expire \(name)"
            case 6:
                guard let name = model.places.delayed.sorted().randomElement(using: &random) else { continue }
                try await fixture.makeDue(shard(name))
                model.due.insert(name)
                call = "due \(name)"
            case 7:
                let held = leases.suffix(4).map(\.lease)
                let beat = try await queue.beat(held, progress: Progress())
                let current = held.filter { isCurrent($0, leases, model) }
                for lease in current { model.expired.remove(lease.shard.name) }
                call = "beat"
                let lost = Set(held.filter { !current.contains($0) }.map(\.shard.id))
                #expect(beat.lost == lost, "seed \(seed) step \(step)")
            case 8:
                let dead = model.places.dead.sorted().randomElement(using: &random)
                guard let shard = Bool.random(using: &random) ? dead.map(shard) : old?.lease.shard else { continue }
                call = "requeue(\(shard.name))"
                #expect(try await queue.requeue(shard) == model.requeue(shard.name), "seed \(seed) step \(step)")
            default:
                // One shard at a time: the order among several is that of a Redis hash.
                guard model.owner.values.filter({ $0 == worker }).count == 1 else { continue }
                let name = model.owner.first { $0.value == worker }!.key
                let result = try await queue.reclaim(worker: worker)
                model.takeBack(name)
                call = "reclaim(\(worker))"
                #expect(result.count == 1 && result.poisoned.isEmpty == !model.places.dead.contains(name))
            }
            let places = try await fixture.places()
            #expect(places == model.places, "seed \(seed) step \(step): \(call)")
            guard places == model.places else { return }
        }
        #expect(try await fixture.snapshot().done == model.counted)
    }

    /// Whether the lease is the last one given for its shard, and the shard is leased still.
    private func isCurrent(_ lease: Lease, _ leases: [(lease: Lease, worker: String)], _ model: Model) -> Bool {
        model.places.leased.contains(lease.shard.name)
            && leases.last { $0.lease.shard == lease.shard }?.lease.token == lease.token
    }
}
