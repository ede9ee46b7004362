/// Who sent a request, for the log of what was done.
package struct Caller: Hashable, Sendable, CustomStringConvertible {
    /// The name that goes with the token, or `local` where none is asked for.
    package var name: String
    /// The IP address the request came from.
    package var address: String

    package init(name: String, address: String) {
        self.name = name
        self.address = address
    }

    package var description: String { address.isEmpty ? name : "\(name) from \(address)" }
}
