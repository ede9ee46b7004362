import Guarded
import Testing
import TrawlCore
import TrawlEngine

/// What whoever counts is told of a worker's work.
struct ObserverTests {
    /// What was told, in order.
    private final class Notebook: Sendable {
        private let events = Guarded<[WorkerEvent]>([])

        var observer: WorkerObserver { { [events] event in events.with { $0.append(event) } } }

        var all: [WorkerEvent] { events.with { $0 } }

        func outcomes(_ wanted: RequestKind = .page) -> [RequestOutcome] {
            all.compactMap { event -> RequestOutcome? in
                if case .request(wanted, let outcome, _) = event { outcome } else { nil }
            }
        }

        var unprepared: [RequestOutcome] {
            all.compactMap { event -> RequestOutcome? in
                if case .unprepared(let outcome) = event { outcome } else { nil }
            }
        }

        var pages: [[Int]] {
            all.compactMap { event -> [Int]? in
                if case .page(let records, let lines, let wire) = event { [records, lines, wire] } else { nil }
            }
        }

        var verdicts: [Verdict] {
            all.compactMap { event -> Verdict? in if case .shard(let verdict) = event { verdict } else { nil } }
        }

        var ends: [AttemptEnd] {
            all.compactMap { event -> AttemptEnd? in if case .attempt(let end) = event { end } else { nil } }
        }

        var slots: Int { all.count { if case .slot = $0 { true } else { false } } }
        var walksRepeated: Int { all.count { if case .walkRepeated = $0 { true } else { false } } }
        var leasesLost: Int { all.count { if case .leaseLost = $0 { true } else { false } } }
    }

    @Test func `every request is told with what came of it, and every page with its size`() async throws {
        let bench = Bench { _, number throws(FetchFailure) in
            switch number {
            case 2: throw .throttled(retryAfter: nil, .any)
            case 3: throw .transient(.any)
            case 4: throw .unreachable(.any)
            default: return nil
            }
        }
        let notebook = Notebook()
        #expect(await bench.worker(observe: notebook.observer).run() == .idle)
        #expect(notebook.outcomes() == [.ok, .throttled, .transient, .unreachable, .ok, .ok])
        #expect(notebook.pages == [[100, 300, 10], [100, 300, 10], [50, 150, 10]])
        #expect(notebook.slots == 6)
        #expect(notebook.verdicts == [.proven])
        #expect(notebook.ends == [.committed])
    }

    @Test func `a request about a job is told apart, and a walk that begins again is told`() async throws {
        let profile = try #require(EndpointProfile.builtIn(named: "details-jobs"))
        let bench = Bench(profile: profile, pageSize: 100)
        let notebook = Notebook()
        _ = await bench.worker(observe: notebook.observer).run()
        let jobs = notebook.outcomes(.job)
        let questions = await bench.source.questions.count
        #expect(jobs.count == questions && questions > 0)

        let moving = Bench { request, number throws(FetchFailure) in
            number == 2 ? MemorySource.page(request, hits: 260) : nil
        }
        let second = Notebook()
        #expect(await moving.worker(observe: second.observer).run() == .idle)
        #expect(second.walksRepeated == 1)
    }

    @Test func `a login that fails is told, and is no request`() async throws {
        let bench = Bench()
        await bench.source.set(denials: [.transient(.any)])
        let notebook = Notebook()
        #expect(await bench.worker(observe: notebook.observer).run() == .idle)
        #expect(notebook.unprepared == [.transient])
        #expect(notebook.outcomes() == [.ok, .ok, .ok])
    }

    @Test func `a lease that is lost is told once`() async throws {
        let barrier = Barrier()
        var bench = Bench { _, number throws(FetchFailure) in
            if number == 2 { await barrier.pass() }
            return nil
        }
        bench.options.lease = .milliseconds(15)
        let notebook = Notebook()
        let worker = bench.worker(observe: notebook.observer)
        let running = Task { await worker.run() }
        await barrier.awaitArrival()
        await bench.queue.giveAway(bench.shard.id)
        // Several beats after the one that told of the loss.
        let id = bench.shard.id
        await bench.queue.wait { calls in
            calls.drop { $0 != .beat(renewed: [], lost: [id]) }.dropFirst().count { $0.isBeat } >= 3
        }
        bench.drain.raise()
        await barrier.open()
        #expect(await running.value == .drained)
        #expect(notebook.leasesLost == 1)
        #expect(notebook.ends == [.lost])
    }
}
