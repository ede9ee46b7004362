import FoundationEssentials
import Glibc
import Redis
import Simulator
import Testing
import TrawlTestKit

extension ClusterTests {
    /// Credentials travel encrypted, to a host that has shown who it is, or not at all.
    @Suite struct TransportTests {
        /// Speaks TLS with the certificate and key of its arguments, and passes everything on to a port.
        private static let terminator = """
            import select, socket, ssl, sys, threading

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1], sys.argv[2])

            def serve(plain):
                try:
                    client = context.wrap_socket(plain, server_side=True)
                    service = socket.create_connection(("127.0.0.1", int(sys.argv[3])))
                    while True:
                        ready = [client] if client.pending() else select.select([client, service], [], [])[0]
                        for one in ready:
                            data = one.recv(65536)
                            if not data:
                                client.close()
                                service.close()
                                return
                            (service if one is client else client).sendall(data)
                except OSError:
                    plain.close()

            server = socket.create_server(("127.0.0.1", 0))
            print(server.getsockname()[1], flush=True)
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
            """

        /// The port of a server that speaks TLS as `localhost`, in front of the lab's simulator. Its certificate is in
        /// `certificate.pem`.
        private static func secured(_ lab: Lab) async throws -> String {
            try lab.write(terminator, to: "terminator.py")
            let made = try await lab.start(
                after:
                    "exec openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
                    + "-addext subjectAltName=DNS:localhost -keyout key.pem -out certificate.pem",
                []
            ).result()
            try #require(made.end == .exited(0), "\(made.error)")
            let port = try #require(lab.simulator.port)
            let proxy = try await lab.start(
                after: "exec python3 terminator.py certificate.pem key.pem \(port)", [])
            try await eventually("a port") { await proxy.outputText.hasSuffix("\n") }
            return String(await proxy.outputText.dropLast())
        }

        private static func words(_ lab: Lab, api: String) -> [String] {
            var words = lab.run()
            words[words.firstIndex(of: lab.url)!] = api
            return words
        }

        @Test func `a certificate of an unknown authority is refused in one line that says what to do`() async throws {
            try await Lab.with { lab in
                let port = try await Self.secured(lab)
                let result = try await lab.start(Self.words(lab, api: "https://localhost:\(port)")).result()
                #expect(result.end == .exited(3))
                #expect(result.errorLines.count == 1)
                #expect(result.error.contains("localhost:\(port): its certificate is refused"), "\(result.error)")
                #expect(result.error.contains("SSL_CERT_FILE"))
                #expect(!lab.exists("out"))
                // Not even the login arrived.
                #expect(lab.simulator.statistics.requests.isEmpty)
            }
        }

        @Test func `with its authority in SSL_CERT_FILE a whole run goes over TLS`() async throws {
            try await Lab.with { lab in
                let port = try await Self.secured(lab)
                let result = try await lab.start(
                    Self.words(lab, api: "https://localhost:\(port)"),
                    environment: ["SSL_CERT_FILE": lab.path("certificate.pem")]
                ).result()
                #expect(result.end == .exited(0), "\(result.error)")
                try lab.expectTruth()
            }
        }

        @Test func `a certificate for another name is refused even from a known authority`() async throws {
            try await Lab.with { lab in
                let port = try await Self.secured(lab)
                let result = try await lab.start(
                    Self.words(lab, api: "https://127.0.0.1:\(port)"),
                    environment: ["SSL_CERT_FILE": lab.path("certificate.pem")]
                ).result()
                #expect(result.end == .exited(3))
                #expect(result.error.contains("its certificate is refused"), "\(result.error)")
                #expect(lab.simulator.statistics.requests.isEmpty)
            }
        }

        @Test(arguments: ["run", "plan", "worker", "doctor"], ["--api-url", "--login-url"])
        func `plain http to another host is refused in one line`(command: String, option: String) async throws {
            try await Lab.with { lab in
                let what = ["--from", "2024-01-01", "--to", "2024-01-02", "--out", "out"]
                let redis = ["--redis", "redis://127.0.0.1:1"]
                let words: [String] =
                    switch command {
                    case "worker": redis
                    case "doctor": []
                    default: what + redis
                    }
                // Names that only look like this machine, too.
                for host in ["api.example.com", "127.evil.co.m", "127.0.0.256", "localhost.example.com:8080"] {
                    var given = [option, "http://\(host)"]
                    if option != "--api-url" { given += ["--api-url", lab.url] }
                    let result = try await lab.start([command] + words + given).result()
                    #expect(result.end == .exited(64))
                    #expect(command == "doctor" || result.errorLines.count == 1, "\(result.error)")
                    let said = result.error + result.output
                    #expect(said.contains("\(option) http://\(host)"), "\(said)")
                    #expect(said.contains("--insecure-http"))
                    #expect(!lab.exists("out"))
                }
                #expect(lab.simulator.statistics.requests.isEmpty)
            }
        }

        @Test func `with --insecure-http plain http is tried, and this machine needs no such word`() async throws {
            try await Lab.with { lab in
                // A name that leads nowhere, by the standard that reserves it.
                let result = try await lab.start(
                    Self.words(lab, api: "http://trawl.invalid") + ["--insecure-http"]
                ).result(within: .seconds(90))
                #expect(result.end == .exited(3))
                #expect(result.error.contains("trawl.invalid"), "\(result.error)")
                let port = try #require(lab.simulator.port)
                try await lab.complete(Self.words(lab, api: "http://localhost:\(port)"))
                try lab.expectTruth()
            }
        }

        @Test func `a plan that names a plain http host is refused by a worker`() async throws {
            let server = try await RedisServer(.init(usesTCP: true))
            guard case .tcp(_, let port) = server.url.endpoint else { throw TestFailure("no port") }
            let redis = "redis://127.0.0.1:\(port)"
            try await Lab.with { lab in
                let plan = try await lab.trawl(
                    "plan", "--from", "2024-01-01", "--to", "2024-01-02", "--out", "out", "--api-url",
                    "http://gateway.example.com", "--insecure-http", "--redis", redis)
                #expect(plan.end == .exited(0), "\(plan.error)")
                let worker = try await lab.trawl(
                    "worker", "--redis", redis, "--until-idle", "--allow-host", "gateway.example.com")
                #expect(worker.end == .exited(64))
                #expect(worker.error.contains("--insecure-http"), "\(worker.error)")
            }
            await server.stop()
        }

        @Test func `a redirect is not followed, and the token stays here`() async throws {
            // The other server would note the visit.
            let other = try Simulator(Lab.small)
            let elsewhere = try other.start()
            defer { other.stop() }
            try await Lab.with { lab in
                try lab.write(
                    """
                    import http.server, sys

                    class Handler(http.server.BaseHTTPRequestHandler):
                        def do_POST(self):
                            self.send_response(307)
                            self.send_header("Location", sys.argv[1] + self.path)
                            self.send_header("Content-Length", "0")
                            self.end_headers()

                    server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
                    print(server.server_port, flush=True)
                    server.serve_forever()
                    """, to: "redirect.py")
                let server = try await lab.start(after: "exec python3 redirect.py \(elsewhere)", [])
                try await eventually("a port") { await server.outputText.hasSuffix("\n") }
                let port = String(await server.outputText.dropLast())
                let result = try await lab.start(Self.words(lab, api: "http://127.0.0.1:\(port)")).result()
                #expect(result.end == .exited(4), "\(result.error)")
                #expect(result.error.contains("307"), "\(result.error)")
                #expect(other.statistics.requests.isEmpty)
            }
        }
    }
}
