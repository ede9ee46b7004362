import Glibc

/// What a plain TCP client saw.
struct RawOutcome: Sendable, Equatable {
    enum Ending: Sendable, Equatable { case closed, reset, other(Int32) }

    var received: String
    var ending: Ending

    var body: String {
        guard let gap = received.range(of: "\r\n\r\n") else { return "" }
        return String(received[gap.upperBound...])
    }
    var statusLine: String { String(received.prefix { $0 != "\r\n" && $0 != "\r" }) }
}

extension String {
    /// Foundation has this; the tests do without it.
    func range(of needle: String) -> Range<String.Index>? {
        let (hay, pin) = (Array(utf8), Array(needle.utf8))
        guard hay.count >= pin.count else { return nil }
        for start in 0...(hay.count - pin.count) where hay[start..<(start + pin.count)].elementsEqual(pin) {
            return utf8.index(
                utf8.startIndex, offsetBy: start)..<utf8.index(utf8.startIndex, offsetBy: start + pin.count)
        }
        return nil
    }
}

/// Sends bytes to a loopback port and reads until the peer ends the connection.
func rawExchange(port: UInt16, _ request: String) async -> RawOutcome {
    await withCheckedContinuation { continuation in
        onOwnThread { continuation.resume(returning: blockingExchange(port: port, Array(request.utf8))) }
    }
}

/// Runs blocking work on a thread of its own. Not on a Dispatch queue: those share their threads with Swift's pool,
/// which the handlers under test need.
func onOwnThread(_ work: @escaping @Sendable () -> Void) {
    final class Work: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
    var thread = pthread_t()
    let result = pthread_create(
        &thread, nil,
        { context in
            Unmanaged<Work>.fromOpaque(context!).takeRetainedValue().run()
            return nil
        }, Unmanaged.passRetained(Work(work)).toOpaque())
    precondition(result == 0, "no thread")
    pthread_detach(thread)
}

private func blockingExchange(port: UInt16, _ request: [UInt8]) -> RawOutcome {
    let descriptor = connectToLoopback(port: port)
    defer { close(descriptor) }
    var sent = 0
    while sent < request.count {
        let count = request.withUnsafeBytes {
            send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
        }
        if count < 0 { break }
        sent += count
    }
    var received: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 {
            received.append(contentsOf: buffer[..<count])
            continue
        }
        let code = errno
        let ending: RawOutcome.Ending = count == 0 ? .closed : code == ECONNRESET ? .reset : .other(code)
        return RawOutcome(received: String(decoding: received, as: UTF8.self), ending: ending)
    }
}

func connectToLoopback(port: UInt16) -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = loopbackAddress(port: port)
    let result = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    precondition(result == 0, "no server on port \(port)")
    return descriptor
}

func loopbackAddress(port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
}
