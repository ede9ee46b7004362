/// What a terminal can show.
struct ScreenStyle: Hashable, Sendable {
    var colour: Bool
    /// Beyond ASCII.
    var unicode: Bool

    init(colour: Bool, unicode: Bool) {
        self.colour = colour
        self.unicode = unicode
    }

    /// As the locale has it. Without one, a terminal takes only ASCII for granted.
    static func readsUnicode(_ environment: [String: String]) -> Bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].compactMap { environment[$0] }.first { !$0.isEmpty } ?? ""
        let name = locale.lowercased()
        return name.contains("utf-8") || name.contains("utf8")
    }

    /// The text with only what the terminal can show: one line, no control characters, ASCII where it must be.
    func plain(_ text: String) -> String {
        var result = ""
        for character in text {
            if character.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F..<0xA0).contains($0.value) }) {
                result.append(" ")
            } else if unicode || character.isASCII {
                result.append(character)
            } else {
                result += Self.inASCII[character] ?? "?"
            }
        }
        return result
    }

    private static let inASCII: [Character: String] = [
        "·": "-", "…": "...", "×": "x", "–": "-", "█": "#", "▒": "=", "░": ".", "✗": "x", "’": "'", "→": "->",
    ]
}
