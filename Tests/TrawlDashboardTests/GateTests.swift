import HTTPServer
import Testing

@testable import TrawlDashboard

func request(
    _ method: String = "GET", _ target: String = "/", host: String? = "127.0.0.1:8420",
    _ headers: [String: String] = [:],
    body: String = ""
) -> HTTPServerRequest {
    var all = headers.map { ($0.key, $0.value) }
    if let host { all.append(("Host", host)) }
    return HTTPServerRequest(
        method: method, target: Array(target.utf8), headers: all, body: Array(body.utf8), peer: "127.0.0.1")
}

struct GateTests {
    private let token = "correct-horse-battery"

    private func gate(tokens: String = "", hosts: [String] = [], addresses: Bool = false) throws -> Gate {
        try Gate(
            tokens: tokens.isEmpty ? AccessTokens() : AccessTokens(file: tokens), hosts: hosts,
            allowsAddresses: addresses)
    }

    // MARK: - Names

    @Test(arguments: [
        "localhost", "LOCALHOST:8420", "localhost.", "127.0.0.1", "127.0.0.1:1", "127.9.9.9:80", "[::1]", "[::1]:8420",
    ])
    func `loopback is a name of this server`(host: String) throws {
        #expect(try gate().isAddressed(request(host: host)))
    }

    @Test(arguments: [
        "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.evil.example", "192.168.1.5:8420",
        "[::2]", "[::1", "[localhost]", "localhost:8420:1", "localhost:", "localhost:x", "", "a b", "localhost/x",
        "user@localhost",
    ])
    func `any other name is not`(host: String) throws {
        #expect(try !gate().isAddressed(request(host: host)))
    }

    @Test func `a request without a name is not for this server`() throws {
        #expect(try !gate().isAddressed(request(host: nil)))
    }

    @Test func `named hosts are names, and addresses only where the server listens on them`() throws {
        let named = try gate(hosts: ["Trawl.internal"])
        #expect(named.isAddressed(request(host: "trawl.INTERNAL:80")))
        #expect(!named.isAddressed(request(host: "other.internal")))
        let open = try gate(addresses: true)
        #expect(open.isAddressed(request(host: "192.168.1.5:8420")))
        #expect(open.isAddressed(request(host: "[fe80::1]")))
        #expect(!open.isAddressed(request(host: "evil.example")))
    }

    @Test func `what is allowed with --allow-host is a bare name`() {
        #expect(Gate.isName("trawl.internal"))
        for text in ["http://trawl", "trawl:80", "trawl/", "", "a b"] { #expect(!Gate.isName(text), "\(text)") }
    }

    // MARK: - Tokens

    @Test func `without tokens everybody is local`() throws {
        #expect(try gate().caller(request()) == Caller(name: "local", address: "127.0.0.1"))
    }

    @Test func `a bearer token tells its holder, and only the whole of it does`() throws {
        let gate = try gate(tokens: "# people\n\nanna \(token)\nother-token-of-16-chars\n")
        func name(_ value: String) -> String? { gate.caller(request("GET", "/", ["Authorization": value]))?.name }
        #expect(name("Bearer \(token)") == "anna")
        #expect(name("bearer other-token-of-16-chars") == "token")
        for wrong in [
            "Bearer \(token)x", "Bearer \(token.dropLast())", "Bearer ", "Bearer", "Basic \(token)", token,
            "Bearer anna",
        ] {
            #expect(name(wrong) == nil, "\(wrong)")
        }
        #expect(gate.caller(request()) == nil)
    }

    @Test func `a session is good until it ends, and a wrong bearer token is not made good by one`() throws {
        let gate = try gate(tokens: token)
        let secret = gate.sessions.begin("anna")
        let cookie = ["Cookie": "a=b; \(Gate.cookie)=\(secret); c=d"]
        #expect(gate.caller(request("GET", "/", cookie))?.name == "anna")
        #expect(gate.caller(request("GET", "/", ["Cookie": "\(Gate.cookie)=\(secret)0"])) == nil)
        #expect(gate.caller(request("GET", "/", cookie.merging(["Authorization": "Bearer no"]) { $1 })) == nil)
        #expect(gate.sessions.holder(of: secret, now: .now + .seconds(13 * 3600)) == nil)
        gate.sessions.end(secret)
        #expect(gate.caller(request("GET", "/", cookie)) == nil)
    }

    @Test func `sessions have secrets of their own`() throws {
        let sessions = Sessions()
        let secrets = (0..<100).map { _ in sessions.begin("anna") }
        #expect(Set(secrets).count == 100)
        #expect(secrets.allSatisfy { $0.utf8.count == 64 })
    }

    @Test(arguments: [
        ("short", "line 1: a token has 16 characters or more: 'openssl rand -hex 24' makes a good one"),
        ("anna correct-horse-battery again", "line 1 is not '[NAME] TOKEN'"),
        ("# only words\n\n", "there is no token in it"),
        ("\nanna correct-hörse-battery", "line 2: a token has only printable ASCII characters, and no space"),
    ])
    func `a token file that is none says why and never what it holds`(text: String, reason: String) {
        let fault = #expect(throws: TokenFault.self) { try AccessTokens(file: text) }
        #expect(fault?.reason == reason)
    }

    // MARK: - Where a change comes from

    @Test func `a change comes from a page of this server, or from no page`() throws {
        let gate = try gate()
        func isOwn(_ headers: [String: String]) -> Bool { gate.isOfOwnPage(request("POST", "/", headers)) }
        #expect(isOwn([:]))
        #expect(isOwn(["Origin": "http://127.0.0.1:8420", "Sec-Fetch-Site": "same-origin"]))
        #expect(isOwn(["Origin": "https://127.0.0.1:8420"]))
        for foreign in [
            ["Origin": "http://evil.example"], ["Origin": "null"], ["Origin": "http://127.0.0.1:9999"],
            ["Origin": "http://localhost:8420"], ["Sec-Fetch-Site": "cross-site"], ["Sec-Fetch-Site": "same-site"],
            ["Sec-Fetch-Site": "none"], ["Origin": "http://127.0.0.1:8420", "Sec-Fetch-Site": "cross-site"],
            ["Origin": ""],
        ] {
            #expect(!isOwn(foreign), "\(foreign)")
        }
    }
}
