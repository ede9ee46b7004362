/// How far a walk has got, as an opaque text that its query gets back.
///
/// The text carries a binding to its query and a check of itself, so that the answerer keeps nothing and still notices a
/// text that was changed on its way or that belongs to another query.
struct WalkPosition: Sendable, Equatable {
    /// The match that comes next.
    let offset: Int
    /// A hash of all that must not change during the walk.
    let binding: UInt64

    enum Spelling: Sendable {
        /// Holds bytes that mean something else to whatever decodes or encodes a query string: it only survives as it is.
        case cursor
        /// Letters, digits, `-`, `_` and `.`, which survive everything.
        case token
    }

    init(offset: Int, bindingTo text: String) {
        self.offset = offset
        binding = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    private init(offset: Int, binding: UInt64) {
        self.offset = offset
        self.binding = binding
    }

    private static let hostile = [
        "+", "/", "=", "%2B", "'", "|", "%25", "%7C", "~", "!", "*", "(", ")", ";", ":", "@", ",", "$", "%2f", "?",
        "==",
    ]
    private static let head = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9"

    func text(_ spelling: Spelling) -> String {
        var random = SplitMix(seed: binding ^ SplitMix.mixed(UInt64(offset)))
        switch spelling {
        case .cursor:
            var trap = "+/=%2B'|"
            for _ in 0..<(4 + random.below(5)) { trap += Self.hostile[random.below(Self.hostile.count)] }
            return "\(offset).\(String(binding, radix: 36)).\(trap)\(String(random.next(), radix: 36))=="
        case .token:
            let check = String(random.next(), radix: 36) + String(random.next(), radix: 36)
            return "\(Self.head).\(offset)_\(String(binding, radix: 36)).\(check)"
        }
    }

    /// Reads what ``text(_:)`` wrote. Nil for every other text, however little it differs.
    init?(_ text: String, _ spelling: Spelling) {
        let body =
            switch spelling {
            case .cursor: text[...]
            case .token: text.hasPrefix(Self.head + ".") ? text.dropFirst(Self.head.utf8.count + 1) : ""
            }
        let parts = body.split(separator: ".", maxSplits: 2).first.map { first in
            spelling == .cursor ? body.split(separator: ".", maxSplits: 2) : first.split(separator: "_", maxSplits: 1)
        }
        guard let parts, parts.count >= 2, let offset = Int(parts[0]), offset >= 0,
            let binding = UInt64(parts[1], radix: 36)
        else { return nil }
        self.init(offset: offset, binding: binding)
        guard self.text(spelling).utf8.elementsEqual(text.utf8) else { return nil }
    }
}
