import Glibc
import Testing
import TrawlCore
import TrawlTestKit

@testable import trawl

extension ClusterTests {
    /// The completions, installed and asked in the real shells.
    @Suite struct CompletionTests {
        private static let folders: Set = ["home", "january", "long name"]
        private static let files: Set = ["mine.json", "notes.txt"]

        /// A lab with the shell's completion installed, and a few files.
        private static func with(_ shell: Shell, _ body: (Lab) async throws -> Void) async throws {
            try await Lab.with { lab in
                try await shell.install(lab)
                for name in folders { mkdir(lab.path(name), 0o700) }
                for name in files { try lab.write("", to: name) }
                try await body(lab)
            }
        }

        private static func expect(
            _ shell: Shell, _ lab: Lab, _ expected: [(line: String, offers: Set<String>)],
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let offers = try await shell.offers(expected.map(\.line), lab)
            for (line, wanted) in expected {
                // What the test itself writes for programs and shells lies there, too.
                let found = (offers[line] ?? []).filter { !$0.hasPrefix("std") }
                #expect(found == wanted, "\(shell.rawValue): '\(line)'", sourceLocation: sourceLocation)
            }
        }

        @Test(arguments: Shell.allCases)
        func `a shell completes commands, verbs, options, values and paths`(shell: Shell) async throws {
            try await Self.with(shell) { lab in
                try await Self.expect(
                    shell, lab,
                    [
                        ("trawl ru", ["run", "runs"]), ("trawl --", ["--help", "--version"]),
                        ("trawl dead ", ["list", "show", "retry", "skip"]), ("trawl dead li", ["list"]),
                        ("trawl dead show ", Self.folders), ("trawl dead show january ", []),
                        ("trawl dead --reason why skip ja", ["january"]), ("trawl dead retry january --a", ["--all"]),
                        ("trawl limit ", ["show", "set"]), ("trawl limit set d", ["default"]),
                        ("trawl limit show ", []),
                        ("trawl profiles show details-j", ["details-jobs"]),
                        ("trawl profiles check ", Self.files.union(Self.folders)),
                        ("trawl completion ", ["bash", "zsh", "fish"]), ("trawl help filt", ["filters"]),
                        ("trawl help exp", ["export"]), ("trawl merge ", Self.folders), ("trawl merge january ", []),
                        ("trawl runs january l", ["long name"]), ("trawl run --from ", []), ("trawl run ", []),
                        ("trawl run --compress ", ["none", "zstd"]), ("trawl run --compress=z", ["zstd"]),
                        ("trawl run --out=ja", ["january"]), ("trawl run --out lo", ["long name"]),
                        ("trawl run --match ", ["started", "overlap"]), ("trawl run --shard 1", ["15m", "1h", "1d"]),
                        ("trawl run --region eu-central", ["eu-central-1", "eu-central-2"]),
                        ("trawl run --filter-file m", ["mine.json"]),
                        ("trawl run --endpoint m", ["mine.json"]),
                        (
                            "trawl run --endpoint details-query-",
                            [
                                "details-query-cursor", "details-query-token", "details-query-paged",
                                "details-query-pagecount",
                            ]
                        ),
                        ("trawl run --redis redis://host:6379/0 --quiet --compress ", ["none", "zstd"]),
                        ("trawl run --redis=redis://host:6379/0 --comp", ["--compress"]),
                        ("trawl worker --allow-host a --allow-h", ["--allow-host"]), ("trawl worker --supervis", []),
                        ("trawl simulate --records ", ["typical", "small"]), ("trawl nonsense ", []),
                    ])
            }
        }

        @Test(arguments: Shell.allCases)
        func `every command, option and value that help knows is offered, and nothing hidden`(shell: Shell)
            async throws
        {
            var expected: [(line: String, offers: Set<String>)] = [
                ("trawl ", Set(CommandLineTool.commands.map(\.name)))
            ]
            for spec in CommandLineTool.commands {
                let options = spec.options.filter { !$0.isHidden }
                expected.append(("trawl \(spec.name) --", Set(options.map(\.name))))
                for option in options where option.needsValue {
                    let offers: Set<String> =
                        switch option.takes {
                        case .text, .subject: []
                        case .file: Self.files.union(Self.folders)
                        case .directory: Self.folders
                        case .words(let words): Set(words.map(\.text))
                        case .wordsOrFile(let words): Set(words.map(\.text)).union(Self.files).union(Self.folders)
                        }
                    expected.append(("trawl \(spec.name) \(option.name) ", offers))
                }
            }
            try await Self.with(shell) { try await Self.expect(shell, $0, expected) }
        }

        @Test func `a tab completes in an interactive bash, with and without bash-completion`() async throws {
            for preparation in ["source /usr/share/bash-completion/bash_completion", "source <(trawl completion bash)"]
            {
                try await Self.with(.bash) { lab in
                    // In place of trawl, so that what was typed can be read back; the completion asks no program.
                    try lab.write("#!/bin/sh\nprintf '%s\\n' \"$@\" > ~/words\n", to: "home/trawl")
                    chmod(lab.path("home/trawl"), 0o700)
                    _ = try await Shell.bash.run(
                        lab, "zsh", "-f", "-c",
                        #"""
                        zmodload zsh/zpty
                        zpty inside bash --noprofile --norc -i
                        zpty -w inside "$1; PATH=~:\$PATH; echo ready to 'complete'"
                        zpty -r inside said '*ready to complete*'
                        zpty -w -n inside $'trawl run --compress z\t--match=sta\t--redis redis://host:1 --region ap-south-\t--out ja\t\rexit\r'
                        while zpty -r inside said; do :; done
                        """#, "zsh", preparation)
                    let words = String(decoding: try lab.files("home")["words"] ?? [], as: UTF8.self)
                    #expect(
                        words.split(separator: "\n") == [
                            "run", "--compress", "zstd", "--match=started", "--redis", "redis://host:1", "--region",
                            "ap-south-1", "--out", "january/",
                        ], "\(preparation)")
                }
            }
        }

        @Test func `a shell that there is no completion for is a mistake in one line`() async throws {
            try await Lab.with { lab in
                for words in [["completion"], ["completion", "tcsh"]] {
                    let result = try await lab.start(words).result()
                    #expect(result.end == .exited(64))
                    #expect(result.output.isEmpty)
                    #expect(result.error == "trawl completion: say for which shell: 'bash', 'zsh' or 'fish'\n")
                }
            }
        }

        /// A completion that guesses would be wrong here.
        @Test func `what is written FILE or DIR is completed as one`() {
            for spec in CommandLineTool.commands {
                for option in spec.options {
                    switch option.value {
                    case "DIR": #expect(option.takes == .directory, "\(spec.name) \(option.name)")
                    case "FILE": #expect(option.takes == .file, "\(spec.name) \(option.name)")
                    default: #expect(![.directory, .file].contains(option.takes), "\(spec.name) \(option.name)")
                    }
                }
                let first = spec.positional?.prefix { $0 != " " }
                if ["STORE", "DIR", "[DIR…]"].contains(first) {
                    #expect([spec.takes.first, spec.takesBeyond].contains(.directory), "\(spec.name)")
                }
            }
        }
    }
}
