import FoundationEssentials
import Simulator
import Testing
import TrawlCore
import TrawlTestKit

extension ClusterTests {
    /// `docs/using-the-data.md` says what its commands print.
    @Suite struct DataTests {
        /// A command of the page, and the output that stands below it.
        private struct Example {
            let command: String
            let output: String
        }

        /// The blocks marked `sh`, which need nothing that `Scripts/setup` has not installed.
        private static var examples: [Example] {
            get throws {
                let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                    .deletingLastPathComponent().appendingPathComponent("docs/using-the-data.md")
                let text = String(decoding: try Data(contentsOf: page), as: UTF8.self)
                var examples: [Example] = []
                for rest in text.split(separator: "\n```sh\n", omittingEmptySubsequences: false).dropFirst() {
                    let pieces = rest.split(separator: "```\n", maxSplits: 1, omittingEmptySubsequences: false)
                    let output = pieces.count == 2 ? pieces[1] : ""
                    guard output.hasPrefix("\n```text\n"), let end = output.firstRange(of: "\n```\n") else {
                        throw TestFailure("no output below: \(rest)")
                    }
                    examples.append(
                        Example(
                            command: String(pieces[0]),
                            output: String(output[..<end.upperBound].dropFirst("\n```text\n".count).dropLast(4))))
                }
                return examples
            }
        }

        @Test func `the commands of the page about using the data print what it says`() async throws {
            let examples = try Self.examples
            #expect(examples.count >= 7)
            var options = SimulatorOptions(
                interval: Interval(from: Instant("2024-01-01T00:00:00Z")!, to: Instant("2024-01-08T00:00:00Z")!)!)
            options.conversations = 1000
            try await Lab.with(options) { lab in
                try await lab.complete([
                    "run", "--from", "2024-01-01", "--to", "2024-01-08", "--api-url", lab.url, "--out", "week",
                    "--rate",
                    "none",
                ])
                let path = URL(fileURLWithPath: try Lab.trawl).deletingLastPathComponent().path
                for example in examples {
                    try lab.write(example.command, to: "example.sh")
                    let result = try await lab.start(
                        after: "PATH='\(path)':\"$PATH\" exec /bin/sh -e example.sh", []
                    ).result()
                    #expect(result.end == .exited(0) && result.error.isEmpty, "\(example.command)\(result.error)")
                    #expect(result.output == example.output, "\(example.command)")
                }
            }
        }
    }
}
