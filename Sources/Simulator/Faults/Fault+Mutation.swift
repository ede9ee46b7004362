extension Fault {
    /// Changes to a page that a careful reader notices.
    enum Mutation: String, Sendable, CaseIterable {
        /// The last record is missing.
        case dropRecord
        /// The first record has no id.
        case withoutID
        /// The id of the first record is null.
        case nullID
        /// The id of the first record is a number.
        case numericID
        /// The id of the first record is an empty string.
        case emptyID
        /// The second record has the id of the first.
        case duplicateID
        /// The first record has a second id, at its end.
        case twoIDs
        /// The first record has no start.
        case withoutStart
        /// The first element is no object.
        case notAnObject
        /// The first record that has ended is shown as it was before: without an end.
        case reopen
        /// The records are those of the page one record further on, as when a record before it vanished.
        case shift
        /// The records are those of the page one record earlier, as when a record before it arrived.
        case shiftBack
        /// White space, line breaks included, between all records and around them.
        case whitespace
        /// White space, line breaks included, between all tokens.
        case prettyPrinted
    }
}

extension Fault.Mutation {
    /// Changes the records of a page.
    func change(_ records: inout [[UInt8]]) {
        guard let first = records.first else { return }
        let id = "conversationId"
        switch self {
        case .withoutID: records[0] = RecordSurgery.removing(id, from: first)
        case .nullID: records[0] = RecordSurgery.replacing(id, with: Array("null".utf8), in: first)
        case .numericID: records[0] = RecordSurgery.replacing(id, with: Array("4711".utf8), in: first)
        case .emptyID: records[0] = RecordSurgery.replacing(id, with: Array("\"\"".utf8), in: first)
        case .duplicateID:
            guard records.count > 1, let value = RecordSurgery.value(of: id, in: first) else { return }
            records[1] = RecordSurgery.replacing(id, with: value, in: records[1])
        case .twoIDs: records[0] = Array(first.dropLast()) + Array(",\"\(id)\":\"another\"}".utf8)
        case .withoutStart: records[0] = RecordSurgery.removing("conversationStart", from: first)
        case .notAnObject: records[0] = Array("\"no record\"".utf8)
        case .reopen:
            let end = "conversationEnd"
            guard let ended = records.firstIndex(where: { RecordSurgery.value(of: end, in: $0) != nil }) else { return }
            records[ended] = RecordSurgery.removing(end, from: records[ended])
        case .whitespace:
            for number in records.indices { records[number] = Array("\r\n\t ".utf8) + records[number] }
            records[records.count - 1] += Array("\r\n\t ".utf8)
        case .dropRecord, .shift, .shiftBack, .prettyPrinted: break
        }
    }
}
