import Glibc
import Guarded
import TrawlCore

/// Standard error: log lines, and below them a status that is redrawn in place on a terminal.
///
/// Results go to standard output through ``Console/result(_:)`` and nothing else does.
final class Console: Sendable {
    let isTerminal: Bool
    let usesColour: Bool
    let isQuiet: Bool
    let isVerbose: Bool
    /// Every line is a JSON object, for programs that collect logs.
    let isJSON: Bool
    private let oneLine = Guarded(())
    /// What the terminal shows below the log. Guarded while it is written, too, so that lines do not mix.
    private let status = Guarded("")

    init(quiet: Bool, verbose: Bool, colour: Bool, json: Bool = false, environment: [String: String]) {
        isJSON = json
        isTerminal = !json && isatty(STDERR_FILENO) == 1 && environment["TERM"] != "dumb"
        usesColour = colour && isTerminal && (environment["NO_COLOR"] ?? "").isEmpty
        isQuiet = quiet
        isVerbose = verbose
    }

    /// One line on standard error, above the status.
    func line(_ text: String) {
        if isJSON { return json(.init(level: .info, message: text)) }
        status.with { status in
            Self.write(STDERR_FILENO, clearing(status) + text + "\n" + status)
        }
    }

    /// Something the operator should see even when progress is not wanted.
    func warning(_ text: String) {
        if isJSON { return json(.init(level: .warning, message: text)) }
        line(usesColour ? "\u{1B}[33mwarning:\u{1B}[0m \(text)" : "warning: \(text)")
    }

    func note(_ text: String) {
        if !isQuiet { line(text) }
    }

    /// Replaces the status line. Does nothing off a terminal.
    func status(_ text: String) {
        guard isTerminal, !isQuiet else { return }
        status.with { status in
            let fitted = Self.fit(text, to: max(20, Self.width - 1))
            Self.write(STDERR_FILENO, clearing(status) + fitted)
            status = fitted
        }
    }

    func clearStatus() {
        status.with { status in
            Self.write(STDERR_FILENO, clearing(status))
            status = ""
        }
    }

    /// One line on standard output.
    static func result(_ text: String) {
        write(STDOUT_FILENO, text + "\n")
    }

    /// A log whose lines appear here: `12:00:01 warning shard=… message`.
    func log() -> Log {
        Log(minimum: isVerbose ? .debug : isQuiet ? .error : .info) { [self] entry in
            if isJSON { return json(entry) }
            var text = "\(Self.timeOfDay) "
            if entry.level >= .warning {
                let colour = entry.level == .error ? "31" : "33"
                text += usesColour ? "\u{1B}[\(colour)m\(entry.level.name)\u{1B}[0m " : "\(entry.level.name) "
            }
            text += entry.fields.filter { !$0.isDetail }.map { "\($0.name)=\($0.value) " }.joined()
            line(text + entry.message)
        }
    }

    private func json(_ entry: Log.Entry) {
        oneLine.with { _ in Self.write(STDERR_FILENO, JSONLine.text(entry, at: Self.now) + "\n") }
    }

    private func clearing(_ status: String) -> String { isTerminal && !status.isEmpty ? "\r\u{1B}[K" : "" }

    private static var width: Int {
        var size = winsize()
        return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }

    /// Cuts to a number of visible characters; escape sequences take no room and are never cut.
    private static func fit(_ text: String, to width: Int) -> String {
        var result = ""
        var visible = 0
        var escaped = false
        for character in text {
            if character == "\u{1B}" { escaped = true }
            if !escaped {
                guard visible < width else { continue }
                visible += 1
            }
            result.append(character)
            if escaped, character == "m" { escaped = false }
        }
        return result
    }

    private static var timeOfDay: String { String(now.rfc3339.dropFirst(11).prefix(8)) }

    /// The wall clock, for showing only.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Writes all of it, or gives up silently: there is nobody left to tell.
    private static func write(_ descriptor: Int32, _ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
