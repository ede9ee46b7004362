import Glibc
import Guarded

/// A blocking call on a thread of its own, one at a time. It may hang for ever, as calls to a dead NFS server do: then it
/// costs one thread and nobody waits for it.
final class SlowCall<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var isAtWork = false
        var value: Value?
    }

    private let state = Guarded(State())

    /// What `body` says, or what an earlier one said too late. Nil where none returns within `limit`.
    func value(within limit: Duration = .seconds(3), _ body: @escaping @Sendable () -> Value) async -> Value? {
        let mayBegin = state.with { state in
            guard !state.isAtWork, state.value == nil else { return false }
            state.isAtWork = true
            return true
        }
        if mayBegin {
            let (ended, end) = AsyncStream<Never>.makeStream()
            startThread { [state] in
                let value = body()
                state.with { $0 = State(value: value) }
                end.finish()
            }
            let timer = Task {
                // Cancelled when the call was faster.
                try? await Task.sleep(for: limit)
                end.finish()
            }
            for await _ in ended {}
            timer.cancel()
        }
        return state.with { state in
            defer { state.value = nil }
            return state.value
        }
    }
}

/// Runs whatever a task does on threads of its own: reading a store takes none of the cooperative pool's, of which there are
/// few, and one that hangs holds up nothing else.
final class OwnThreads: TaskExecutor {
    static let shared = OwnThreads()

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        startThread { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Starts a detached thread.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let created = pthread_create(
        &thread, nil,
        { context in
            guard let context else { return nil }
            Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
            return nil
        }, Unmanaged.passRetained(Box(body)).toOpaque())
    precondition(created == 0, "cannot start a thread: errno \(created)")
    pthread_detach(thread)
}
