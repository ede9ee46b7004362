/// A value that can stand in a Redis command. Numbers travel as decimal text, strings as UTF-8, bytes as they are.
package protocol RedisArgument: Sendable {
    func append(to encoder: inout RESPEncoder)
}

extension String: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { encoder.appendBulk(utf8, count: utf8.count) }
}

extension Substring: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { encoder.appendBulk(utf8, count: utf8.count) }
}

extension [UInt8]: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { encoder.appendBulk(self, count: count) }
}

extension ArraySlice<UInt8>: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { encoder.appendBulk(self, count: count) }
}

extension Int: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { String(self).append(to: &encoder) }
}

extension Int64: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { String(self).append(to: &encoder) }
}

extension UInt64: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { String(self).append(to: &encoder) }
}

/// The shortest text that reads back as the same number; infinities as `inf` and `-inf`, which Redis understands.
extension Double: RedisArgument {
    package func append(to encoder: inout RESPEncoder) { String(self).append(to: &encoder) }
}
