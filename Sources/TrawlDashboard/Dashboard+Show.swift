import HTTPServer
import TrawlCore
import TrawlStore
import TrawlView

/// What is to be seen.
extension Dashboard {
    func show(_ route: Route, _ request: HTTPServerRequest, _ caller: Caller?) async throws -> HTTPServerResponse {
        // Whoever logs out, or whose session ends, sees no more of what is streamed either.
        let isStillIn: @Sendable () -> Bool = { [gate] in gate.caller(request) != nil }
        switch route {
        case .page: return Assets.page
        case .asset(let name): return Assets.named(name) ?? Answer.error(404, "nothing is here")
        case .login: return Assets.login(status: 200, nil)
        case .session:
            return Answer.json(
                .object([
                    "actions": .bool(options.allowsActions), "who": .string(caller?.name ?? ""),
                    "token": .bool(gate.asksForToken), "version": .string(options.version),
                ]))
        case .runs: return Answer.json(await catalog.list())
        case .runsEvents: return listEvents(while: isStillIn)
        case .run(let run): return try await look(run) { Answer.json(text: $0.json) }
        case .runEvents(let run):
            guard let watch = await catalog.watch(run) else { return noRun(run) }
            return runEvents(watch, while: isStillIn)
        case .history(let run):
            guard let watch = await catalog.watch(run) else { return noRun(run) }
            return Answer.json(.object(["points": .array(await watch.history.points.map(\.json))]))
        case .shards(let run): return try await shards(run, QueryText(request.query ?? ""))
        case .shard(let run, let id): return try await shard(run, id)
        case .logout, .control, .decision: return Answer.error(404, "nothing is here")
        }
    }

    private func noRun(_ run: String) -> HTTPServerResponse { Answer.error(404, "no run of that name is known here") }

    private func look(_ run: String, _ body: (RunLook) async throws -> HTTPServerResponse) async throws
        -> HTTPServerResponse
    {
        guard let watch = await catalog.watch(run) else { return noRun(run) }
        guard let look = await watch.look() else { return Answer.error(503, await watch.trouble ?? "") }
        return try await body(look)
    }

    // MARK: - Shards

    private func shards(_ run: String, _ query: QueryText) async throws -> HTTPServerResponse {
        try await look(run) { look in
            guard let view = look.view else { return Answer.error(409, "the run's store cannot be read here") }
            if let states = query["state"] {
                let wanted = Set(states.split(separator: ",").map(String.init))
                let most = query["limit"].flatMap { Int($0) } ?? 100
                let all = view.shards.filter { wanted.contains($0.state.rawValue) }
                return Answer.json(
                    .object([
                        "count": .integer(Int64(all.count)),
                        "shards": .array(all.prefix(max(0, min(most, ShardWindow.mostCells))).map(\.json)),
                    ]))
            }
            let whole = view.plan.interval
            guard let from = instant(query["from"], whole.from), let to = instant(query["to"], whole.to),
                let interval = Interval(from: from, to: to)
            else { return Answer.error(400, "from and to are RFC 3339 instants, from before to") }
            let limit = query["limit"].flatMap { Int($0) } ?? 240
            return Answer.json(ShardWindow(view.shards, of: interval, most: limit).json)
        }
    }

    /// The value's instant, or the other one where there is no value.
    private func instant(_ text: String?, _ other: Instant) -> Instant? { text.map { Instant($0) } ?? other }

    private func shard(_ run: String, _ id: ShardID) async throws -> HTTPServerResponse {
        let store = await catalog.watch(run)?.store
        return try await look(run) { look in
            guard let view = look.view, let shard = view.shards.first(where: { $0.id == id }),
                case .object(var members) = shard.json
            else { return Answer.error(404, "the run has no such shard now") }
            let deaths = try store?.deaths(of: id) ?? []
            members["deaths"] = .array(
                deaths.map { death in
                    .object([
                        "round": .integer(Int64(death.round)), "cause": .string(death.marker.cause.rawValue),
                        "reason": .string(death.marker.reason), "retried": .bool(death.requeue != nil),
                    ])
                })
            return Answer.json(.object(members))
        }
    }

    // MARK: - Events

    private func runEvents(
        _ watch: RunWatch, while isStillIn: @escaping @Sendable () -> Bool
    ) -> HTTPServerResponse {
        let reader = EventReader(watch)
        return stream { isStillIn() ? await reader.next() : nil }
    }

    /// Each listener costs a connection and memory: there is room for many, not for any number.
    private func stream(_ next: @escaping @Sendable () async -> [UInt8]?) -> HTTPServerResponse {
        guard let seat = seats.take() else {
            return Answer.error(503, "\(Self.mostListeners) pages or programs listen already; try again later")
        }
        return Answer.stream {
            // Given back when the server lets this closure go.
            withExtendedLifetime(seat) {}
            return await next()
        }
    }

    private func listEvents(while isStillIn: @escaping @Sendable () -> Bool) -> HTTPServerResponse {
        let isFirst = FirstTime()
        return stream { [catalog] in
            guard isStillIn() else { return nil }
            if isFirst.take() { return EventFrame.opening }
            return await catalog.nextFrame()
        }
    }
}
