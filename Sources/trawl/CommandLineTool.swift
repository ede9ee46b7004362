import Foundation
import Redis
import TrawlCore
import TrawlQueue

/// Picks the command and turns every way of ending into an exit code and at most one line.
enum CommandLineTool {
    static let commands: [CommandSpec] = [
        RunCommand.spec, PlanCommand.spec, WorkerCommand.spec, MergeCommand.spec, StatusCommand.spec, RunsCommand.spec,
        WorkersCommand.spec, ControlCommand.pause, ControlCommand.resume, ControlCommand.cancel, LimitCommand.spec,
        VerifyCommand.spec, RepairCommand.spec, DeadCommand.spec, ExportCommand.spec, DoctorCommand.spec,
        ProfilesCommand.spec,
        SimulateCommand.spec, HealthCommand.spec,
    ]

    static func run(_ words: [String]) async -> Int32 {
        let environment = ProcessInfo.processInfo.environment
        guard let first = words.first else {
            return report(.usage("what shall it do? 'trawl --help' lists the commands"), command: nil)
        }
        switch first {
        case "--help", "-h", "help":
            guard words.count > 1 else {
                Console.result(HelpText.overview(commands, version: Version.text))
                return ExitCode.complete
            }
            guard let spec = commands.first(where: { $0.name == words[1] }) else {
                return report(unknown(words[1]), command: nil)
            }
            Console.result(HelpText.page(spec))
            return ExitCode.complete
        case "--version":
            Console.result("trawl \(Version.text)")
            return ExitCode.complete
        default: break
        }
        guard let spec = commands.first(where: { $0.name == first }) else {
            return report(unknown(first), command: nil)
        }
        let rest = Array(words.dropFirst())
        if rest.contains("--help") || rest.contains("-h") {
            Console.result(HelpText.page(spec))
            return ExitCode.complete
        }
        do {
            return try await spec.run(Arguments(rest, of: spec, environment: environment))
        } catch {
            let failure = Failure(anything: error)
            if rest.contains("--json"), failure.code != ExitCode.usage {
                Console.result(
                    JSONValue.object([
                        "event": .string("result"), "exitCode": .integer(Int64(failure.code)),
                        "message": .string(failure.message),
                    ]).canonical)
            }
            return report(failure, command: spec.name)
        }
    }

    private static func unknown(_ name: String) -> Failure {
        .usage("unknown command '\(name)'; the commands are \(commands.map(\.name).joined(separator: ", "))")
    }

    private static func report(_ failure: Failure, command: String?) -> Int32 {
        let name = command.map { "trawl \($0)" } ?? "trawl"
        let line = failure.message.replacing("\n", with: " ")
        FileHandle.standardError.write(Data("\(name): \(line)\n".utf8))
        return failure.code
    }
}

extension Failure {
    /// What any error means for the operator.
    init(anything error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as StoreError: self.init(error)
        case let error as RedisError: self.init(ExitCode.incomplete, "cannot use Redis: \(error)")
        case let error as QueueError: self.init(ExitCode.incomplete, "\(error)")
        default: self.init(ExitCode.unclassified, "\(error)")
        }
    }

    init(_ error: StoreError) {
        switch error {
        case .full: self.init(ExitCode.incomplete, error.description)
        case .io: self.init(ExitCode.incomplete, error.description)
        case .damaged: self.init(ExitCode.integrity, error.description)
        case .foreign: self.init(ExitCode.usage, error.description)
        }
    }
}
