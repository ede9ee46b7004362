import CSimdjson

/// A record's id as it stands in its line: the raw JSON text between the quotes.
package enum IDToken {
    /// The id's own bytes, with the escapes undone, so that `A` and `\u0041` are one id.
    ///
    /// A lone surrogate, which no UTF-8 has, becomes the three bytes WTF-8 gives it: different ids stay different.
    package static func decode(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        guard let bytes = raw.baseAddress, raw.count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: raw.count) { output, count in
            count = CSimdjson_unescape(bytes, raw.count, output.baseAddress!)
        }
    }

    package static func decode(_ raw: some Sequence<UInt8>) -> [UInt8] {
        Array(raw).withUnsafeBufferPointer(decode)
    }
}
