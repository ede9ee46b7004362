/// A line of text in several tones, cut to the width of a terminal.
struct StyledLine: Hashable, Sendable {
    enum Tone: String, Hashable, Sendable {
        case plain = ""
        case strong = "1"
        case faint = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
        case magenta = "35"
        case cyan = "36"
    }

    private struct Piece: Hashable {
        var text: String
        var tone: Tone
    }

    private var pieces: [Piece] = []

    init(_ text: String = "", _ tone: Tone = .plain) {
        add(text, tone)
    }

    mutating func add(_ text: String, _ tone: Tone = .plain) {
        if text.isEmpty { return }
        if let last = pieces.last, last.tone == tone {
            pieces[pieces.count - 1].text += text
        } else {
            pieces.append(Piece(text: text, tone: tone))
        }
    }

    /// As it is written: at most `width` columns, the last of them telling where something was cut off.
    func text(width: Int, _ style: ScreenStyle) -> String {
        let pieces = pieces.map { Piece(text: style.plain($0.text), tone: $0.tone) }
        let isCut = pieces.reduce(0) { $0 + Self.columns($1.text) } > width
        var room = isCut ? width - 1 : width
        var result = ""
        for piece in pieces {
            var shown = ""
            for character in piece.text {
                let columns = Self.columns(character)
                guard columns <= room else {
                    room = 0
                    break
                }
                room -= columns
                shown.append(character)
            }
            if shown.isEmpty { continue }
            result += style.colour && piece.tone != .plain ? "\u{1B}[\(piece.tone.rawValue)m\(shown)\u{1B}[0m" : shown
        }
        return isCut && width > 0 ? result + (style.unicode ? "…" : ">") : result
    }

    // MARK: - Columns

    static func columns(_ text: String) -> Int { text.reduce(0) { $0 + columns($1) } }

    /// East Asian wide characters and pictographs take two.
    private static func columns(_ character: Character) -> Int {
        guard let scalar = character.unicodeScalars.first, scalar.value >= 0x1100 else { return 1 }
        return wide.contains { $0.contains(scalar.value) } ? 2 : 1
    }

    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
        0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
    ]
}
