import CMicroHTTPD
import Guarded

/// A response body without an end in sight: each piece is asked for when the one before was handed to the kernel, and the
/// connection is suspended until it comes.
final class ResponseStream: Sendable {
    private struct State: Sendable {
        /// What is left of the latest piece.
        var rest: ArraySlice<UInt8> = []
        var hasEnded = false
    }

    private let connection: Connection
    private let parked: ParkedConnections
    private let next: @Sendable () async -> [UInt8]?
    private let state = Guarded(State())

    private static let blockSize = 32 << 10

    init(connection: Connection, parked: ParkedConnections, next: @escaping @Sendable () async -> [UInt8]?) {
        self.connection = connection
        self.parked = parked
        self.next = next
    }

    /// A libmicrohttpd response that keeps this stream until it ends or its client is gone; nil when out of memory.
    func makeResponse() -> OpaquePointer? {
        let context = Unmanaged.passRetained(self).toOpaque()
        let response = MHD_create_response_from_callback(
            UInt64.max,  // MHD_SIZE_UNKNOWN, a macro with a cast
            Self.blockSize,
            { context, _, space, size in
                Unmanaged<ResponseStream>.fromOpaque(context!).takeUnretainedValue().copy(to: space!, atMost: size)
            }, context, { Unmanaged<ResponseStream>.fromOpaque($0!).release() })
        if response == nil { Unmanaged<ResponseStream>.fromOpaque(context).release() }
        return response
    }

    /// The content reader: how many bytes were copied, 0 to be asked again when there is a piece, or the end.
    private func copy(to space: UnsafeMutablePointer<CChar>, atMost size: Int) -> Int {
        let count: Int? = state.with { state in
            if state.hasEnded { return -1 }  // MHD_CONTENT_READER_END_OF_STREAM, likewise
            guard !state.rest.isEmpty else { return nil }
            let piece = state.rest.prefix(size)
            state.rest = state.rest.dropFirst(size)
            UnsafeMutableRawBufferPointer(start: space, count: size).copyBytes(from: piece)
            return piece.count
        }
        if let count { return count }
        let isParked = parked.park(connection) {
            let piece = await self.next()
            self.state.with { state in
                if let piece { state.rest = piece[...] } else { state.hasEnded = true }
            }
        }
        return isParked ? 0 : -2  // MHD_CONTENT_READER_END_WITH_ERROR: the server stops
    }
}
