import Glibc
import Testing
import TrawlTestKit

extension ClusterTests {
    /// `trawl health`: what a container's health check is told.
    @Suite struct HealthTests {
        @Test func `a 200 is healthy, and nothing is said`() async throws {
            try await Lab.with { lab in
                let result = try await lab.start(["health", lab.url + "/stats"]).result()
                #expect(result.end == .exited(0), "\(result.error)")
                #expect(result.output.isEmpty && result.error.isEmpty)
            }
        }

        @Test func `any other status is not, and the line says which`() async throws {
            try await Lab.with { lab in
                let result = try await lab.start(["health", lab.url + "/nothing-here"]).result()
                #expect(result.end == .exited(1))
                #expect(result.errorLines.count == 1)
                #expect(result.error.contains("/nothing-here answers 404"), "\(result.error)")
            }
        }

        @Test func `where nobody listens, or nobody answers, it ends 1 in its time`() async throws {
            try await Lab.with { lab in
                let listening = try Listener()
                defer { listening.close() }
                let silent = try await lab.start(
                    ["health", "http://127.0.0.1:\(listening.port)/readyz", "--timeout", "200ms"]
                ).result()
                #expect(silent.end == .exited(1))
                #expect(silent.error.contains("timed out"), "\(silent.error)")
                listening.close()
                let closed = try await lab.start(["health", "http://127.0.0.1:\(listening.port)/readyz"]).result()
                #expect(closed.end == .exited(1))
                #expect(closed.error.contains("cannot connect"), "\(closed.error)")
            }
        }

        @Test(arguments: [[], ["localhost:9464"], ["ftp://127.0.0.1"], ["http://"], ["http://h", "--timeout", "soon"]])
        func `a mistake in the command is one line`(words: [String]) async throws {
            try await Lab.with { lab in
                let result = try await lab.start(["health"] + words).result()
                #expect(result.end == .exited(64), "\(result.error)")
                #expect(result.errorLines.count == 1)
            }
        }
    }
}

/// A port that takes connections and says nothing.
private final class Listener {
    private var descriptor: Int32
    let port: UInt16

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 8) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard isListening else { throw TestFailure("cannot listen on loopback: \(errno)") }
        port = UInt16(bigEndian: address.sin_port)
    }

    func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}
