/// Which of the returned conversations a run keeps.
package enum Match: String, Hashable, Sendable, Codable, CaseIterable {
    /// Those that start inside the run's interval: neighbouring runs neither overlap nor leave a gap.
    case started
    /// Everything the endpoint returned.
    case overlap
}

/// A run's immutable description. It is written once, as `plan.json`, before the first request.
package struct Plan: Hashable, Sendable, Codable {
    package static let currentSchema = 1

    package let schema: Int
    /// The run's name: unique, so that two runs with the same plan in two stores can share one Redis.
    package let run: String
    package let interval: Interval
    package let profile: EndpointProfile
    /// The user's fragment of the request body.
    package let filter: JSONValue?
    package let match: Match
    package let timezone: String
    package let pageSize: Int
    package let shardSize: ShardSize
    package let roots: [ShardID]
    /// Where the API was when the run was planned. Workers trust their own flags before these.
    package let apiURL: String
    package let loginURL: String
    /// SHA-256 of ``identity``, lower-case hex.
    package let hash: String

    package init(
        run: String, request: PlanRequest, roots: [ShardID], apiURL: String, loginURL: String, hash: String
    ) {
        schema = Self.currentSchema
        self.run = run
        interval = request.interval
        profile = request.profile
        filter = request.filter
        match = request.match
        timezone = request.timezone
        pageSize = request.pageSize
        shardSize = request.shardSize
        self.roots = roots
        self.apiURL = apiURL
        self.loginURL = loginURL
        self.hash = hash
    }

    /// What was asked for, read back.
    package var request: PlanRequest {
        PlanRequest(
            interval: interval, profile: profile, filter: filter, match: match, timezone: timezone, pageSize: pageSize,
            shardSize: shardSize)
    }
}

/// What the user asks a run to be: everything the plan hash covers.
package struct PlanRequest: Hashable, Sendable {
    package var interval: Interval
    package var profile: EndpointProfile
    package var filter: JSONValue?
    package var match: Match
    package var timezone: String
    package var pageSize: Int
    package var shardSize: ShardSize

    package init(
        interval: Interval, profile: EndpointProfile = .detailsQuery, filter: JSONValue? = nil, match: Match = .started,
        timezone: String = "UTC", pageSize: Int? = nil, shardSize: ShardSize = .days(1)
    ) {
        self.interval = interval
        self.profile = profile
        self.filter = filter
        self.match = match
        self.timezone = timezone
        self.pageSize = pageSize ?? profile.paging.pageSize.standard
        self.shardSize = shardSize
    }

    /// The options that tell two plans apart, in the words of the command line, each with its canonical value.
    package var identity: [(option: String, value: String)] {
        [
            ("--from", interval.from.rfc3339), ("--to", interval.to.rfc3339), ("--endpoint", profile.identity),
            ("--filter-file", (filter ?? .null).canonical), ("--match", match.rawValue), ("--timezone", timezone),
            ("--page-size", String(pageSize)), ("--shard", shardSize.description),
        ]
    }

    /// The bytes whose SHA-256 is the plan hash.
    package var hashInput: [UInt8] {
        Array(identity.map { "\($0.option)=\($0.value)\n" }.joined().utf8)
    }

    /// The options in which `self` differs from `other`: what a refused directory is explained with.
    package func differences(from other: PlanRequest) -> [(option: String, mine: String, theirs: String)] {
        zip(identity, other.identity).compactMap { mine, theirs in
            mine.value == theirs.value ? nil : (mine.option, mine.value, theirs.value)
        }
    }
}
