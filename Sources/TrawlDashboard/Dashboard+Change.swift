import FoundationEssentials
import HTTPServer
import TrawlCore
import TrawlQueue

/// What a person wants done: every attempt is logged with who and when, and what was done is noted in the run's events.
extension Dashboard {
    func change(_ route: Route, _ request: HTTPServerRequest, _ caller: Caller) async throws -> HTTPServerResponse {
        guard gate.isAction(request) else {
            return refused(request, caller, "the header \(Gate.actionHeader) is missing")
        }
        guard options.allowsActions else {
            return refused(request, caller, "this dashboard only shows: --allow-actions lets it act")
        }
        let run: String
        let action: RunActions.Action
        switch route {
        case .control(let name, let verb):
            run = name
            action = verb == "pause" ? .pause : verb == "resume" ? .resume : .cancel
        case .decision(let name, let shard, let verb):
            run = name
            if verb == "retry" {
                action = .retry(shard)
            } else {
                guard let reason = Self.reason(request.body) else {
                    return Answer.error(400, "a skip needs a reason: one line of text in {\"reason\": …}")
                }
                action = .skip(shard, reason: reason)
            }
        default: return Answer.error(404, "nothing is here")
        }
        return try await perform(action, on: run, caller)
    }

    private func perform(_ action: RunActions.Action, on run: String, _ caller: Caller) async throws
        -> HTTPServerResponse
    {
        guard let watch = await catalog.watch(run) else {
            return Answer.error(404, "no run of that name is known here")
        }
        guard let store = await watch.store else {
            return Answer.error(409, "the run's store cannot be read here")
        }
        var log = log.with("who", caller.name).with("from", caller.address).with("run", run)
            .with("action", action.name)
        if let shard = action.shard { log = log.with("shard", shard) }
        let redis = await watch.redis
        let result: RunActions.Result
        do {
            result = try await RunActions(
                store: store, redis: redis, process: options.process, shards: await watch.look()?.shards ?? []
            )
            .perform(action, now: options.now())
        } catch {
            log.error("failed: \(error)")
            throw error
        }
        guard result.isDone else {
            log.warning("not done: \(result.text)")
            return Answer.error(409, result.text)
        }
        log.info(result.text)
        if let redis {
            var detail = "\(action.name) by \(caller): \(result.text)"
            if case .skip(_, let reason) = action { detail += " (\(reason))" }
            do {
                try await RunEvent.note(
                    redis, run: run, kind: "operator", subject: action.shard?.text ?? action.name, detail: detail)
            } catch {
                // It is done, and logged here.
                log.warning("the run's events do not have it: \(error)")
            }
        }
        return Answer.json(.object(["action": .string(action.name), "result": .string(result.text)]))
    }

    /// One line of text out of `{"reason": …}`; nil where there is none.
    private static func reason(_ body: [UInt8]) -> String? {
        guard let document = try? JSONDocument.value(Data(body)), let text = document["reason"]?.string else {
            return nil
        }
        let words = text.split(separator: " ").joined(separator: " ")
        let isLine = words.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
        return !words.isEmpty && words.utf8.count <= 1000 && isLine ? words : nil
    }
}
