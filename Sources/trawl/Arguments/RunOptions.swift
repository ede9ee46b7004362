import Foundation
import TrawlCore
import TrawlStore

/// The options that say what to extract: everything the plan hash covers.
enum PlanOptions {
    static let options =
        TimeArguments.options + [
            OptionSpec("--shard", "SIZE", "length of the root shards: 15m, 6h, 1d (a calendar day, the default), 7d"),
            OptionSpec("--endpoint", "NAME", "endpoint profile (default details-query)"),
            OptionSpec("--page-size", "N", "records a page (default and most: 100)"),
            OptionSpec(
                "--filter-file", "FILE",
                "JSON object merged into the query body: segmentFilters, conversationFilters, …"),
            OptionSpec(
                "--match", "RULE",
                "started: conversations that start inside the interval (default); overlap: all that the API returns for it"
            ),
        ]

    static func request(_ arguments: Arguments) throws -> PlanRequest {
        let calendar = try TimeArguments.calendar(arguments)
        let interval = try TimeArguments.interval(arguments, calendar: calendar)
        let names = EndpointProfile.builtIn.map(\.name).joined(separator: ", ")
        let profile =
            try arguments.value("--endpoint", expecting: "one of \(names)") { name in
                EndpointProfile.builtIn.first { $0.name == name }
            } ?? .detailsQuery
        let pageSize = try arguments.positiveInteger("--page-size", atMost: profile.paging.pageSize.maximum)
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
            interval: interval, profile: profile, filter: try filter(arguments), match: match,
            timezone: calendar.timezone,
            pageSize: pageSize, shardSize: shardSize)
    }

    private static func filter(_ arguments: Arguments) throws -> JSONValue? {
        guard let path = arguments.value("--filter-file") else { return nil }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure.usage("--filter-file \(path): cannot be read")
        }
        // The decoder's own words would help nobody.
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: data), case .object(let members) = value
        else {
            throw Failure.usage("--filter-file \(path): expected one JSON object")
        }
        for key in ["interval", "paging"] where members[key] != nil {
            throw Failure.usage("--filter-file \(path): '\(key)' belongs to the walk and cannot be set")
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

    static func console(_ arguments: Arguments) -> Console {
        Console(
            quiet: arguments.flag("--quiet"), verbose: arguments.flag("--verbose"),
            colour: !arguments.flag("--no-color"),
            environment: arguments.environment)
    }
}

enum StoreOptions {
    static let compression = OptionSpec("--compress", "KIND", "zstd (default) or none, for files written from now on")

    static func compression(_ arguments: Arguments) throws -> Compression {
        try arguments.value("--compress", expecting: "zstd or none") { Compression(rawValue: $0) } ?? .zstd
    }
}
