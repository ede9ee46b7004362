import Guarded
import HTTPServer
import Testing
import TrawlCore
import TrawlQueue
import TrawlStore
import TrawlTestKit

@testable import TrawlDashboard

@Suite(.timeLimit(.minutes(1)))
struct DashboardTests {
    // MARK: - Looking

    @Test func `the list has the run, and the run its counts`() async throws {
        let site = try await Site()
        let dashboard = site.dashboard()
        let run = await dashboard.answer(request("GET", "/api/runs/watched")).json
        #expect(run?["shards"]?["pending"] == .integer(4))
        #expect(run?["revision"] == .integer(1))
        guard case .array(let runs)? = await dashboard.answer(request("GET", "/api/runs")).json?["runs"] else {
            Issue.record("no list")
            return
        }
        #expect(runs.map { $0["run"] } == [.string("watched")])
        #expect(await dashboard.answer(request("GET", "/api/runs/other")).status == 404)
        let shards = await dashboard.answer(request("GET", "/api/runs/watched/shards?limit=10")).json
        #expect(shards?["count"] == .integer(4))
        #expect(await dashboard.answer(request("GET", "/api/runs/watched/shards/\(shard(1).id)")).status == 200)
        #expect(await dashboard.answer(request("GET", "/api/runs/watched/shards/\(shard(9).id)")).status == 404)
    }

    @Test func `events begin with the pause before a new try, then come looks, one newer than the other`() async throws
    {
        let site = try await Site()
        let answer = await site.dashboard().answer(request("GET", "/api/runs/watched/events"))
        #expect(answer.header("Content-Type") == "text/event-stream")
        guard case .stream(let next) = answer.delivery else {
            Issue.record("no stream")
            return
        }
        #expect(await next() == EventFrame.opening)
        var ids: [Int] = []
        while ids.count < 2, let piece = await next() {
            let lines = String(decoding: piece, as: UTF8.self).split(separator: "\n")
            if lines.first == "event: view", let id = lines.dropFirst().first.flatMap({ Int($0.dropFirst(4)) }) {
                ids.append(id)
            } else {
                #expect(lines.first == "event: beat")
            }
        }
        #expect(ids.count == 2 && ids[0] < ids[1])
    }

    @Test func `events end when the session does`() async throws {
        let site = try await Site()
        let dashboard = site.dashboard(tokens: try AccessTokens(file: "correct-horse-battery"))
        let secret = dashboard.gate.sessions.begin("anna")
        for path in ["/api/events", "/api/runs/watched/events"] {
            let answer = await dashboard.answer(request("GET", path, ["Cookie": "\(Gate.cookie)=\(secret)"]))
            guard case .stream(let next) = answer.delivery else {
                Issue.record("no stream")
                return
            }
            #expect(await next() == EventFrame.opening)
            #expect(await next() != nil)
            if path != "/api/events" {
                dashboard.gate.sessions.end(secret)
                #expect(await next() == nil)
            }
        }
    }

    @Test func `when Redis is gone the events say so, and so does readiness`() async throws {
        let site = try await Site()
        guard
            case .stream(let next) = await site.dashboard().answer(request("GET", "/api/runs/watched/events")).delivery
        else {
            Issue.record("no stream")
            return
        }
        _ = await next()
        _ = await next()
        await site.server.kill()
        while let piece = await next() {
            let text = String(decoding: piece, as: UTF8.self)
            guard text.hasPrefix("event: trouble") else { continue }
            #expect(text.contains("Redis"))
            break
        }
        while await site.catalog.fault() == nil { await site.catalog.nextTick() }
        // Whoever probes learns no address.
        #expect(await site.catalog.fault() == "Redis does not answer")
    }

    // MARK: - Acting

    @Test func `a pause is done, logged with who, and noted in the run's events`() async throws {
        let site = try await Site()
        let answer = await site.dashboard().answer(act("/api/runs/watched/pause"))
        #expect(answer.status == 200)
        #expect(try await site.state == .paused)
        #expect(
            site.lines.with { $0 } == [
                "info who=local from=127.0.0.1 run=watched action=pause paused, was running"
            ])
        let event = try #require(try await RunEvent.latest(site.redis, run: "watched", count: 1).first)
        #expect(event.kind == "operator")
        #expect(event.detail == "pause by local from 127.0.0.1: paused, was running")
    }

    @Test func `what the state does not allow is not done, and logged`() async throws {
        let site = try await Site()
        let dashboard = site.dashboard()
        _ = await dashboard.answer(act("/api/runs/watched/cancel"))
        let answer = await dashboard.answer(act("/api/runs/watched/pause"))
        #expect(answer.status == 409)
        #expect(try await site.state == .cancelled)
        #expect(site.lines.with { $0.last }?.hasPrefix("warning") == true)
    }

    @Test func `a retried shard is owed again, in the store and on the schedule`() async throws {
        let site = try await Site()
        let queue = try RedisShardQueue(redis: site.redis, run: "watched", epoch: 1, worker: "w")
        let lease = try #require(try await queue.claim(1).leases.first)
        _ = try await queue.retry(lease, after: .zero, dead: true)
        try site.die(0)
        let dashboard = site.dashboard()
        #expect(await dashboard.answer(act("/api/runs/watched/shards/\(shard(0).id)/retry")).status == 200)
        #expect(try site.store.ledger().dead.isEmpty)
        #expect(try await RunSnapshot.read(site.redis, run: "watched")?.dead == 0)
        #expect(await dashboard.answer(act("/api/runs/watched/shards/\(shard(0).id)/retry")).status == 409)
    }

    @Test func `a skip needs a reason of one line`() async throws {
        let site = try await Site()
        try site.die(0)
        let dashboard = site.dashboard()
        let path = "/api/runs/watched/shards/\(shard(0).id)/skip"
        for body in [
            "", "{}", "{\"reason\":\"\"}", "{\"reason\":\"  \"}", "{\"reason\":\"a\\nb\"}", "{\"reason\":7}", "[]",
        ] {
            #expect(await dashboard.answer(act(path, body: body)).status == 400, "\(body)")
        }
        #expect(await dashboard.answer(act(path, body: "{\"reason\":\" lost  by the vendor \"}")).status == 200)
        #expect(try site.store.skipMarker(of: shard(0).id)?.reason == "lost by the vendor")
        #expect(await dashboard.answer(act(path, body: "{\"reason\":\"again\"}")).status == 409)
        #expect(try site.store.skipMarker(of: shard(0).id)?.reason == "lost by the vendor")
    }

    // MARK: - Refusing

    @Test func `nothing is changed by whoever may not`() async throws {
        let site = try await Site()
        let path = "/api/runs/watched/pause"
        let acting = site.dashboard()
        #expect(await site.dashboard(acts: false).answer(act(path)).status == 403)
        #expect(await acting.answer(request("POST", path)).status == 403)
        #expect(await acting.answer(act(path, ["Origin": "http://evil.example"])).status == 403)
        #expect(await acting.answer(act(path, ["Sec-Fetch-Site": "cross-site"])).status == 403)
        #expect(await acting.answer(request("GET", path)).status == 405)
        #expect(
            await acting.answer(request("POST", path, host: "evil.example", [Gate.actionHeader: "1"])).status == 421)
        let guarded = site.dashboard(tokens: try AccessTokens(file: "anna correct-horse-battery"))
        #expect(await guarded.answer(act(path)).status == 401)
        #expect(try await site.state == .running)
        #expect(await guarded.answer(act(path, ["Authorization": "Bearer correct-horse-battery"])).status == 200)
        #expect(try await site.state == .paused)
        #expect(site.lines.with { $0.last }?.contains("who=anna") == true)
    }

    @Test func `without a token nothing of a run is shown`() async throws {
        let site = try await Site()
        let dashboard = site.dashboard(tokens: try AccessTokens(file: "correct-horse-battery"))
        for path in ["/api/session", "/api/runs", "/api/events", "/api/runs/watched", "/api/runs/watched/events"] {
            let answer = await dashboard.answer(request("GET", path))
            #expect(answer.status == 401 && !answer.text.contains("watched"), "\(path)")
        }
        #expect(await dashboard.answer(request("GET", "/")).header("Location") == "/login")
        #expect(await dashboard.answer(request("GET", "/login")).status == 200)
        #expect(await dashboard.answer(request("GET", "/assets/page.css")).status == 200)
    }

    @Test func `every answer keeps browsers on the safe side`() async throws {
        let site = try await Site()
        let dashboard = site.dashboard()
        for target in ["/", "/api/runs", "/assets/app.js", "/nothing", "/api/events"] {
            let answer = await dashboard.answer(request("GET", target))
            #expect(answer.header("Content-Security-Policy")?.hasPrefix("default-src 'none'") == true, "\(target)")
            #expect(answer.header("X-Content-Type-Options") == "nosniff")
            #expect(answer.header("Cache-Control") == "no-store")
        }
        #expect(await dashboard.answer(request("GET", "/", host: "evil.example")).status == 421)
    }

    @Test func `the page asks for nothing but its own files`() async throws {
        let site = try await Site()
        let dashboard = site.dashboard()
        let page = await dashboard.answer(request("GET", "/")).text
        let references = page.split(separator: "\"").filter { $0.hasPrefix("/assets/") }
        #expect(references.count >= 4)
        for reference in references {
            #expect(await dashboard.answer(request("GET", String(reference))).status == 200, "\(reference)")
        }
        #expect(!page.contains("http://") && !page.contains("https://"))
    }
}
