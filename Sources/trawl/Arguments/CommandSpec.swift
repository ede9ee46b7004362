/// One option of a command: how it is written and what help says of it.
struct OptionSpec: Sendable {
    let name: String
    /// The placeholder of its value; nil for a flag.
    let value: String?
    let help: String
    let isHidden: Bool
    /// May be given more than once.
    let isRepeatable: Bool

    /// Its value may be left out; one that follows as a word of its own is a number.
    var takesOptionalValue: Bool { value?.hasPrefix("[") ?? false }

    init(_ name: String, _ value: String? = nil, _ help: String, isHidden: Bool = false, isRepeatable: Bool = false) {
        self.name = name
        self.value = value
        self.help = help
        self.isHidden = isHidden
        self.isRepeatable = isRepeatable
    }
}

/// A subcommand: everything its help page says, and what it does.
struct CommandSpec: Sendable {
    struct Example: Sendable {
        let purpose: String
        let line: String
    }

    let name: String
    let summary: String
    let examples: [Example]
    /// The placeholder of the positional arguments; nil where there are none.
    var positional: String?
    var mostPositionals = 1
    let sections: [(title: String, options: [OptionSpec])]
    var notes: [String] = []
    /// With `--json` it prints events, the last of which is the result.
    var streamsEvents = false
    let run: @Sendable (Arguments) async throws -> Int32

    var options: [OptionSpec] { sections.flatMap(\.options) + [OptionSpec("--help", nil, "show this page")] }
}
