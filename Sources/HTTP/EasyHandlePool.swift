import CCurl

/// Easy handles that wait for their next request. The connections are not in them but in the multi handle.
struct EasyHandlePool: ~Copyable {
    private var idle: [UnsafeMutableRawPointer] = []
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    deinit { for easy in idle { curl_easy_cleanup(easy) } }

    /// Nil when out of memory.
    mutating func take() -> UnsafeMutableRawPointer? {
        idle.popLast() ?? curl_easy_init()
    }

    mutating func give(back easy: UnsafeMutableRawPointer) {
        guard idle.count < capacity else { return curl_easy_cleanup(easy) }
        curl_easy_reset(easy)
        idle.append(easy)
    }
}
