/// What a shell has to know to complete a command line of Trawl, whatever the shell.
struct CompletionOutline {
    /// Something that can be offered at one place among a command's arguments.
    struct Argument {
        /// Only after this verb, where the command has verbs.
        let verb: String?
        /// How many arguments stand before it, the verb included; nil for all that no other entry is about.
        let place: Int?
        /// Its placeholder, for shells that show one.
        let name: String
        let kind: ValueKind
    }

    let commands: [CommandSpec]

    init(_ commands: [CommandSpec]) { self.commands = commands }

    var commandWords: [ValueKind.Word] { commands.map { ValueKind.Word($0.name, $0.summary) } }

    /// What can be given in the place of a command.
    let globalOptions = [
        OptionSpec("--help", nil, "show the commands"), OptionSpec("--version", nil, "show the version"),
    ]

    /// Where something can be offered among the arguments of a command, in order.
    func arguments(of spec: CommandSpec) -> [Argument] {
        if !spec.verbs.isEmpty {
            let verbs = ValueKind.words(spec.verbs.map { ValueKind.Word($0.name, $0.summary) })
            return [Argument(verb: nil, place: 0, name: "verb", kind: verbs)]
                + spec.verbs.flatMap { verb in
                    verb.takes.enumerated().map { index, kind in
                        Argument(verb: verb.name, place: index + 1, name: "argument", kind: resolved(kind))
                    }
                }
        }
        let name = spec.positional ?? ""
        return spec.takes.enumerated().map { Argument(verb: nil, place: $0, name: name, kind: resolved($1)) }
            + (spec.takesBeyond == .text
                ? [] : [Argument(verb: nil, place: nil, name: name, kind: resolved(spec.takesBeyond))])
    }

    func kind(of option: OptionSpec) -> ValueKind { resolved(option.takes) }

    /// Every kind of value that there is, some more than once.
    var kinds: [ValueKind] {
        commands.flatMap { spec in spec.shownOptions.map(kind(of:)) + arguments(of: spec).map(\.kind) }
    }

    /// The kind with the subjects of help written out.
    private func resolved(_ kind: ValueKind) -> ValueKind {
        guard case .subject = kind else { return kind }
        return .words(commandWords + HelpTopic.all.map { ValueKind.Word($0.name, $0.summary) })
    }
}
