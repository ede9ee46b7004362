/// Why a simulator cannot be started; each description is one line for its user.
package enum SimulatorError: Error, Equatable, Sendable, CustomStringConvertible {
    /// An option has a value that makes no sense.
    case option(name: String, reason: String)
    /// The fault script is wrong at `path`, like `rules[2].fault.kind`.
    case faults(path: String, reason: String)
    /// The fixture is no list of conversations.
    case fixture(reason: String)

    package var description: String {
        switch self {
        case .option(let name, let reason): "simulator: \(name) \(reason)"
        case .faults(let path, let reason): "simulator: fault script: \(path): \(reason)"
        case .fixture(let reason): "simulator: fixture: \(reason)"
        }
    }
}
