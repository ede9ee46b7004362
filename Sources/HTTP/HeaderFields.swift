/// The first value of the header, whatever the case of its name.
func firstValue(of name: String, in headers: [(String, String)]) -> String? {
    headers.first { equalIgnoringCase($0.0, name) }?.1
}

/// ASCII case only, as header names want it.
func equalIgnoringCase(_ left: String, _ right: String) -> Bool {
    left.utf8.elementsEqual(right.utf8) { lowercased($0) == lowercased($1) }
}

private func lowercased(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
}
