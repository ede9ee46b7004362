import Foundation
import Simulator
import TrawlCore

/// Turns the flags of `trawl simulate` into the simulator's options.
enum SimulatorArguments {
    static func options(_ arguments: Arguments) throws -> SimulatorOptions {
        var options = SimulatorOptions()
        options.interval = try interval(arguments, standard: options.interval)
        if let address = arguments.value("--address") { options.address = address }
        if let port = try arguments.value("--port", expecting: "a port from 0 to 65535", { UInt16($0) }) {
            options.port = port
        }
        if let count = try arguments.value("--conversations", expecting: "a whole number", { Int($0) }) {
            options.conversations = count
        }
        if let seed = try arguments.value("--seed", expecting: "a whole number", { UInt64($0) }) { options.seed = seed }
        if let size = try arguments.value("--records", expecting: "typical or small", RecordSize.init(rawValue:)) {
            options.recordSize = size
        }
        if let burst = try arguments.value("--tie-burst", expecting: "a whole number", { Int($0) }) {
            options.tieBurst = burst
        }
        options.largeRecordBytes = try arguments.positiveInteger("--large-record")
        options.fixture = try file(arguments, "--fixture")
        options.faultScript = try file(arguments, "--faults")
        let clients = try arguments.values("--client").map(client)
        if !clients.isEmpty { options.clients = clients }
        options.accessTokens = arguments.values("--access-token")
        if let lifetime = try duration(arguments, "--token-lifetime") { options.tokenLifetime = lifetime }
        if let rule = try arguments.value(
            "--selection", expecting: SelectionRule.allCases.map(\.rawValue).joined(separator: ", "),
            SelectionRule.init(rawValue:))
        {
            options.selection = rule
        }
        options.endInclusive = arguments.flag("--end-inclusive")
        if let size = try arguments.positiveInteger("--page-size-limit") { options.maximumPageSize = size }
        options.clampsPageSize = arguments.flag("--clamp-page-size")
        if let days = try arguments.positiveInteger("--interval-limit") { options.maximumIntervalDays = days }
        options.maximumResponseBytes = try arguments.positiveInteger("--response-limit")
        options.emptyPageHasArray = arguments.flag("--empty-array")
        try jobs(arguments, &options)
        if let last = try arguments.value(
            "--last-cursor", expecting: "absent, null or empty", LastCursor.init(rawValue:))
        {
            options.lastCursor = last
        }
        options.gzip = !arguments.flag("--no-gzip")
        if let bytes = try arguments.positiveInteger("--page-cache") { options.pageCacheBytes = bytes }
        options.rate = try rate(arguments)
        if let latency = try duration(arguments, "--latency") { options.latency = latency }
        if let jitter = try duration(arguments, "--latency-jitter") { options.latencyJitter = jitter }
        return options
    }

    private static func interval(_ arguments: Arguments, standard: Interval) throws -> Interval {
        guard let utc = CalendarDays(timezone: "UTC") else { return standard }
        let from = try arguments.value("--from").map { try TimeArguments.instant($0, option: "--from", calendar: utc) }
        let to = try arguments.value("--to").map { try TimeArguments.instant($0, option: "--to", calendar: utc) }
        let begin = from ?? standard.from
        let end = to ?? begin + standard.milliseconds
        guard let interval = Interval(from: begin, to: end) else {
            throw Failure.usage("--from \(begin) is not before --to \(end)")
        }
        return interval
    }

    private static func jobs(_ arguments: Arguments, _ options: inout SimulatorOptions) throws {
        if let time = try duration(arguments, "--job-time") { options.jobTime = time }
        if let lifetime = try duration(arguments, "--job-lifetime") { options.jobLifetime = lifetime }
        if let limit = try arguments.positiveInteger("--job-limit") { options.maximumRunningJobs = limit }
        if let size = try arguments.positiveInteger("--job-page-size-limit") { options.maximumJobPageSize = size }
        if let lag = try duration(arguments, "--availability-lag") { options.availabilityLag = lag }
        if let now = arguments.value("--now"), let utc = CalendarDays(timezone: "UTC") {
            options.now = try TimeArguments.instant(now, option: "--now", calendar: utc)
        }
    }

    private static func client(_ text: String) throws -> SimulatorOptions.Client {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty else { throw Failure.usage("--client '\(text)': expected ID:SECRET") }
        return SimulatorOptions.Client(id: parts[0], secret: parts[1])
    }

    private static func rate(_ arguments: Arguments) throws -> RateLimit? {
        let mode =
            try arguments.value("--rate-mode", expecting: "fixed, sliding or bucket[:N]") { RateLimit.Mode($0) }
            ?? .fixedWindow
        return try arguments.value("--rate", expecting: "requests per time such as 300/60s") {
            RateLimit($0, mode: mode)
        }
    }

    private static func duration(_ arguments: Arguments, _ name: String) throws -> Duration? {
        try arguments.value(name, expecting: "a duration such as 90s", DurationText.parse)
    }

    private static func file(_ arguments: Arguments, _ name: String) throws -> [UInt8]? {
        guard let path = arguments.value(name) else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure.usage("\(name) \(path): cannot be read")
        }
        return Array(data)
    }
}
