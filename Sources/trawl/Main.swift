import Glibc

@main
struct Main {
    static func main() async {
        SignalWatch.block()
        // Detached: work that began on the main actor would stay on it.
        let code = await Task.detached { await CommandLineTool.run(Array(CommandLine.arguments.dropFirst())) }.value
        exit(code)
    }
}
