/// Changes to the bytes of one record that leave everything else in it as it is.
enum RecordSurgery {
    /// The record without a top-level member; unchanged where it has none of that name.
    static func removing(_ name: String, from record: [UInt8]) -> [UInt8] {
        var reader = JSONReader(record)
        var kept: [Range<Int>] = []
        do throws(JSONError) {
            guard reader.skip("{"), reader.peek() != UInt8(ascii: "}") else { return record }
            repeat {
                _ = reader.peek()
                let start = reader.position
                let key = try reader.string()
                _ = reader.skip(":")
                _ = try reader.value()
                if key != name { kept.append(start..<reader.position) }
            } while reader.skip(",")
        } catch {
            preconditionFailure("a record of the population is no JSON: \(error)")
        }
        return [UInt8(ascii: "{")] + kept.map { record[$0] }.joined(separator: [UInt8(ascii: ",")]) + [
            UInt8(ascii: "}")
        ]
    }
}
