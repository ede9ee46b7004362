import Glibc
import Redis

/// A peer on a unix socket that answers each burst of input of its only connection with the next of its lines, and
/// hangs up after the last one has been read and the next input comes. Later connections are refused.
final class ScriptedPeer: Sendable {
    let url: RedisURL
    private let directory: String

    struct Failure: Error { let code: Int32 }

    init(answers: [String]) throws {
        var template = Array("/tmp/trawl-peer-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure(code: errno) }
        directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = directory + "/s"
        url = RedisURL(endpoint: .unix(path: path))
        let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let code = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0 ? listen(listener, 1) : -1
            }
        }
        guard code == 0 else { throw Failure(code: errno) }
        Self.detach { Self.serve(listener, answers) }
    }

    deinit {
        unlink(directory + "/s")
        rmdir(directory)
    }

    private static func serve(_ listener: Int32, _ answers: [String]) {
        let connection = accept(listener, nil, nil)
        close(listener)
        var input = [UInt8](repeating: 0, count: 4096)
        for answer in answers {
            guard recv(connection, &input, input.count, 0) > 0 else { break }
            _ = Array(answer.utf8).withUnsafeBytes { send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        }
        while recv(connection, &input, input.count, 0) > 0 {}
        close(connection)
    }

    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    private static func detach(_ body: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
            Unmanaged<Job>.fromOpaque(pointer!).takeRetainedValue().body()
            return nil
        }
        let code = pthread_create(&thread, nil, start, Unmanaged.passRetained(Job(body)).toOpaque())
        precondition(code == 0, "cannot start a thread")
        pthread_detach(thread)
    }
}
