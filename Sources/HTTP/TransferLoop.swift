import CCurl
import Glibc
import Guarded

/// One thread that owns a curl multi handle and everything attached to it.
///
/// Other threads only leave messages and wake the thread. The multi handle is released by the thread itself after
/// `close()`; no message is accepted and nobody is woken after that, so no one can touch a released handle.
final class TransferLoop: Sendable {
    enum Message: Sendable {
        case start(Job)
        case cancel(Ticket)
    }

    private struct Mailbox: Sendable {
        var open = true
        var messages: [Message] = []
    }

    private struct Multi: @unchecked Sendable {  // off the thread only curl_multi_wakeup, which is made for that
        let pointer: UnsafeMutableRawPointer
    }

    private let mailbox = Guarded(Mailbox())
    private let multi: Multi
    private let maximumConnectionsPerHost: Int

    init(maximumConnectionsPerHost: Int) {
        _ = curlIsReady
        guard let pointer = curl_multi_init() else { fatalError("out of memory") }
        multi = Multi(pointer: pointer)
        self.maximumConnectionsPerHost = maximumConnectionsPerHost
        CCurl_multi_set_long(pointer, CURLMOPT_MAX_HOST_CONNECTIONS, maximumConnectionsPerHost)
        // Idle connections kept, over all hosts: room for the API and its log-in host.
        CCurl_multi_set_long(pointer, CURLMOPT_MAXCONNECTS, maximumConnectionsPerHost * 2)
        CCurl_multi_set_long(pointer, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
        startThread()
    }

    /// False once closed; the message is not taken then.
    func post(_ message: Message) -> Bool {
        mailbox.with { mailbox in
            guard mailbox.open else { return false }
            mailbox.messages.append(message)
            if mailbox.messages.count == 1 { curl_multi_wakeup(multi.pointer) }
            return true
        }
    }

    /// Ends the thread; every job it has or was sent fails as closed. Does not wait for that.
    func close() {
        mailbox.with { mailbox in
            guard mailbox.open else { return }
            mailbox.open = false
            curl_multi_wakeup(multi.pointer)
        }
    }

    private func startThread() {
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<TransferLoop>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        precondition(result == 0, "cannot start a thread: \(String(cString: strerror(result)))")
        pthread_detach(thread)
    }

    private func run() {
        blockBrokenPipeSignals()
        var transfers = Transfers(multi: multi.pointer, spareHandles: maximumConnectionsPerHost * 2)
        while true {
            let (messages, open) = mailbox.with { mailbox in
                defer { mailbox.messages = [] }
                return (mailbox.messages, mailbox.open)
            }
            guard open else {
                transfers.close(unstarted: messages)
                return
            }
            for message in messages {
                switch message {
                case .start(let job): transfers.start(job)
                case .cancel(let ticket): transfers.cancel(ticket)
                }
            }
            transfers.advance()
            // A wake-up between taking the messages and here is not lost: it makes the poll return at once.
            curl_multi_poll(multi.pointer, nil, 0, transfers.longestSleep(), nil)
        }
    }

    /// curl leaves that to us with NOSIGNAL, and OpenSSL writes without MSG_NOSIGNAL.
    private func blockBrokenPipeSignals() {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
    }
}

private let curlIsReady: Void = {
    let code = CCurl_global_init()
    precondition(code == CURLE_OK, "curl_global_init: \(String(cString: curl_easy_strerror(code)))")
}()
