import CCurl

/// Sets options on an easy handle and remembers the first refusal.
struct EasySetup {
    private let easy: UnsafeMutableRawPointer
    private(set) var failure: CURLcode?

    init(_ easy: UnsafeMutableRawPointer) { self.easy = easy }

    mutating func long(_ option: CURLoption, _ value: Int) {
        note(CCurl_set_long(easy, option, value))
    }

    mutating func offset(_ option: CURLoption, _ value: Int) {
        note(CCurl_set_offset(easy, option, value))
    }

    mutating func string(_ option: CURLoption, _ value: String) {
        note(CCurl_set_string(easy, option, value))
    }

    /// What the pointer points to must outlive the transfer.
    mutating func pointer(_ option: CURLoption, _ value: UnsafeRawPointer?) {
        note(CCurl_set_pointer(easy, option, value))
    }

    mutating func receiver(_ option: CURLoption, _ value: @escaping CCurl_receiver) {
        note(CCurl_set_receiver(easy, option, value))
    }

    private mutating func note(_ code: CURLcode) {
        if code != CURLE_OK && failure == nil { failure = code }
    }
}
