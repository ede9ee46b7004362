import Foundation
import Glibc
import TrawlCore

/// The line between a supervisor and its worker: the worker's standard input.
///
/// Its first line hands over what a worker must know and nobody else may: secrets are in no worker's environment, where
/// crash reporters and process listings find them.
enum ControlLine {
    static let drain = "drain"

    /// What stands for variables of the environment, as one line.
    static func handover(_ variables: [String: String]) -> String {
        JSONValue.object(variables.mapValues(JSONValue.string)).canonical
    }

    /// The variables handed over. Blocks until the supervisor has sent them; none where it has gone.
    static func readHandover() -> [String: String] {
        // Whatever is no such line comes from no supervisor of ours, and what is missing is reported where it is needed.
        guard let line = readLine(), let value = try? JSONDecoder().decode([String: String].self, from: Data(line))
        else { return [:] }
        return value
    }

    /// Blocks until the supervisor says so, or has gone.
    static func awaitDrain() {
        while let line = readLine() {
            if line.elementsEqual(drain.utf8) { return }
        }
    }

    /// The next line; nil at the end. Reads without stdio, whose lock would be held at exit, and byte by byte, so that
    /// nothing of a later line is taken.
    private static func readLine() -> [UInt8]? {
        var text: [UInt8] = []
        var byte: UInt8 = 0
        while true {
            let count = read(STDIN_FILENO, &byte, 1)
            if count < 0, errno == EINTR { continue }
            guard count == 1 else { return nil }
            if byte == UInt8(ascii: "\n") { return text }
            text.append(byte)
        }
    }
}
