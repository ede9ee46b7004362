/// Changes to the bytes of one record that leave everything else in it as it is.
enum RecordSurgery {
    /// The record without a top-level member; unchanged where it has none of that name.
    static func removing(_ name: String, from record: [UInt8]) -> [UInt8] {
        joined(members(of: record).filter { $0.name != name }.map { record[$0.range] })
    }

    /// The record with other bytes as the value of a top-level member; unchanged where it has none of that name.
    static func replacing(_ name: String, with value: [UInt8], in record: [UInt8]) -> [UInt8] {
        joined(
            members(of: record).map { member in
                member.name == name ? record[member.range.lowerBound..<member.value] + value : record[member.range]
            })
    }

    /// The record with a top-level member at its end, instead of any of that name before.
    static func appending(_ name: String, _ value: [UInt8], to record: [UInt8]) -> [UInt8] {
        let others = members(of: record).filter { $0.name != name }.map { record[$0.range] }
        return joined(others + [(Array("\"\(name)\":".utf8) + value)[...]])
    }

    /// The record with a long text in it that makes it so large; longer records stay as they are.
    static func swollen(_ record: [UInt8], to size: Int) -> [UInt8] {
        let plain = appending("externalTag", Array("\"\"".utf8), to: record)
        guard plain.count < size else { return record }
        let text = [UInt8](repeating: UInt8(ascii: "x"), count: size - plain.count)
        return appending("externalTag", [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")], to: record)
    }

    /// The bytes of the value of a top-level member.
    static func value(of name: String, in record: [UInt8]) -> [UInt8]? {
        members(of: record).last { $0.name == name }.map { Array(record[$0.value..<$0.range.upperBound]) }
    }

    /// The top-level members: where each stands, and where its value begins.
    private static func members(of record: [UInt8]) -> [(name: String, range: Range<Int>, value: Int)] {
        var reader = JSONReader(record)
        var found: [(name: String, range: Range<Int>, value: Int)] = []
        do throws(JSONError) {
            guard reader.skip("{"), reader.peek() != UInt8(ascii: "}") else { return [] }
            repeat {
                _ = reader.peek()
                let start = reader.position
                let name = try reader.string()
                _ = reader.skip(":")
                _ = reader.peek()
                let value = reader.position
                _ = try reader.value()
                found.append((name, start..<reader.position, value))
            } while reader.skip(",")
        } catch {
            preconditionFailure("a record of the population is no JSON: \(error)")
        }
        return found
    }

    private static func joined(_ members: [ArraySlice<UInt8>]) -> [UInt8] {
        [UInt8(ascii: "{")] + members.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
    }
}
