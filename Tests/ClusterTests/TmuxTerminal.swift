import Glibc
import TrawlTestKit

/// A terminal of a given size in which a command runs: tmux keeps its screen.
struct TmuxTerminal: Sendable {
    private let lab: Lab

    /// Runs `body` beside `trawl` with those words in a new terminal, which is gone at the end.
    static func with(
        _ lab: Lab, _ words: [String], columns: Int = 100, rows: Int = 30, environment: [String: String] = [:],
        _ body: (TmuxTerminal) async throws -> Void
    ) async throws {
        let terminal = TmuxTerminal(lab: lab)
        try lab.write("set -g history-limit 5000\n", to: "tmux.conf")
        let settings = environment.map { "\($0.key)=\($0.value)" }
        do {
            _ = try await terminal.tmux(
                [
                    "new-session", "-d", "-x", String(columns), "-y", String(rows), "-c", lab.scratch, "/bin/sh", "-c",
                    // The terminal of an ended command would go, and its screen with it.
                    "trap : INT; env \"$@\"; echo \"exit $?\"; exec sleep 1000", "sh",
                ] + settings + [try Lab.trawl] + words)
            try await body(terminal)
        } catch {
            _ = try? await terminal.tmux(["kill-server"])  // the failure that led here is the one to be told
            throw error
        }
        _ = try await terminal.tmux(["kill-server"])
    }

    /// What the screen shows, without the empty rows at its end.
    func screen(withColours: Bool = false, withHistory: Bool = false) async throws -> [String] {
        let text = try await tmux(
            ["capture-pane", "-p"] + (withColours ? ["-e"] : []) + (withHistory ? ["-S", "-"] : []))
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }

    func type(_ key: String) async throws { _ = try await tmux(["send-keys", key]) }

    func resize(columns: Int, rows: Int) async throws {
        _ = try await tmux(["resize-window", "-x", String(columns), "-y", String(rows)])
    }

    var showsCursor: Bool {
        get async throws { try await tmux(["display-message", "-p", "#{cursor_flag}"]) == "1\n" }
    }

    /// Waits until the screen fulfils the condition, and returns it.
    @discardableResult
    func eventually(
        _ what: String, within limit: Duration = .seconds(60), _ condition: ([String]) -> Bool
    ) async throws -> [String] {
        let deadline = ContinuousClock.now + limit
        while true {
            let lines = try await screen()
            if condition(lines) { return lines }
            guard ContinuousClock.now < deadline else {
                throw TestFailure("waited \(limit) in vain: \(what); the screen:\n\(lines.joined(separator: "\n"))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// Waits until the command has ended, and returns its exit code.
    func end() async throws -> Int32? {
        let lines = try await eventually("the command ends") { $0.last?.hasPrefix("exit ") == true }
        return lines.last.flatMap { Int32($0.dropFirst(5)) }
    }

    private func tmux(_ words: [String]) async throws -> String {
        let process = try await lab.start(
            program: "/usr/bin/tmux", ["-u", "-S", lab.path("tmux"), "-f", lab.path("tmux.conf")] + words,
            environment: ["LC_ALL": "C.UTF-8", "TERM": "xterm"])
        let result = try await process.result()
        guard result.end == .exited(0) else { throw TestFailure("tmux \(words[0]): \(result.error)") }
        return result.output
    }
}
