/// Text of a remote service on its way into a one-line message.
package enum PlainText {
    /// One line without control characters, at most `limit` Unicode scalars, with the secrets blanked out.
    package static func line(_ text: some StringProtocol, limit: Int, hiding secrets: [String] = []) -> String {
        var clean = ""
        var wasSpace = true
        // Far more than `limit`, so that cutting first cannot show half a secret; less than a whole hostile body.
        for scalar in text.unicodeScalars.prefix(limit * 4 + 8192) {
            let isSpace = scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
            // Format characters turn the direction of a terminal line, or hide parts of it.
            if scalar.properties.generalCategory == .format { continue }
            if isSpace {
                if !wasSpace { clean += " " }
            } else {
                clean.unicodeScalars.append(scalar)
            }
            wasSpace = isSpace
        }
        if clean.hasSuffix(" ") { clean.removeLast() }
        for secret in secrets where !secret.isEmpty {
            // Also as an echo of a request or of a form would have it.
            for form in [secret, PercentEncoding.encode(secret)] { clean = clean.replacing(form, with: "<secret>") }
        }
        guard clean.unicodeScalars.count > limit else { return clean }
        return String(clean.unicodeScalars.prefix(limit - 1)) + "…"
    }
}
