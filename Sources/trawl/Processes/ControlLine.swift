import Glibc

/// The line between a supervisor and its worker: the worker's standard input.
enum ControlLine {
    static let drain = "drain"

    /// Blocks until the supervisor says so, or has gone. Reads without stdio, whose lock would be held at exit.
    static func awaitDrain() {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return }
            if byte != UInt8(ascii: "\n") {
                text.append(byte)
            } else if text.elementsEqual(drain.utf8) {
                return
            } else {
                text = []
            }
        }
    }
}
