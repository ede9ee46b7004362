import Glibc

@main
struct Main {
    static func main() {
        StandardStreams.ensureOpen()
        SignalWatch.block()
        // Detached: this thread belongs to the signals, so nothing may wait for the main actor.
        Task.detached { exit(await CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))) }
        SignalWatch.serve()
    }
}
