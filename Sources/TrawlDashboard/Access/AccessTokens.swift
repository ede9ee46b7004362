/// The tokens that let people in, each with the name of its holder.
package struct AccessTokens: Sendable {
    private var holders: [(name: String, token: [UInt8])] = []

    /// Shorter ones can be guessed.
    package static let shortest = 16

    package init() {}

    package var isEmpty: Bool { holders.isEmpty }

    /// Reads one token per line, optionally after the name of its holder and a space. Empty lines and lines that begin with
    /// `#` are passed over.
    ///
    /// - Throws: ``TokenFault`` for a line that is neither, and for no token at all.
    package init(file text: String) throws(TokenFault) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map(String.init)
            guard let first = words.first, !first.hasPrefix("#") else { continue }
            guard words.count <= 2 else { throw TokenFault("line \(number + 1) is not '[NAME] TOKEN'") }
            do throws(TokenFault) {
                try add(words.count == 2 ? first : "token", words[words.count - 1])
            } catch {
                throw TokenFault("line \(number + 1): \(error.reason)")
            }
        }
        guard !isEmpty else { throw TokenFault("there is no token in it") }
    }

    package mutating func add(_ name: String, _ token: String) throws(TokenFault) {
        guard token.utf8.count >= Self.shortest else {
            throw TokenFault("a token has \(Self.shortest) characters or more: 'openssl rand -hex 24' makes a good one")
        }
        guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw TokenFault("a token has only printable ASCII characters, and no space")
        }
        holders.append((name, Array(token.utf8)))
    }

    /// The name that goes with a token. Takes the same time whichever is right, if any.
    func holder(of token: String) -> String? {
        let given = Array(token.utf8)
        var name: String?
        for holder in holders where Self.areEqual(given, holder.token) { name = holder.name }
        return name
    }

    /// Tells no more by its time than how long the known one is.
    private static func areEqual(_ given: [UInt8], _ known: [UInt8]) -> Bool {
        var difference: UInt8 = given.count == known.count ? 0 : 1
        for index in known.indices { difference |= known[index] ^ (index < given.count ? given[index] : 0) }
        return difference == 0
    }
}

/// Why something is no token. Never says what it was.
package struct TokenFault: Error, Hashable {
    package let reason: String

    init(_ reason: String) { self.reason = reason }
}
