import Foundation
import TrawlCore
import TrawlSource
import TrawlStore

/// The options that say what to extract: everything the plan hash covers.
enum PlanOptions {
    static let options =
        TimeArguments.options + [
            OptionSpec(
                "--shard", "SIZE", "length of the root shards: 15m, 6h, 1d (a calendar day, the default), 7d",
                takes: .words(["15m", "1h", "6h", "1d", "7d"])),
            OptionSpec(
                "--endpoint", "PROFILE",
                "endpoint profile: a name of 'trawl profiles list' (default details-query), or a file of your own",
                takes: ProfileArgument.kind),
            OptionSpec("--page-size", "N", "records a page (the profile has the default and the bounds)"),
            OptionSpec(
                "--filter-file", "FILE",
                "JSON object merged into the query body: segmentFilters, conversationFilters, … (see 'trawl help filters')",
                takes: .file),
            OptionSpec(
                "--match", "RULE",
                "started: conversations that start inside the interval (default); overlap: all that the API returns for it",
                takes: .words([
                    ValueKind.Word(Match.started.rawValue, "those that start inside the interval"),
                    ValueKind.Word(Match.overlap.rawValue, "all that the API returns for it"),
                ])),
        ]

    static func request(_ arguments: Arguments) throws -> PlanRequest {
        let calendar = try TimeArguments.calendar(arguments)
        let interval = try TimeArguments.interval(arguments, calendar: calendar)
        let profile = try arguments.value("--endpoint").map(ProfileArgument.profile) ?? .detailsQuery
        let bounds = profile.paging.pageSize.bounds
        let pageSize = try arguments.integer("--page-size", in: bounds, of: "\(profile.name) takes no other")
        let shardSize =
            try arguments.value("--shard", expecting: "a length from 1ms to 31d such as 15m, 6h or 1d", ShardSize.init)
            ?? .days(1)
        let roots = shardSize.mostRoots(of: interval)
        guard roots <= ShardSize.mostRoots else {
            throw Failure.usage(
                "--shard \(shardSize) cuts \(interval.from) to \(interval.to) into some \(Quantity.grouped(Int(roots))) shards, "
                    + "more than \(Quantity.grouped(Int(ShardSize.mostRoots))); choose longer shards or a shorter interval"
            )
        }
        let match =
            try arguments.value("--match", expecting: "started or overlap") { Match(rawValue: $0) } ?? .started
        return PlanRequest(
            interval: interval, profile: profile, filter: try filter(arguments, profile: profile), match: match,
            timezone: calendar.timezone,
            pageSize: pageSize, shardSize: shardSize)
    }

    private static func filter(_ arguments: Arguments, profile: EndpointProfile) throws -> JSONValue? {
        guard let path = arguments.value("--filter-file") else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure.usage("--filter-file \(path): cannot be read")
        }
        let value: JSONValue
        do throws(JSONDocument.Fault) {
            value = try JSONDocument.value(data)
        } catch .repeatedKey(let key) {
            throw Failure.usage("--filter-file \(path): \(key): occurs twice")
        } catch {
            throw Failure.usage("--filter-file \(path): expected one JSON object")
        }
        guard case .object = value else { throw Failure.usage("--filter-file \(path): expected one JSON object") }
        do {
            _ = try profile.members(ofFilter: value)
        } catch {
            throw Failure.usage("--filter-file \(path): \(error); see 'trawl help filters'")
        }
        return value
    }
}

/// Options of every command that prints for people.
enum OutputOptions {
    static let options = [
        OptionSpec("--json", nil, "results as JSON on standard output"),
        OptionSpec("--quiet", nil, "no progress and no log, only warnings and the result"),
        OptionSpec("--verbose", nil, "log more"),
        OptionSpec("--no-color", nil, "no colour (NO_COLOR does the same)"),
    ]

    /// For commands that write a log.
    static let logFormat = OptionSpec(
        "--log-format", "FORMAT", "text (default), or json: one object a line on standard error",
        takes: .words([.init("text"), .init("json")]))

    /// Throws a usage ``Failure`` for a log format that is none.
    static func logsJSON(_ arguments: Arguments) throws -> Bool {
        try arguments.value(
            logFormat.name, expecting: "text or json", { ["text": false, "json": true][$0] }) ?? false
    }

    static func console(_ arguments: Arguments) -> Console {
        Console(
            quiet: arguments.flag("--quiet"), verbose: arguments.flag("--verbose"),
            colour: !arguments.flag("--no-color"), json: arguments.value(logFormat.name) == "json",
            environment: arguments.environment)
    }
}

enum StoreOptions {
    static let compression = OptionSpec(
        "--compress", "KIND", "zstd (default) or none, for files written from now on",
        takes: .words(Compression.allCases.map(\.rawValue)))

    static func compression(_ arguments: Arguments) throws -> Compression {
        try arguments.value("--compress", expecting: "zstd or none") { Compression(rawValue: $0) } ?? .zstd
    }
}
