import Glibc
import Guarded
import TrawlCore

/// Standard error: log lines, and below them, on a terminal, live lines that are redrawn in place.
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
    /// How standard error is drawn.
    let style: ScreenStyle
    /// How standard output is.
    let resultStyle: ScreenStyle
    /// What the terminal shows below the log. Guarded while it is written, too, so that lines do not mix.
    private let live = Guarded(LiveArea())

    init(quiet: Bool, verbose: Bool, colour: Bool, json: Bool = false, environment: [String: String]) {
        isJSON = json
        let isCapable = !["dumb", ""].contains(environment["TERM"] ?? "")
        let wantsColour = colour && isCapable && (environment["NO_COLOR"] ?? "").isEmpty
        let unicode = ScreenStyle.readsUnicode(environment)
        // Events on the same terminal would be torn by lines that are redrawn.
        isTerminal =
            !json && isCapable && isatty(STDERR_FILENO) == 1 && !(EventStream.isOpen && isatty(STDOUT_FILENO) == 1)
        usesColour = wantsColour && isTerminal
        style = ScreenStyle(colour: usesColour, unicode: unicode)
        resultStyle = ScreenStyle(colour: wantsColour && isatty(STDOUT_FILENO) == 1, unicode: unicode)
        isQuiet = quiet
        isVerbose = verbose
        // The cursor comes back, however the process ends.
        if isTerminal { LastWords.add { [self] _ in clearStatus() } }
    }

    /// One line on standard error, above the live lines.
    func line(_ text: String) {
        if isJSON { return json(.init(level: .info, message: text)) }
        live.with { live in
            Self.write(STDERR_FILENO, isTerminal ? live.insert(text, columns: Self.size.columns) : text + "\n")
        }
    }

    /// Something the operator should see even when progress is not wanted.
    func warning(_ text: String) {
        EventStream.warning(text)
        if isJSON { return json(.init(level: .warning, message: text)) }
        line(usesColour ? "\u{1B}[33mwarning:\u{1B}[0m \(text)" : "warning: \(text)")
    }

    func note(_ text: String) {
        if !isQuiet { line(text) }
    }

    /// Replaces the live lines by one. Does nothing off a terminal.
    func status(_ text: String) {
        guard isTerminal, !isQuiet else { return }
        show { columns, _ in [StyledLine(text).text(width: columns, style)] }
    }

    /// Replaces the live lines by those that `render` makes for so many columns and rows. Does nothing off a terminal.
    func show(_ render: (_ columns: Int, _ rows: Int) -> [String]) {
        guard isTerminal, !isQuiet else { return }
        // Asked each time: a terminal changes its size whenever it likes.
        let size = Self.size
        let lines = render(max(20, size.columns - 1), max(3, size.rows - 1))
        live.with { live in
            Self.write(STDERR_FILENO, live.draw(Array(lines.prefix(max(3, size.rows - 1))), columns: size.columns))
        }
    }

    func clearStatus() {
        live.with { Self.write(STDERR_FILENO, $0.erase(columns: Self.size.columns)) }
    }

    /// One line on standard output.
    static func result(_ text: String) {
        let code = written(STDOUT_FILENO, text + "\n")
        // Whoever reads no further has seen enough.
        if code != 0, code != EPIPE { lostResult.with { $0 = $0 ?? String(cString: strerror(code)) } }
    }

    /// Why a result could not be written, where that happened.
    static var resultFault: String? { lostResult.with { $0 } }

    private static let lostResult = Guarded<String?>(nil)

    /// A log whose lines appear here: `12:00:01 warning shard=… message`.
    func log() -> Log {
        let quiet = EventStream.isOpen ? Log.Level.warning : .error
        return Log(minimum: isVerbose ? .debug : isQuiet ? quiet : .info) { [self] entry in
            EventStream.warning(entry)
            if isQuiet, entry.level < .error { return }
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

    static var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
            return (80, 24)
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// How wide what is printed to standard output may be.
    static var resultWidth: Int {
        var size = winsize()
        return ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) - 1 : 79
    }

    private static var timeOfDay: String { String(now.rfc3339.dropFirst(11).prefix(8)) }

    /// The wall clock, for showing only.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Writes all of it, or gives up silently: there is nobody left to tell.
    private static func write(_ descriptor: Int32, _ text: String) { _ = written(descriptor, text) }

    /// Writes all of it. Returns 0, or the system's code for why not.
    private static func written(_ descriptor: Int32, _ text: String) -> Int32 {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return count < 0 ? errno : EIO }
            rest = rest.dropFirst(count)
        }
        return 0
    }
}
