import TrawlCore

/// Issues bearer tokens and knows which are good.
struct TokenDesk: Sendable {
    /// An OAuth refusal, whose body has a shape of its own.
    struct Refusal: Error, Equatable {
        let status: Int
        let error: String
        let description: String
    }

    private let clients: [String: String]
    private let lifetime: Int64
    private var random: SplitMix
    /// Microseconds at which each token ends, and whose it is.
    private var tokens: [String: (client: String, end: Int64)] = [:]

    init(options: SimulatorOptions) {
        clients = Dictionary(options.clients.map { ($0.id, $0.secret) }) { $1 }
        lifetime = options.tokenLifetime.wholeMicroseconds
        random = SplitMix(seed: options.seed ^ 0x746F_6B65_6E)
        for token in options.accessTokens { tokens[token] = ("access token", .max) }
    }

    mutating func issue(client: String, secret: String, now: Int64) throws(Refusal) -> String {
        guard let expected = clients[client] else {
            throw Refusal(status: 400, error: "invalid_client", description: "client not found")
        }
        guard expected == secret else {
            throw Refusal(status: 401, error: "invalid_client", description: "authentication failed")
        }
        tokens = tokens.filter { $0.value.end > now }
        let id = (ConversationID(random: &random).text + ConversationID(random: &random).text)
        let token = String(id.filter { $0 != "-" })
        tokens[token] = (client, now + lifetime)
        return token
    }

    /// The client whose token this is; nil when it is unknown or has expired.
    func client(of token: String, now: Int64) -> String? {
        guard let found = tokens[token], found.end > now else { return nil }
        return found.client
    }

    mutating func expireAll() {
        tokens.removeAll()
    }
}
