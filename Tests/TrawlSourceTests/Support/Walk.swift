import HTTP
import HTTPServer
import TrawlCore
import TrawlSource

/// An endpoint walked by its profile over HTTP, as the worker does it but without its backoffs.
struct HTTPWalk {
    let proof: WalkProof
    /// The distinct ids of the last walk.
    let ids: Set<String>
    /// All queries, in order.
    let requests: [HTTPServerRequest]
    /// How often a page was asked again because it had no records.
    let repeats: Int

    /// `answer` gets the number of the query, from 1.
    static func walk(
        _ name: String, pageSize: Int = 2, login: @escaping Service.Answer = { count, _ in .token("token-\(count)") },
        answer: @escaping Service.Answer
    ) async throws -> HTTPWalk {
        guard let profile = EndpointProfile.builtIn(named: name) else { throw Unexpected("no profile \(name)") }
        let service = try Service(queryPath: profile.path, login: login, query: answer)
        let source = try GenesysSource(
            profile: profile, apiURL: service.url, tokens: service.tokens(), client: service.client)
        let limits = WalkLimits(pageSize: pageSize, depth: profile.paging.depth)
        var walker = Walker(paging: profile.paging, shard: Shard(anHour.interval), limits: limits)
        var action = walker.start
        var ids: Set<String> = []
        var repeats = 0
        while true {
            switch action {
            case .fetch(let position), .fetchAgain(let position, _):
                if case .fetchAgain = action { repeats += 1 }
                let request = PageRequest(interval: anHour.interval, position: position, size: pageSize)
                switch await fetch(request, from: source) {
                case .success(let page):
                    ids.formUnion(page.records.ids)
                    action = walker.handle(page)
                case .failure(.cursorRefused(let detail)):
                    guard case .walkAgain(let walk)? = walker.handleRefusedCursor("\(detail)") else {
                        throw FetchFailure.refused(detail)
                    }
                    action = .walkAgain(walk: walk)
                case .failure(let failure): throw failure
                }
            case .walkAgain:
                ids = []
                action = walker.start
            case .finish(let proof):
                return HTTPWalk(
                    proof: proof, ids: ids, requests: await service.journal.queries, repeats: repeats)
            case .split, .unsplittable, .ask, .notYet, .giveUp: throw Unexpected("\(action)")
            }
        }
    }

    private static func fetch(
        _ request: PageRequest, from source: GenesysSource
    ) async -> Result<Page, FetchFailure> {
        do throws(FetchFailure) {
            return .success(try await source.fetch(request))
        } catch .tokenRefused {
            // As the engine does, in a slot of its own.
            do throws(FetchFailure) {
                return .success(try await source.fetch(request))
            } catch {
                return .failure(error)
            }
        } catch {
            return .failure(error)
        }
    }

    var targets: [String] { requests.map { String(decoding: $0.target, as: UTF8.self) } }
    var bodies: [String] { requests.map { String(decoding: $0.body, as: UTF8.self) } }
    /// The query strings.
    var queries: [String] { requests.map { $0.query ?? "" } }
}

extension HTTPServerResponse {
    /// A page of records with these ids under `key`, and `more` members.
    static func page(_ key: String, _ ids: [String], _ more: String = "", headers: [(String, String)] = []) -> Self {
        .json("{\"\(key)\":[\(ids.map { record($0) }.joined(separator: ","))]\(more)}", headers: headers)
    }
}

extension HTTPServerRequest {
    /// The number that the body gives for a key.
    func number(_ key: String) -> Int? {
        let text = String(decoding: body, as: UTF8.self)
        guard let place = text.firstRange(of: "\"\(key)\":") else { return nil }
        return Int(text[place.upperBound...].prefix { $0.isNumber })
    }
}
