/// 64 random bits in lower-case hex: unique enough that two never meet in one run.
func randomName() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
}
