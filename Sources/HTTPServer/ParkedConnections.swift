import CMicroHTTPD
import Guarded

/// A libmicrohttpd connection.
struct Connection: Hashable, @unchecked Sendable {  // an address; only ParkedConnections uses it off the server thread
    let pointer: OpaquePointer
}

/// The connections that wait for something other than their socket: a handler at work, the pause of a drip.
///
/// libmicrohttpd aborts the process when it is stopped while a connection is suspended. Suspending, resuming and
/// `close()` therefore exclude each other, and after `close()` nothing can be suspended any more. A suspended
/// connection is never freed, so its address stays good until it is resumed here.
final class ParkedConnections: Sendable {
    private struct State: Sendable {
        var closed = false
        var tasks: [Connection: Task<Void, Never>] = [:]
    }

    private let state = Guarded(State())

    /// Suspends the connection and resumes it when `work` is done. False, with no effect, once closed.
    ///
    /// `work` is unstructured because it starts in a C callback that must return at once; `close()` cancels it.
    func park(_ connection: Connection, until work: @escaping @Sendable () async -> Void) -> Bool {
        state.with { state in
            guard !state.closed else { return false }
            MHD_suspend_connection(connection.pointer)
            state.tasks[connection] = Task {
                await work()
                self.resume(connection)
            }
            return true
        }
    }

    /// Cancels the work of every parked connection and resumes them all.
    func close() {
        state.with { state in
            state.closed = true
            for (connection, task) in state.tasks {
                task.cancel()
                MHD_resume_connection(connection.pointer)
            }
            state.tasks.removeAll()
        }
    }

    private func resume(_ connection: Connection) {
        state.with { state in
            if state.tasks.removeValue(forKey: connection) != nil { MHD_resume_connection(connection.pointer) }
        }
    }
}
