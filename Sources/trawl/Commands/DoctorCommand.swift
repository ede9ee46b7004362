import Foundation
import HTTP
import Redis
import TrawlCore
import TrawlQueue

/// `trawl doctor`: would a run work here, and is what it promises true here?
enum DoctorCommand {
    static let spec = CommandSpec(
        name: "doctor", summary: "check credentials, API, Redis, disk and machine; or prove recovery with --chaos",
        examples: [
            .init(
                purpose: "would a run into that directory work?",
                line: "trawl doctor --region eu-central-1 --out /mnt/history/2023"),
            .init(
                purpose: "with a shared Redis and jobs",
                line: "trawl doctor --region eu-central-1 --redis redis://redis.internal:6379 --endpoint details-jobs"),
            .init(
                purpose:
                    "kill workers and wipe the schedule for five minutes, on this Redis and this disk, without the API",
                line: "trawl doctor --chaos --minutes 5 --redis redis://localhost:6379/9 --out /mnt/history/chaos"),
        ],
        sections: [
            (
                "What to check",
                [
                    OptionSpec(
                        "--out", "DIR", "the directory a run would use (default the current one)", takes: .directory),
                    RedisArguments.option,
                    OptionSpec(
                        "--endpoint", "PROFILE", "the endpoint profile a run would use (default details-query)",
                        takes: ProfileArgument.kind),
                ]
            ),
            (
                "The API",
                APIOptions.options.filter {
                    ["--region", "--api-url", "--login-url", "--secret-file", "--insecure-http", "--rate"].contains(
                        $0.name)
                }
            ),
            (
                "Chaos",
                [
                    OptionSpec(
                        "--chaos", nil,
                        "extract from a simulated API while workers are killed and the schedule is wiped, and compare"),
                    OptionSpec("--minutes", "M", "go on for so long (default 1); one round at least"),
                ]
            ),
            ("Output", OutputOptions.options),
        ],
        notes: [
            "One line a check: ok, warn or FAIL, what was found, and what to do. Exit code 0 when nothing fails, else that of "
                + "the first check that does: 4 credentials or permission, 3 not reachable or not usable, 64 usage. It makes at "
                + "most two API requests, each in a slot of the limiter where --redis is given.",
            "--chaos asks no API and needs no credentials. In a Redis of yours it touches only the keys of its own runs, and "
                + "refuses one that workers serve. DIR must be empty or missing, and is empty again when the result was right. "
                + "Exit code 0 only when every result was the truth, byte for byte; else 5.",
        ],
        run: { try await run($0) })

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let console = OutputOptions.console(arguments)
        let minutes = try arguments.value("--minutes", expecting: "a number of minutes such as 5 or 0.5") { text in
            Double(text).flatMap { (0...10_080).contains($0) ? $0 : nil }
        }
        let redis = try RedisArguments.url(arguments)
        let out = try arguments.value("--out", expecting: "a directory") { $0.isEmpty ? nil : $0 }
            .map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        if arguments.flag("--chaos") {
            let options = Chaos.Options(
                time: .seconds((minutes ?? 1) * 60), redis: redis.map { RedisURLText($0, given: arguments) },
                directory: out)
            return try await Chaos(options: options, arguments: arguments, console: console).run()
        }
        guard minutes == nil else { throw Failure.usage("--minutes goes with --chaos") }
        let rate = try APIOptions.rate(arguments)
        let profile = try arguments.value("--endpoint").map(ProfileArgument.profile) ?? .detailsQuery
        let findings = Findings(isShown: !arguments.flag("--json"))
        let settings = try await settings(arguments, findings)

        let http = HTTPClient(authorities: APIOptions.authorities(arguments))
        defer { http.close() }
        var token: Secret?
        func checkup(_ settings: APISettings, _ limiter: (any RequestLimiter)?) -> APICheckup {
            APICheckup(settings: settings, profile: profile, rate: rate, limiter: limiter, findings: findings)
        }
        if let settings { token = try await checkup(settings, nil).logIn(http) }

        let redisCheckup = RedisCheckup(findings: findings)
        var client: RedisClient?
        if let redis {
            client = await redisCheckup.checkNamed(redis)
        } else {
            try await redisCheckup.checkPrivate(environment: arguments.environment)
        }
        defer { client?.close() }
        if let settings, let token {
            let limiter = try client.map { try RedisLimiter(redis: $0, name: settings.limiterName, rate: rate) }
            do {
                try await checkup(settings, limiter).checkAPI(http, token: token)
            } catch {
                let failure = Failure(anything: error)
                await findings.add(.fail("api", failure.code, failure.message, nil))
            }
        }
        await DiskCheckup(findings: findings).check(
            out ?? FileManager.default.currentDirectoryPath, isStore: out != nil)
        await MachineCheckup(findings: findings).check()
        return await conclude(findings, arguments)
    }

    /// Nil, and reported, where it is not said who asks whom. What is said wrongly is a usage failure.
    private static func settings(_ arguments: Arguments, _ findings: Findings) async throws -> APISettings? {
        let isAddressed =
            arguments.value("--api-url") != nil
            || arguments.value("--region", environment: APIOptions.regionVariable) != nil
        do {
            let addresses = isAddressed ? try APIOptions.addressesOnly(arguments) : nil
            let credentials = try APIOptions.credentials(arguments)
            await findings.add(.ok("credentials", credentials.description))
            guard let addresses else {
                await findings.add(
                    .fail(
                        "address", ExitCode.usage, "it is not said where the API is",
                        "give --region or \(APIOptions.regionVariable) (such as eu-central-1), or --api-url"))
                return nil
            }
            return APISettings(
                apiURL: addresses.api, loginURL: addresses.login, credentials: credentials,
                authorities: APIOptions.authorities(arguments))
        } catch let failure as Failure where failure.code == ExitCode.denied {
            await findings.add(.fail("credentials", failure.code, failure.message, nil))
            return nil
        }
    }

    private static func conclude(_ findings: Findings, _ arguments: Arguments) async -> Int32 {
        let code = await findings.exitCode
        if arguments.flag("--json") {
            Console.result(
                JSONValue.object([
                    "event": .string("result"), "exitCode": .integer(Int64(code)),
                    "checks": .array(await findings.all.map(\.json)),
                ]).canonical)
        }
        return code
    }
}
