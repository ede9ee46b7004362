import Redis
import TrawlCore

/// Looks whether a Redis can hold a schedule.
struct RedisCheckup {
    let findings: Findings

    private static let pings = 100
    /// Over so much, workers wait for Redis rather than for the API.
    private static let slowest = Duration.milliseconds(50)

    /// A client of the Redis that was named; nil where it cannot be used.
    func checkNamed(_ url: RedisURL) async -> RedisClient? {
        let client = RedisClient(url: url, options: RedisOptions(clientName: "trawl-doctor"))
        do {
            if try await check(client, isPrivate: false) { return client }
        } catch {
            await findings.add(
                .fail(
                    "redis", ExitCode.incomplete, "\(error)", "check --redis, the server, its password and the firewall"
                ))
        }
        client.close()
        return nil
    }

    /// Looks whether `trawl run` could have a Redis of its own.
    func checkPrivate(environment: [String: String]) async throws {
        let folder = try TemporaryFolder(environment: environment)
        defer { folder.remove() }
        do {
            let server = try await PrivateRedis.start(store: folder.path, environment: environment, log: .silent)
            let client = RedisClient(url: server.url)
            do {
                _ = try await check(client, isPrivate: true)
            } catch {
                await findings.add(.fail("redis", ExitCode.incomplete, "\(error)", nil))
            }
            client.close()
            await server.stop()
        } catch {
            let failure = Failure(anything: error)
            await findings.add(.fail("redis", failure.code, failure.message, nil))
        }
    }

    /// Whether it can be used.
    private func check(_ client: RedisClient, isPrivate: Bool) async throws -> Bool {
        let fitness = try await RedisFitness.read(client)
        let name = isPrivate ? "a private one can be started" : client.url.address
        let version = fitness.version.isEmpty ? "of a version it may not tell" : "version \(fitness.version)"
        if let objection = fitness.objection {
            await findings.add(.fail("redis", ExitCode.incomplete, "\(name): \(objection)", nil))
            return false
        }
        await findings.add(.ok("redis", "\(name), \(version)"))
        if !isPrivate { await checkKeeping(fitness) }
        let latency = try await medianLatency(client)
        let text = "median \(Quantity.milliseconds(latency)) of \(Self.pings) PINGs"
        await findings.add(
            latency > Self.slowest
                ? .warn("redis latency", text, "use one that is nearer to the workers") : .ok("redis latency", text))
        return true
    }

    private func checkKeeping(_ fitness: RedisFitness) async {
        await findings.add(
            fitness.policy.map { .ok("redis policy", "maxmemory-policy \($0)") }
                ?? .warn("redis policy", "it may not be asked", "make sure that its maxmemory-policy is noeviction"))
        switch fitness.isPersistent {
        case true?: await findings.add(.ok("redis persistence", "append-only file is on"))
        case false?:
            await findings.add(
                .warn(
                    "redis persistence",
                    "append-only file is off: a restart of it costs repeated work, never data",
                    "CONFIG SET appendonly yes, if restarts are likely"))
        case nil: break
        }
        guard let used = fitness.usedMemory, let most = fitness.mostMemory else { return }
        let text = "\(Quantity.bytes(used)) used of \(most == 0 ? "no limit" : Quantity.bytes(most))"
        await findings.add(
            most > 0 && used > most / 10 * 8
                ? .warn("redis memory", text, "raise maxmemory: when it is full, every run stops")
                : .ok("redis memory", text))
    }

    private func medianLatency(_ client: RedisClient) async throws -> Duration {
        var times: [Duration] = []
        for _ in 0..<Self.pings {
            let begin = ContinuousClock.now
            _ = try await client.command("PING")
            times.append(begin.duration(to: .now))
        }
        return times.sorted()[Self.pings / 2]
    }
}
