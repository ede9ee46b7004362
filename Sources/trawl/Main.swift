import Glibc

@main
struct Main {
    /// Not `async`: an asynchronous main parks this thread in `dispatch_main`, which lets every signal through to it, and
    /// the default action of SIGINT would end the process before anything is drained.
    static func main() {
        SignalWatch.block()
        Task.detached {
            exit(await CommandLineTool.run(Array(CommandLine.arguments.dropFirst())))
        }
        while true { pause() }
    }
}
