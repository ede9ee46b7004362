import Glibc
import Guarded

/// Single keys from the terminal, without waiting for a whole line and without showing them.
final class Keyboard: Sendable {
    /// How the terminal was; nil once it is that way again.
    private let before: Guarded<termios?>

    /// Nil where standard input is no terminal, or one that another job has now.
    init?() {
        var modes = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetpgrp(STDIN_FILENO) == getpgrp(), tcgetattr(STDIN_FILENO, &modes) == 0
        else { return nil }
        before = Guarded(modes)
        // Ctrl-C stays a signal.
        modes.c_lflag &= ~tcflag_t(ICANON | ECHO)
        guard tcsetattr(STDIN_FILENO, TCSANOW, &modes) == 0 else { return nil }
        LastWords.add { [self] _ in close() }
    }

    /// The next key that was pressed, if any.
    func pressed() -> UInt8? {
        var waiting = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 0) == 1, waiting.revents & Int16(POLLIN) != 0 else { return nil }
        var key: UInt8 = 0
        return read(STDIN_FILENO, &key, 1) == 1 ? key : nil
    }

    /// The terminal is again as it was.
    func close() {
        before.with { before in
            guard var modes = before else { return }
            tcsetattr(STDIN_FILENO, TCSANOW, &modes)
            before = nil
        }
    }
}
