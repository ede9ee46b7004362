import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// What becomes of a shard whose pages, slots or files fail.
struct FailureTests {
    @Test func `a page is asked for again after a transient failure, without an attempt being charged`() async throws {
        let bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { throw .transient(.any) }
            if number == 3 { throw .unreachable(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.map(\.number) == [1, 2, 2, 2, 3])
        #expect(bench.store.part(of: bench.shard.id)?.requests == 5)
        #expect(
            await bench.calls == [.claimed(bench.shard.id, attempts: 0), .finished(bench.shard.id, children: [])])
    }

    @Test func `after its tries a page has its shard given back with a delay, and goes on there`() async throws {
        let bench = Bench { _, number throws(FetchFailure) in
            if (2...4).contains(number) { throw .transient(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        let id = bench.shard.id
        let calls = await bench.calls
        guard calls.count == 4, case .retried(id, let delay, false) = calls[1] else {
            Issue.record("\(calls)")
            return
        }
        #expect(delay > .zero && delay <= bench.options.shardBackoff.ceiling(after: 1))
        #expect(calls[2] == .claimed(id, attempts: 1))
        #expect(calls[3] == .finished(id, children: []))
        #expect(await bench.source.requests.map(\.number) == [1, 2, 2, 2, 2, 3])
        #expect(bench.store.contents.with { $0.discarded.isEmpty })
        #expect(bench.store.part(of: id)?.token == LeaseToken("1:2:t"))
    }

    @Test func `after its attempts a shard is dead, and the store says why`() async throws {
        let bench = Bench(attemptCap: 2) { request, _ throws(FetchFailure) in
            if request.number > 1 { throw .transient(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.queue.dead == [bench.shard.id])
        let marker = bench.store.contents.with { $0.dead[bench.shard.id] }
        #expect(
            marker
                == DeadMarker(
                    cause: .attempts, reason: "HTTP 500 internal: broken", attempts: 2, reclaims: 0, requests: 5))
        // The second attempt went on at page 2, and asked for page 1 only to see whether the API is there.
        #expect(await bench.source.requests.map(\.number) == [1, 2, 2, 2, 2, 2, 2, 1])
        #expect(bench.store.contents.with { $0.parts.isEmpty && $0.outcomes.isEmpty })
    }

    @Test func `while the API answers nobody, no attempt is charged`() async throws {
        let bench = Bench(attemptCap: 2) { _, number throws(FetchFailure) in
            // Many times what the attempts of one shard allow.
            if number <= 30 { throw .unreachable(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        let claims = await bench.calls.filter { $0 == .claimed(bench.shard.id, attempts: 0) }
        #expect(claims.count == 11)
        #expect(await bench.queue.dead.isEmpty)
        #expect(bench.store.part(of: bench.shard.id) != nil)
    }

    @Test func `a 429 closes the gate and costs neither try nor attempt`() async throws {
        let bench = Bench { _, number throws(FetchFailure) in
            // More often than a page has tries.
            if number <= 10 { throw .throttled(retryAfter: number == 1 ? .seconds(3) : nil, .any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.limiter.throttles == [.seconds(3)] + Array(repeating: nil, count: 9))
        #expect(
            await bench.calls == [.claimed(bench.shard.id, attempts: 0), .finished(bench.shard.id, children: [])])
        #expect(bench.store.part(of: bench.shard.id)?.requests == 13)
    }

    @Test func `a request that is repeated with another token takes a slot of its own`() async throws {
        let bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { throw .tokenRefused(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.count == 4)
        #expect(await bench.limiter.granted == 4)
        #expect(await bench.source.preparations == 4)
        #expect(bench.store.part(of: bench.shard.id)?.requests == 4)
    }

    @Test func `a page is had with the third token when the API refuses two`() async throws {
        let bench = Bench { _, number throws(FetchFailure) in
            if number == 2 || number == 3 { throw .tokenRefused(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.count == 5)
        #expect(bench.store.part(of: bench.shard.id)?.requests == 5)
    }

    @Test func `three tokens refused in a row halt the run, and it says what the API said`() async throws {
        let bench = Bench(days: 3) { _, _ throws(FetchFailure) in throw .tokenRefused(.any) }
        #expect(await bench.run() == .stopped(.draining))
        #expect(await bench.queue.halt?.code == 4)
        #expect(await bench.queue.halt?.message.contains("HTTP 500 internal: broken") == true)
        #expect(await bench.source.requests.count == 3)
    }

    @Test func `a login that fails takes no slot, and the refusal before it is told`() async throws {
        let login = FailureDetail(status: 400, code: "invalid_client", message: "no such client")
        let bench = Bench(days: 3) { _, _ throws(FetchFailure) in throw .tokenRefused(.any) }
        await bench.source.set(denials: [.transient(.any), nil, .denied(login)])
        #expect(await bench.run() == .stopped(.draining))
        let message = await bench.queue.halt?.message
        #expect(message?.contains("internal: broken") == true && message?.contains("no such client") == true)
        #expect(await bench.limiter.granted == 1)
    }

    @Test func `a denial halts the run for everybody with code 4 and gives the shard back`() async throws {
        let bench = Bench(days: 3) { _, _ throws(FetchFailure) in throw .denied(.any) }
        #expect(await bench.run() == .stopped(.draining))
        #expect(await bench.queue.halt?.code == 4)
        #expect(await bench.queue.halt?.message.contains("HTTP 500 internal: broken") == true)
        #expect(await bench.source.requests.count == 1)
        #expect(await bench.calls.last == .released(bench.shard.id))
        #expect(bench.store.contents.with { $0.dead.isEmpty && $0.parts.isEmpty })
    }

    @Test func `a refused request has its shard die at once, and the others go on`() async throws {
        let bench = Bench(days: 3) { _, number throws(FetchFailure) in
            if number == 1 { throw .refused(.any) }
            return nil
        }
        #expect(await bench.run() == .idle)
        #expect(bench.store.contents.with { $0.dead[bench.shard.id]?.cause } == .refused)
        #expect(await bench.queue.dead == [bench.shard.id])
        #expect(bench.store.contents.with { $0.outcomes.count } == 2)
    }

    @Test func `a full disk halts the run with code 3, and the shard is given back without its part`() async throws {
        let bench = Bench(days: 3)
        bench.store.contents.with { $0.appendFailures = [.full(path: "parts/x", reason: "no space left")] }
        #expect(await bench.run() == .stopped(.draining))
        #expect(await bench.queue.halt?.code == 3)
        #expect(await bench.queue.halt?.message.contains("no space left") == true)
        #expect(await bench.calls.last == .released(bench.shard.id))
        #expect(bench.store.contents.with { $0.parts.isEmpty && $0.outcomes.isEmpty && $0.dead.isEmpty })
    }

    @Test func `another failure of the store costs an attempt`() async throws {
        let bench = Bench()
        bench.store.contents.with { $0.appendFailures = [.io(operation: "write", path: "parts/x", reason: "EIO")] }
        #expect(await bench.run() == .idle)
        #expect(await bench.calls.contains(.claimed(bench.shard.id, attempts: 1)))
        #expect(bench.store.part(of: bench.shard.id) != nil)
    }

    @Test func `a limiter out of reach is waited for, and costs no attempt`() async throws {
        let bench = Bench()
        await bench.limiter.fail(next: 8)
        #expect(await bench.run() == .idle)
        #expect(await bench.source.requests.count == 3)
        #expect(
            await bench.calls == [.claimed(bench.shard.id, attempts: 0), .finished(bench.shard.id, children: [])])
    }

    @Test func `a spent budget ends the worker, with the shard given back`() async throws {
        let bench = Bench(days: 3)
        await bench.limiter.set(budget: 4)
        #expect(await bench.run() == .budgetSpent)
        #expect(await bench.source.requests.count == 4)
        #expect(bench.store.contents.with { $0.outcomes.count } == 1)
        #expect(await bench.calls.last == .released(bench.shards[1].id))
        #expect(bench.store.contents.with { $0.parts.count } == 1)
    }

    @Test func `a shard whose workers keep dying is marked dead by whoever hears of it`() async throws {
        let bench = Bench(days: 1)
        let other = Shard(bench.shard.interval.cut(into: 2)[0])
        await bench.queue.poison(Lease(shard: other, token: LeaseToken("1:0:x"), attempts: 1, reclaims: 3))
        #expect(await bench.run() == .idle)
        let marker = try #require(bench.store.contents.with { $0.dead[other.id] })
        #expect(marker.cause == .reclaims)
        #expect(marker.reclaims == 3)
    }
}
