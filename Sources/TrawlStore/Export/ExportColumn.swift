package import TrawlCore

/// A column of an exported table: its name, and where its values come from.
package struct ExportColumn: Hashable, Sendable {
    package enum Source: Hashable, Sendable {
        case path(RecordPath)
        /// What the record does not say in one place: see ``ConversationFacts``.
        case channel, duration, queueName, agentName, disposition
    }

    package let name: String
    package let source: Source

    /// Why a list of columns is none, in words.
    package struct Fault: Error, Hashable {
        package let reason: String
    }

    /// The columns without a path, in the order of a table for which none are chosen.
    package static let standardNames = [
        "conversationId", "channel", "startTime", "endTime", "duration", "queueName", "agentName", "disposition",
    ]

    package static func standard(_ records: EndpointProfile.Records) -> [ExportColumn] {
        standardNames.compactMap { name in
            standard(name, records).map { ExportColumn(name: name, source: $0) }
        }
    }

    private static func standard(_ name: String, _ records: EndpointProfile.Records) -> Source? {
        func key(_ key: String) -> Source { .path(RecordPath(steps: [.named(Array(key.utf8), index: nil)])) }
        switch name {
        case "conversationId": return key(records.id)
        case "startTime": return key(records.start)
        case "endTime": return key(records.end)
        case "channel": return .channel
        case "duration": return .duration
        case "queueName": return .queueName
        case "agentName": return .agentName
        case "disposition": return .disposition
        default: return nil
        }
    }

    /// Reads `conversationId,start=conversationStart,first=participants.0.purpose`: standard columns and paths, each with a
    /// name in front of it or its own text for a name. `\` takes the sign behind it literally, and `$.` in front of a path
    /// says that it is one although it is also the name of a standard column.
    package static func list(_ text: String, _ records: EndpointProfile.Records) throws(Fault) -> [ExportColumn] {
        var signs: [Sign] = []
        var bytes = Array(text.utf8)[...]
        while let byte = bytes.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                signs.append(Sign(byte: byte, isLiteral: false))
                continue
            }
            guard let literal = bytes.popFirst() else { throw Fault(reason: "nothing follows the last '\\'") }
            signs.append(Sign(byte: literal, isLiteral: true))
        }
        var columns: [ExportColumn] = []
        for item in signs.split(separator: Sign(","), omittingEmptySubsequences: false) {
            let column = try column(trimmed(item), records)
            guard !columns.contains(where: { $0.name == column.name }) else {
                throw Fault(reason: "there are two columns '\(column.name)'")
            }
            columns.append(column)
        }
        return columns
    }

    private struct Sign: Hashable {
        let byte: UInt8
        let isLiteral: Bool

        init(byte: UInt8, isLiteral: Bool) {
            self.byte = byte
            self.isLiteral = isLiteral
        }

        init(_ scalar: Unicode.Scalar) { self.init(byte: UInt8(ascii: scalar), isLiteral: false) }
    }

    private static func column(
        _ item: ArraySlice<Sign>, _ records: EndpointProfile.Records
    ) throws(Fault) -> ExportColumn {
        guard !item.isEmpty else { throw Fault(reason: "a column is empty") }
        guard let equals = item.firstIndex(of: Sign("=")) else {
            return ExportColumn(name: text(item), source: try source(item, records))
        }
        let name = text(trimmed(item[..<equals]))
        let path = trimmed(item[(equals + 1)...])
        guard !name.isEmpty else { throw Fault(reason: "'\(text(item))' has no name in front of its '='") }
        guard !path.isEmpty else { throw Fault(reason: "column '\(name)' has no path behind its '='") }
        return ExportColumn(name: name, source: try source(path, records))
    }

    private static func source(_ path: ArraySlice<Sign>, _ records: EndpointProfile.Records) throws(Fault) -> Source {
        var path = path
        if path.starts(with: [Sign("$"), Sign(".")]) {
            path = path.dropFirst(2)
        } else if let source = standard(text(path), records) {
            return source
        }
        var steps: [RecordPath.Step] = []
        for step in path.split(separator: Sign("."), omittingEmptySubsequences: false) {
            guard !step.isEmpty else { throw Fault(reason: "path '\(text(path))' has an empty step") }
            let name = text(step)
            // Only numbers as one writes them: '007' is a key and nothing else.
            let index = Int(name).flatMap { String($0) == name ? $0 : nil }
            steps.append(step.elementsEqual([Sign("*")]) ? .every : .named(Array(name.utf8), index: index))
        }
        return .path(RecordPath(steps: steps))
    }

    private static func text(_ signs: ArraySlice<Sign>) -> String {
        String(decoding: signs.map(\.byte), as: UTF8.self)
    }

    private static func trimmed(_ signs: ArraySlice<Sign>) -> ArraySlice<Sign> {
        let space = Sign(" ")
        var signs = signs.drop { $0 == space }
        while signs.last == space { signs.removeLast() }
        return signs
    }
}
