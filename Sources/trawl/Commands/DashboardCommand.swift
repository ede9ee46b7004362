import Foundation
import HTTPServer
import Metrics
import Redis
import TrawlCore
import TrawlDashboard
import TrawlStore

/// `trawl dashboard`: runs in a browser, live.
enum DashboardCommand {
    private static let tokenVariable = EnvironmentVariable.dashboardToken.rawValue
    private static let defaultPort: UInt16 = 8420

    static let spec = CommandSpec(
        name: "dashboard", summary: "watch runs live in a browser, and act on them where that is allowed",
        examples: [
            .init(purpose: "the run that 'trawl run' works on in ./january", line: "trawl dashboard january"),
            .init(
                purpose: "all runs of a Redis, with buttons to pause, resume, cancel, retry and skip",
                line: "trawl dashboard --redis redis://redis.internal:6379 --allow-actions"),
            .init(
                purpose: "for others on the network, who need the token that TRAWL_DASHBOARD_TOKEN holds",
                line: "trawl dashboard --redis redis://redis.internal:6379 --listen 0.0.0.0:8420"),
        ],
        positional: "[STORE…]", mostPositionals: 1000, takesBeyond: .directory,
        sections: [
            (
                "What",
                [
                    RedisArguments.option,
                    OptionSpec(
                        "--store", "RUN=DIR", "where the store of a run is on this machine, whatever Redis says",
                        isRepeatable: true),
                ]
            ),
            (
                "Who",
                [
                    OptionSpec(
                        "--listen", "[HOST:]PORT",
                        "where to serve (127.0.0.1:\(defaultPort)); any address but loopback demands a token"),
                    OptionSpec(
                        "--token-file", "FILE",
                        "tokens that let people in, one per line as '[NAME] TOKEN' (\(tokenVariable): just one)",
                        takes: .file),
                    OptionSpec(
                        "--allow-host", "NAME", "a name by which browsers may call this server, besides localhost",
                        isRepeatable: true),
                    OptionSpec("--allow-actions", nil, "let people act on runs; without it, nothing can be changed"),
                ]
            ),
            // Nothing keeps quiet what people did.
            (
                "Output",
                OutputOptions.options.filter { !["--json", "--quiet"].contains($0.name) } + [OutputOptions.logFormat]
            ),
        ],
        notes: [
            "With a Redis, shows every run that it knows, behind each what its store says where this machine can read it. A "
                + "STORE is a run's directory or one that holds such directories; without a Redis, the private one of a "
                + "'trawl run' at work there is found by itself.",
            "Prints its address when it is ready and serves until SIGINT or SIGTERM: then exit code 0. Every action is "
                + "logged with who and when, on standard error and in the run's events. Also serves /metrics, /healthz and "
                + "/readyz, without a token. docs/dashboard.md tells more.",
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let address = try address(arguments)
        let tokens = try tokens(arguments)
        guard address.isLoopback || !tokens.isEmpty else {
            throw Failure.usage(
                "--listen \(address) is open to other machines: set \(tokenVariable) or --token-file")
        }
        let hosts = try hosts(arguments)
        let folders = arguments.positionals
        for folder in folders where try RunsCommand.stores(in: folder).isEmpty {
            throw Failure.usage("\(folder): no trawl run lies in it")
        }
        let url = try RedisArguments.url(arguments)
        let overrides = try overrides(arguments, hasRedis: url != nil)
        guard url != nil || !folders.isEmpty else {
            throw Failure.usage("name a Redis (--redis URL) or the directories of runs: trawl dashboard DIR")
        }
        _ = try OutputOptions.logsJSON(arguments)
        let log = OutputOptions.console(arguments).log()
        var redis: RedisClient?
        if let url { redis = try await RedisArguments.connect(url, name: "trawl-dashboard") }
        defer { redis?.close() }
        let catalog = RunCatalog(
            .init(
                redis: redis,
                stores: {
                    // One that went away meanwhile has nothing to show.
                    folders.flatMap { (try? RunsCommand.stores(in: $0)) ?? [] }
                }, overrides: overrides, privateSocket: { PrivateRedis.socket(in: $0) }), log: log)
        let gate = Gate(tokens: tokens, hosts: hosts, allowsAddresses: !address.isLoopback)
        let dashboard = Dashboard(
            catalog, gate: gate,
            options: .init(
                allowsActions: arguments.flag("--allow-actions"), version: Version.text,
                process: "dashboard-\(ProcessIdentity.own)", now: { Console.now }),
            log: log)
        let runMetrics = redis.map { RunMetrics($0) }
        let monitoring = MonitoringEndpoints(
            metrics: { await runMetrics?.text() ?? Exposition.text(ProcessMetrics.families) }, fault: { nil },
            unready: { await catalog.fault() })
        let signals = SignalWatch.signals()
        let server = try MonitoringEndpoints.server(at: address, maximumBodySize: Dashboard.maximumBodySize) {
            request in
            // Probes call by whatever address they have, and learn nothing. The metrics are no foreign page's business.
            if request.path != "/metrics" || gate.isAddressed(request), let answer = await monitoring.answer(request) {
                return answer
            }
            return await dashboard.answer(request)
        }
        Console.result("dashboard at http://\(ListenAddress(host: address.host, port: server.port))/")
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await catalog.run() }
            for await _ in signals { break }
            group.cancelAll()
        }
        server.stop()
        return ExitCode.complete
    }

    // MARK: - Arguments

    private static func address(_ arguments: Arguments) throws -> ListenAddress {
        try arguments.value("--listen", expecting: ListenAddress.form) { ListenAddress($0) }
            ?? ListenAddress(host: ListenAddress.loopback, port: defaultPort)
    }

    private static func tokens(_ arguments: Arguments) throws -> AccessTokens {
        var tokens = AccessTokens()
        if let file = arguments.value("--token-file") {
            guard let data = FileManager.default.contents(atPath: file) else {
                throw Failure.usage("--token-file \(file): cannot be read")
            }
            do {
                tokens = try AccessTokens(file: String(decoding: data, as: UTF8.self))
            } catch {
                throw Failure.usage("--token-file \(file): \(error.reason)")
            }
        }
        if let token = arguments.environment[tokenVariable], !token.isEmpty {
            do {
                try tokens.add("token", token)
            } catch {
                throw Failure.usage("\(tokenVariable): \(error.reason)")
            }
        }
        return tokens
    }

    private static func hosts(_ arguments: Arguments) throws -> [String] {
        try arguments.values("--allow-host").map { name in
            guard Gate.isName(name) else {
                throw Failure.usage("--allow-host '\(name)': expected a name without scheme, port and path")
            }
            return name
        }
    }

    private static func overrides(_ arguments: Arguments, hasRedis: Bool) throws -> [String: String] {
        var overrides: [String: String] = [:]
        for text in arguments.values("--store") {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Failure.usage("--store '\(text)': expected RUN=DIR") }
            guard hasRedis else {
                throw Failure.usage("--store goes with --redis; without one, just name the directory")
            }
            overrides[parts[0]] = URL(fileURLWithPath: parts[1]).standardizedFileURL.path
        }
        return overrides
    }
}
