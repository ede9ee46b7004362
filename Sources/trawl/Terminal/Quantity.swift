import TrawlCore

/// Numbers as people read them.
enum Quantity {
    /// `1,234,567`
    static func grouped(_ number: Int) -> String {
        var digits = Array(String(abs(number)))
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return (number < 0 ? "-" : "") + String(digits)
    }

    /// `1 shard`, `2 shards`
    static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// `3.2 GB`, in powers of 1000.
    static func bytes(_ number: Int) -> String {
        var value = Double(number)
        for unit in ["B", "kB", "MB", "GB"] {
            if value < 999.5 { return unit == "B" ? "\(number) B" : "\(decimal(value)) \(unit)" }
            value /= 1000
        }
        return "\(decimal(value)) TB"
    }

    /// `45s`, `3m 20s`, `2h 05m`, `3d 04h`
    static func duration(seconds: Double) -> String {
        let total = Int(seconds.rounded())
        if total < 60 { return "\(total)s" }
        if total < 3600 { return "\(total / 60)m \(two(total % 60))s" }
        if total < 86_400 { return "\(total / 3600)h \(two(total / 60 % 60))m" }
        return "\(total / 86_400)d \(two(total / 3600 % 24))h"
    }

    /// `0.04 ms`, `35.2 ms`, `1,200 ms`
    static func milliseconds(_ duration: Duration) -> String {
        let value = Double(duration.wholeMicroseconds) / 1000
        if value < 10 { return "\((value * 100).rounded() / 100) ms" }
        return value < 1000 ? "\(decimal(value)) ms" : "\(grouped(Int(value.rounded()))) ms"
    }

    /// One decimal below 100, none above.
    static func decimal(_ value: Double) -> String {
        if value >= 100 { return String(Int(value.rounded())) }
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : String(number) }
}
