/// `trawl completion`: what has a shell complete commands, options and their values.
enum CompletionCommand {
    static let spec = CommandSpec(
        name: "completion", summary: "print what has bash, zsh or fish complete commands, options and values",
        examples: [
            .init(
                purpose: "bash, with the package bash-completion; for you alone, from the next shell on",
                line: "mkdir -p ~/.local/share/bash-completion/completions && trawl completion bash "
                    + "> ~/.local/share/bash-completion/completions/trawl"),
            .init(
                purpose: "bash without it: in ~/.bashrc",
                line: "source <(trawl completion bash)"),
            .init(
                purpose: "zsh: into a directory of $fpath; this one has to be put there in ~/.zshrc, before compinit",
                line: "mkdir -p ~/.zfunc && trawl completion zsh > ~/.zfunc/_trawl    # fpath=(~/.zfunc $fpath)"),
            .init(
                purpose: "fish, for you alone, at once",
                line:
                    "mkdir -p ~/.config/fish/completions && trawl completion fish > ~/.config/fish/completions/trawl.fish"
            ),
        ],
        positional: "bash | zsh | fish",
        verbs: [
            .init("bash", nil, "a script for bash 4.4 or later"), .init("zsh", nil, "a function for zsh 5 or later"),
            .init("fish", nil, "a script for fish 3 or later"),
        ],
        sections: [],
        notes: [
            "For everybody on a machine, as root: /usr/share/bash-completion/completions/trawl, "
                + "/usr/local/share/zsh/site-functions/_trawl, /etc/fish/completions/trawl.fish. Print them again "
                + "after an update of Trawl.",
            "Completed are commands, options, directories and files where they are meant, and values where they can be told: "
                + "regions, endpoint profiles, --match, --compress, shard lengths and others.",
        ],
        run: { try run($0) })

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let outline = CompletionOutline(CommandLineTool.commands)
        switch arguments.positional {
        case "bash": Console.result(BashCompletion.script(outline))
        case "zsh": Console.result(ZshCompletion.script(outline))
        case "fish": Console.result(FishCompletion.script(outline))
        default: throw Failure.usage("say for which shell: 'bash', 'zsh' or 'fish'")
        }
        return ExitCode.complete
    }
}
