import Foundation
import Simulator
import TrawlCore

/// `trawl simulate`: a Genesys Cloud on loopback, to try everything without an account.
enum SimulateCommand {
    static let spec = CommandSpec(
        name: "simulate", summary: "a faithful Genesys Cloud on this machine, to try everything without an account",
        examples: [
            .init(
                purpose: "a week with 50,000 conversations; credentials simulator / simulator-secret",
                line: "trawl simulate --from 2024-01-01 --to 2024-01-08 --conversations 50000 --port 8080"),
            .init(
                purpose: "with the real quota, as the real API enforces it",
                line: "trawl simulate --port 8080 --rate 300/60s"),
            .init(
                purpose: "on a bad day, scripted (docs/simulator.md)",
                line: "trawl simulate --port 8080 --faults storm.json"),
            .init(
                purpose: "what should an extraction have found?", line: "curl -s http://127.0.0.1:8080/truth | head -1"),
        ],
        sections: [
            (
                "Options",
                SimulatorOptions.flags.map {
                    OptionSpec(
                        $0.name, $0.value, $0.meaning, takes: kinds[$0.name] ?? .text,
                        isRepeatable: ["--client", "--access-token"].contains($0.name))
                }
            )
        ],
        notes: ["Prints its address on standard output when it is ready, and serves until it is stopped."],
        run: { try await run($0) })

    private static let kinds: [String: ValueKind] = [
        "--records": .words(RecordSize.allCases.map(\.rawValue)),
        "--selection": .words(SelectionRule.allCases.map(\.rawValue)),
        "--last-cursor": .words(LastCursor.allCases.map(\.rawValue)),
        "--rate": .words([ValueKind.Word("300/60s", "as Genesys Cloud enforces it")]),
        "--rate-mode": .words(["fixed", "sliding", "bucket"]), "--fixture": .file, "--faults": .file,
    ]

    private static func run(_ arguments: Arguments) async throws -> Int32 {
        let options = try SimulatorArguments.options(arguments)
        let simulator: Simulator
        let url: String
        do {
            simulator = try Simulator(options)
            url = try simulator.start()
        } catch let error as SimulatorError {
            throw Failure.usage("\(error)")
        }
        Console.result("simulating Genesys Cloud at \(url)")
        for await _ in SignalWatch.signals() { break }
        simulator.stop()
        return ExitCode.complete
    }
}
