import TrawlCore

enum RunID {
    /// `20240101-20240201-k3x9q2`: readable, unique, and safe in file names and Redis keys.
    static func fresh(for interval: Interval) -> String {
        let alphabet = Array("23456789abcdefghjkmnpqrstuvwxyz")
        let random = String((0..<6).compactMap { _ in alphabet.randomElement() })
        return "\(day(interval.from))-\(day(interval.to))-\(random)"
    }

    private static func day(_ instant: Instant) -> String {
        String(instant.rfc3339.prefix(10)).replacing("-", with: "")
    }
}
