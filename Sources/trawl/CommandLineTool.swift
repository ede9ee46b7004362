import Foundation
import Redis
import TrawlCore
import TrawlQueue

/// Picks the command and turns every way of ending into an exit code and at most one line.
enum CommandLineTool {
    /// Commands that serve one purpose, as the overview shows them.
    struct Group: Sendable {
        let name: String
        let commands: [CommandSpec]
    }

    static let groups = [
        Group(
            name: "extract",
            commands: [RunCommand.spec, PlanCommand.spec, WorkerCommand.spec, MergeCommand.spec, ExportCommand.spec]),
        Group(
            name: "watch",
            commands: [
                StatusCommand.spec, LogsCommand.spec, RunsCommand.spec, WorkersCommand.spec, DashboardCommand.spec,
            ]),
        Group(
            name: "steer",
            commands: [
                ControlCommand.pause, ControlCommand.resume, ControlCommand.cancel, LimitCommand.spec, DeadCommand.spec,
            ]),
        Group(
            name: "check", commands: [VerifyCommand.spec, RepairCommand.spec, DoctorCommand.spec, HealthCommand.spec]),
        Group(
            name: "try",
            commands: [SimulateCommand.spec, ProfilesCommand.spec, CompletionCommand.spec, HelpCommand.spec]),
    ]

    static let commands = groups.flatMap(\.commands)

    static func run(_ words: [String]) async -> Int32 {
        let code = await perform(words)
        guard let fault = Console.resultFault else { return code }
        let lost = report(
            Failure(ExitCode.incomplete, "cannot write to standard output: \(fault)"), command: words.first)
        // What the command came to says more than that it could not be printed.
        return code == ExitCode.complete ? lost : code
    }

    private static func perform(_ words: [String]) async -> Int32 {
        let environment = ServiceCredentials.adding(to: ProcessInfo.processInfo.environment)
        guard let first = words.first else {
            return report(.usage("what shall it do? 'trawl --help' lists the commands"), command: nil)
        }
        if first == "--version" {
            Console.result("trawl \(Version.text)")
            return ExitCode.complete
        }
        let name = ["--help", "-h"].contains(first) ? HelpCommand.spec.name : first
        guard let spec = commands.first(where: { $0.name == name }) else {
            return report(unknown(first), command: nil)
        }
        let rest = Array(words.dropFirst())
        var logsJSON = false
        if rest.contains("--help") || rest.contains("-h") {
            Console.result(HelpText.page(spec))
            return ExitCode.complete
        }
        if spec.streamsEvents, rest.contains("--json") { EventStream.open() }
        do {
            let arguments = try Arguments(rest, of: spec, environment: environment)
            logsJSON = try OutputOptions.logsJSON(arguments)
            return try await spec.run(arguments)
        } catch {
            let failure = Failure(anything: error)
            if rest.contains("--json"), failure.code != ExitCode.usage || EventStream.isOpen {
                EventStream.end(EventStream.failure(code: failure.code, failure.message))
            }
            return report(failure, command: spec.name, json: logsJSON)
        }
    }

    private static func unknown(_ name: String) -> Failure {
        let near = Arguments.closest(to: name, among: commands.map(\.name))
        return .usage(
            "unknown command '\(name)'"
                + (near.map { "; did you mean \($0)?" } ?? "; 'trawl --help' lists the commands"))
    }

    private static func report(_ failure: Failure, command: String?, json: Bool = false) -> Int32 {
        let name = command.map { "trawl \($0)" } ?? "trawl"
        if json {
            let entry = Log.Entry(
                level: .error, message: failure.message,
                fields: [
                    .init("command", command ?? ""), .init("exit_code", String(failure.code), isNumber: true),
                ])
            FileHandle.standardError.write(Data((JSONLine.text(entry, at: Console.now) + "\n").utf8))
            return failure.code
        }
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
