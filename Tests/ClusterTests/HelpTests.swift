import FoundationEssentials
import Glibc
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

@testable import TrawlSource
@testable import trawl

extension ClusterTests {
    /// Help and man pages: what they say is what the code does.
    @Suite struct HelpTests {
        private static var root: URL {
            URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        }

        private static func text(_ path: String) throws -> String {
            String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
        }

        private static func help(_ lab: Lab, _ words: String...) async throws -> String {
            let result = try await lab.start(words).result()
            #expect(result.end == .exited(0), "\(result.error)")
            #expect(result.error.isEmpty)
            return result.output
        }

        @Test func `the overview is one screen and names every command and topic`() async throws {
            try await Lab.with { lab in
                let overview = try await Self.help(lab, "--help")
                #expect(try await Self.help(lab, "help") == overview)
                let lines = overview.split(separator: "\n", omittingEmptySubsequences: false)
                #expect(lines.count <= 42)
                #expect(lines.allSatisfy { $0.count <= 116 })
                let words = Set(overview.split { " \n,.'".contains($0) })
                for name in CommandLineTool.commands.map(\.name) + HelpTopic.all.map(\.name) {
                    #expect(words.contains(Substring(name)), "\(name)")
                }
            }
        }

        @Test func `every command and topic has a page, whichever way it is asked for`() async throws {
            #expect(Set(HelpTopic.all.map(\.name)).isDisjoint(with: CommandLineTool.commands.map(\.name)))
            try await Lab.with { lab in
                for spec in CommandLineTool.commands {
                    let page = try await Self.help(lab, spec.name, "--help")
                    #expect(try await Self.help(lab, "help", spec.name) == page)
                    let example = try #require(page.firstRange(of: "Examples:"))
                    let usage = try #require(page.firstRange(of: "Usage:"))
                    #expect(example.lowerBound < usage.lowerBound)
                    for option in spec.options { #expect(page.contains("  \(option.name)") != option.isHidden) }
                }
                for topic in HelpTopic.all {
                    let page = try await Self.help(lab, "help", topic.name)
                    #expect(page.hasPrefix("trawl help \(topic.name): \(topic.summary)\n"))
                    #expect(page.count > 500)
                }
            }
        }

        @Test func `every verb that help lists is one`() async throws {
            try await Lab.with { lab in
                for spec in CommandLineTool.commands {
                    for verb in spec.verbs {
                        let result = try await lab.start([spec.name, verb.name]).result()
                        #expect(!result.error.contains(": say "), "\(spec.name) \(verb.name): \(result.error)")
                    }
                }
            }
        }

        @Test(arguments: [
            (["frobnicate"], "trawl: unknown command 'frobnicate'; 'trawl --help' lists the commands"),
            (["rum"], "trawl: unknown command 'rum'; did you mean run?"),
            (["help", "me"], "trawl help: there is no help about 'me'; the topics are exit-codes, environment, "),
            (["help", "run", "plan"], "trawl help: only one [COMMAND | TOPIC] is taken, 'plan' is one too many"),
            (["help", "run", "--man", "pages"], "trawl help: --man writes the pages of everything; leave out 'run'"),
            (["help", "--man", ""], "trawl help: --man '': expected a directory"),
        ])
        func `what there is no help for is a mistake in one line`(words: [String], line: String) async throws {
            try await Lab.with { lab in
                let result = try await lab.start(words).result()
                #expect(result.end == .exited(64))
                #expect(result.output.isEmpty)
                #expect(result.errorLines.count == 1)
                #expect(result.error.hasPrefix(line), "\(result.error)")
                #expect(!lab.exists("pages"))
            }
        }

        // MARK: - Environment and exit codes

        @Test func `the variables in the sources are those of the help, and none is there for nothing`() throws {
            var read: Set<String> = []
            var used: Set<String> = []
            let sources = Self.root.appending(path: "Sources").path
            for name in try FileManager.default.subpathsOfDirectory(atPath: sources)
            where name.hasSuffix(".swift") && !name.hasPrefix("TrawlTestKit/") {
                let text = try Self.text("Sources/\(name)")
                let lookups = [
                    /[eE]nvironment\["([A-Z][A-Z0-9_]+)"\]/, /[eE]nvironment: "([A-Z][A-Z0-9_]+)"/,
                    /getenv\("([A-Z][A-Z0-9_]+)"\)/,
                    /"((?:TRAWL|GENESYSCLOUD|SSL|NOTIFY|WATCHDOG|LISTEN|XDG)_[A-Z0-9_]+)"/,
                ]
                let found = Set(lookups.flatMap { text.matches(of: $0).map { String($0.1) } })
                if name.hasSuffix("/EnvironmentVariable.swift") { continue }
                read.formUnion(found)
                used.formUnion(text.matches(of: /EnvironmentVariable\.([a-zA-Z]+)/).map { String($0.1) })
            }
            #expect(read.contains("NO_COLOR"), "the search finds nothing")
            let known = Set(EnvironmentVariable.allCases.map(\.rawValue))
            #expect(read.subtracting(known).isEmpty)
            let handedOn = Set(EnvironmentVariable.handedOn)
            for variable in EnvironmentVariable.allCases {
                #expect(
                    read.contains(variable.rawValue) || used.contains("\(variable)") || handedOn.contains(variable),
                    "\(variable.rawValue) is read nowhere")
            }
        }

        @Test func `every variable and every exit code is on its page`() async throws {
            try await Lab.with { lab in
                let page = try await Self.help(lab, "help", "environment")
                for variable in EnvironmentVariable.allCases { #expect(page.contains("  \(variable.rawValue) ")) }
                let codes = try await Self.help(lab, "help", "exit-codes")
                for row in ExitCode.rows {
                    #expect(codes.contains("\n  \(row.codes.map(String.init).joined(separator: ", ")) "))
                }
            }
            let listed = Set(ExitCode.rows.flatMap(\.codes))
            let named = try Self.text("Sources/trawl/ExitCode.swift").matches(of: /static let \w+: Int32 = (\d+)/)
            #expect(named.count == 7)
            #expect(Set(named.compactMap { Int32($0.1) }).union([130, 143]) == listed)
            let readme = try Self.text("README.md").matches(of: /\n\| (\d+(?:, \d+)?) \|/)
            #expect(
                readme.map { String($0.1) } == ExitCode.rows.map { $0.codes.map(String.init).joined(separator: ", ") })
        }

        // MARK: - Filters

        /// The indented blocks of the page, without the indentation.
        private static func blocks(_ page: String) -> [String] {
            var blocks = [""]
            for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
                if line.hasPrefix("  ") {
                    blocks[blocks.count - 1] += line.dropFirst(2) + "\n"
                } else if !blocks[blocks.count - 1].isEmpty {
                    blocks.append("")
                }
            }
            return blocks
        }

        @Test func `the filter of the help works as it is, and the body is what is sent`() async throws {
            try await Lab.with { lab in
                let blocks = Self.blocks(try await Self.help(lab, "help", "filters"))
                try lab.write(blocks[0], to: "inbound.json")
                try await lab.complete(lab.run("all"))
                try await lab.complete(lab.run("out", shard: "6h", workers: 2, "--filter-file", "inbound.json"))
                #expect(blocks[1].contains("--filter-file inbound.json"))

                let all = try lab.merged("all").split(separator: UInt8(ascii: "\n")).map { Array($0) }
                func holds(_ line: [UInt8], _ text: String) -> Bool {
                    String(decoding: line, as: UTF8.self).contains(text)
                }
                let wanted = all.filter { line in
                    holds(line, #""originatingDirection":"inbound""#) && holds(line, #""conversationEnd":"#)
                        && (holds(line, #""mediaType":"voice""#) || holds(line, #""mediaType":"message""#))
                }
                #expect(!wanted.isEmpty && wanted.count < all.count)
                #expect(try lab.merged("out").split(separator: UInt8(ascii: "\n")).map { Array($0) } == wanted)

                let filter = try JSONDocument.value(Data(blocks[0].utf8))
                let day = Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-02T00:00:00Z")!)!
                let writer = try RequestWriter(profile: .detailsQuery, filter: filter, match: .started)
                let request = PageRequest(interval: day, number: 1, size: 100)
                let body = try #require(try writer.bytes(request).body)
                #expect(try JSONDocument.value(Data(blocks[2].utf8)).canonical == String(decoding: body, as: UTF8.self))
            }
        }

        @Test func `what the walk owns is refused with the way to the help, and nothing is created`() async throws {
            try await Lab.with { lab in
                let page = try await Self.help(lab, "help", "filters")
                for key in EndpointProfile.detailsQuery.reservedKeys {
                    #expect(page.contains(key))
                    try lab.write(#"{"\#(key)": {}}"#, to: "filter.json")
                    let result = try await lab.start(lab.run() + ["--filter-file", "filter.json"]).result()
                    #expect(result.end == .exited(64))
                    #expect(result.error.contains("'\(key)'"))
                    #expect(result.error.hasSuffix("; see 'trawl help filters'\n"))
                    #expect(!lab.exists("out"))
                }
            }
        }

        // MARK: - Man pages

        @Test func `man pages are written for everything, are readable by all, and mandoc finds nothing`() async throws
        {
            try await Lab.with { lab in
                // Again, over those that are there.
                for _ in 1...2 { #expect(try await Self.help(lab, "help", "--man", "share/man1").isEmpty) }
                let pages = try lab.files("share/man1")
                let names = ["trawl.1"] + CommandLineTool.commands.map { "trawl-\($0.name).1" }
                #expect(Set(pages.keys) == Set(names))
                for name in names {
                    var status = stat()
                    #expect(stat(lab.path("share/man1/\(name)"), &status) == 0)
                    #expect(status.st_mode & 0o777 == 0o644)
                    let lint = try await lab.start(
                        program: "/usr/bin/env", ["mandoc", "-T", "lint", "-W", "warning", "share/man1/\(name)"],
                        environment: [:]
                    ).result()
                    #expect(lint.end == .exited(0), "\(lint.output)\(lint.error)")
                    #expect(lint.output.isEmpty)
                }
                for spec in CommandLineTool.commands {
                    let page = try await lab.start(
                        program: "/usr/bin/env",
                        ["mandoc", "-T", "ascii", "-O", "width=400", "share/man1/trawl-\(spec.name).1"],
                        environment: [:]
                    ).result()
                    // Bold is a letter printed over itself.
                    let text = page.output.replacing(/.\u{8}/, with: "")
                    #expect(text.contains("trawl-\(spec.name) - \(spec.summary)"))
                    for option in spec.options {
                        let isThere = text.contains("\n       \(HelpText.label(option))")
                        #expect(isThere != option.isHidden, "\(spec.name) \(option.name)")
                    }
                    for example in spec.examples { #expect(text.contains(example.line), "\(example.line)") }
                }
            }
        }

        @Test func `man pages that cannot be written are said so`() async throws {
            try await Lab.with { lab in
                try lab.write("", to: "file")
                let result = try await lab.trawl("help", "--man", "file")
                #expect(result.end == .exited(1))
                #expect(result.errorLines.count == 1)
                #expect(result.error.hasPrefix("trawl help: --man file: cannot be written: "))
            }
        }
    }
}
