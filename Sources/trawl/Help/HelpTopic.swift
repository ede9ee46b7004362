/// Something that concerns many commands: 'trawl help exit-codes'.
struct HelpTopic: Sendable {
    let name: String
    let summary: String
    /// What the section of trawl(1) is called.
    let manTitle: String
    let blocks: [HelpBlock]

    static let all: [HelpTopic] = [exitCodes, environment, filters, time, redis]

    static let exitCodes = HelpTopic(
        name: "exit-codes", summary: "what every command ends with, and what to do then", manTitle: "EXIT STATUS",
        blocks: [
            .terms(
                ExitCode.rows.map { row in
                    (
                        row.codes.map(String.init).joined(separator: ", "),
                        row.meaning + (row.advice.map { ". To do: \($0)" } ?? "")
                    )
                }),
            .text(
                "0 of 'trawl run', 'merge', 'status' and 'verify' always means that nothing is missing and nothing is wrong. With "
                    + "3, 6, 130 and 143 nothing is lost either: what was fetched is kept, and the same command goes on."
            ),
            .text(
                "'trawl COMMAND --help' says what the codes of a command mean where that is more than this."),
            .title("In a script"),
            .lines([
                "trawl run --from 2024-01-01 --to 2024-02-01 --out january",
                "case $? in",
                "    0) load january/merged ;;",
                "    3 | 6 | 130 | 143) echo 'not yet: run the same command again' ;;",
                "    *) echo 'somebody has to look' >&2; exit 1 ;;",
                "esac",
            ]),
        ])

    static let environment = HelpTopic(
        name: "environment", summary: "every environment variable that is read", manTitle: "ENVIRONMENT",
        blocks: variables)

    private static var variables: [HelpBlock] {
        var blocks = [HelpBlock.text("An option goes before its variable. A variable that is empty counts as not set.")]
        for use in EnvironmentVariable.Use.allCases {
            let variables = EnvironmentVariable.allCases.filter { $0.use == use }
            blocks += [.title(use.title), .terms(variables.map { (name: $0.rawValue, meaning: $0.meaning) })]
        }
        let handedOn = EnvironmentVariable.handedOn.map(\.rawValue).joined(separator: ", ")
        blocks.append(
            .text(
                "Trawl itself reads no other variable: proxies (https_proxy and its like) are not used. Worker processes that "
                    + "'trawl run' starts get \(handedOn) and nothing else; credentials reach them over a pipe, and a private "
                    + "Redis gets none of it."))
        return blocks
    }

    static let time = HelpTopic(
        name: "time", summary: "dates, time zones, durations, and where an interval ends", manTitle: "TIME",
        blocks: [
            .text(
                "An interval has its first instant and not its last: --from 2024-01-01 --to 2024-02-01 is January, and a "
                    + "run from 2024-02-01 neither overlaps it nor leaves a gap. A conversation belongs to the interval that it "
                    + "starts in (--match started, the default)."),
            .terms([
                ("2024-01-31", "midnight of that day in --timezone (default UTC)"),
                ("2024-01-31T08:00:00Z", "an instant; also with an offset (2024-01-31T09:00:00+01:00)"),
                ("--interval A/B", "both ends at once, each written as above"),
                ("500ms 90s 15m 2h 1d", "a duration: a whole number and a unit"),
                ("300/60s", "a rate: so many requests in so much time"),
                ("--shard 1d", "calendar days of --timezone, with 23 or 25 hours where the clocks change"),
                ("--shard 6h", "even lengths, counted from --from"),
                ("--deadline 2h", "that long from now; also an instant"),
            ]),
            .lines(["trawl run --from 2024-03-31 --to 2024-04-01 --timezone Europe/Berlin --out day-of-23-hours"]),
        ])

    static let redis = HelpTopic(
        name: "redis", summary: "when a Redis is needed, how it is named, and what it must be", manTitle: "REDIS",
        blocks: [
            .text(
                "'trawl run' without --redis starts a private redis-server for as long as it runs. One of your own is for "
                    + "workers on several machines ('trawl plan', then 'trawl worker'), and for runs that share one quota. It "
                    + "holds the schedule only: wiped, it costs repeated work and never data."),
            .terms([
                ("redis://HOST", "port 6379, database 0"),
                ("redis://USER:PASSWORD@HOST:PORT/DB", "all of it; without USER the default user"),
                ("unix:///PATH", "a socket; also with ?db=N&user=USER&password=PASSWORD"),
            ]),
            .text(
                "Signs that an address cannot have are written as %XX. An address on the command line is seen by everybody who "
                    + "may call 'ps': one with a password belongs into \(EnvironmentVariable.redis.rawValue)."),
            .text(
                "It must be 6.2 or later with maxmemory-policy noeviction; anything else is refused before anything is put "
                    + "there (exit 3). 'trawl doctor --redis URL' looks. All keys begin with 'trawl:'."),
        ])
}
