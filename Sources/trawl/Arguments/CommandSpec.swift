/// One option of a command: how it is written and what help says of it.
struct OptionSpec: Sendable {
    let name: String
    /// The placeholder of its value; nil for a flag.
    let value: String?
    let help: String
    /// What its value is.
    let takes: ValueKind
    let isHidden: Bool
    /// May be given more than once.
    let isRepeatable: Bool

    /// Its value may be left out, as in `[SECONDS]` but not in `[HOST:]PORT`; one that follows as a word of its own is a
    /// number.
    var takesOptionalValue: Bool { value.map { $0.hasPrefix("[") && $0.hasSuffix("]") } ?? false }

    /// The word after it is its value, whatever that is.
    var needsValue: Bool { value != nil && !takesOptionalValue }

    init(
        _ name: String, _ value: String? = nil, _ help: String, takes: ValueKind = .text, isHidden: Bool = false,
        isRepeatable: Bool = false
    ) {
        self.name = name
        self.value = value
        self.help = help
        self.takes = takes
        self.isHidden = isHidden
        self.isRepeatable = isRepeatable
    }

    static let help = OptionSpec("--help", nil, "show this page")
}

/// A subcommand: everything its help page says, and what it does.
struct CommandSpec: Sendable {
    struct Example: Sendable {
        let purpose: String
        let line: String
    }

    /// One of the words that some commands take first: `list` of `trawl dead list STORE`.
    struct Verb: Sendable {
        let name: String
        let summary: String
        /// What follows it, as its usage has it; nil where nothing does.
        let arguments: String?
        /// What each of them is; those beyond are ``ValueKind/text``.
        let takes: [ValueKind]

        init(_ name: String, _ arguments: String? = nil, _ summary: String, takes: [ValueKind] = []) {
            self.name = name
            self.arguments = arguments
            self.summary = summary
            self.takes = takes
        }
    }

    let name: String
    let summary: String
    let examples: [Example]
    /// The placeholder of the positional arguments; nil where there are none.
    var positional: String?
    var mostPositionals = 1
    /// What each positional argument is. Unused where there are verbs.
    var takes: [ValueKind] = []
    /// What those beyond are.
    var takesBeyond = ValueKind.text
    var verbs: [Verb] = []
    let sections: [(title: String, options: [OptionSpec])]
    var notes: [String] = []
    /// With `--json` it prints events, the last of which is the result.
    var streamsEvents = false
    let run: @Sendable (Arguments) async throws -> Int32

    var options: [OptionSpec] { sections.flatMap(\.options) + [.help] }

    /// Those that are documented and completed.
    var shownOptions: [OptionSpec] { options.filter { !$0.isHidden } }

    /// The sections of its help page, without what is hidden.
    var shownSections: [(title: String, options: [OptionSpec])] {
        (sections + [("Other", [.help])]).map { ($0.title, $0.options.filter { !$0.isHidden }) }
            .filter { !$0.1.isEmpty }
    }

    /// How it is called: one line, or one for each verb. Without `trawl` and without options.
    var usages: [String] {
        guard verbs.isEmpty else {
            return verbs.map { ([name, $0.name] + [$0.arguments].compactMap(\.self)).joined(separator: " ") }
        }
        return [([name] + [positional].compactMap(\.self)).joined(separator: " ")]
    }
}
