import CSystem
import Glibc

@main
struct Main {
    /// Not `async`: an asynchronous main parks this thread in the dispatch library, which waits with every signal let
    /// through, and the default action of SIGINT would end the process before anything is drained.
    static func main() {
        StandardStreams.ensureOpen()
        // Secrets are in the environment and in memory. A system that refuses leaves them no worse than anyone's.
        _ = CSystem_seal()
        // What is written holds people's conversations: it is the owner's alone, whatever the caller's mask says.
        umask(0o077)
        SignalWatch.block()
        // Detached: this thread belongs to the signals, so nothing may wait for the main actor.
        Task.detached {
            let code = await CommandLineTool.run(Array(CommandLine.arguments.dropFirst()))
            LastWords.say(code)
            exit(code)
        }
        SignalWatch.serve()
    }
}
