import TrawlCore

/// Turns records into rows.
struct ExportRows {
    private let columns: [ExportColumn]
    private let facts: ConversationFacts
    private let output: CSVOutput
    private var tree = RecordTree()
    private var found: [Int] = []

    init(_ columns: [ExportColumn], _ records: EndpointProfile.Records, _ output: CSVOutput) {
        self.columns = columns
        self.output = output
        facts = ConversationFacts(records)
    }

    /// Appends the row of a record. False, and nothing appended, for a line that is no JSON object.
    mutating func append(_ line: UnsafeRawBufferPointer) throws(StoreError) -> Bool {
        guard tree.read(line), tree.kind(RecordTree.root) == .object else { return false }
        for column in columns {
            switch column.source {
            case .path(let path):
                path.find(in: tree, into: &found)
                if path.isPlural { list() } else { value(found.first) }
            case .channel: value(facts.channel(tree))
            case .queueName: value(facts.queueName(tree))
            case .agentName: value(facts.agentName(tree))
            case .disposition: value(facts.disposition(tree))
            case .duration:
                if let milliseconds = facts.duration(tree) {
                    output.field(Array(Self.seconds(milliseconds).utf8))
                } else {
                    output.absent()
                }
            }
        }
        try output.endRow()
        return true
    }

    private func value(_ node: Int?) {
        guard let node, !tree.isNull(node) else { return output.absent() }
        guard tree.kind(node) == .string else { return output.field(tree.text(node)) }
        let raw = tree.content(node)
        guard raw.contains(UInt8(ascii: "\\")) else { return output.field(raw) }
        output.field(Self.repaired(JSONText.decoded(raw)))
    }

    /// What was found, as a JSON array.
    private func list() {
        guard !found.isEmpty else { return output.absent() }
        var text: [UInt8] = [UInt8(ascii: "[")]
        for node in found {
            if text.count > 1 { text.append(UInt8(ascii: ",")) }
            text += tree.text(node)
        }
        text.append(UInt8(ascii: "]"))
        output.field(text)
    }

    /// A lone surrogate has no place in UTF-8: it becomes U+FFFD. Its three bytes, `ED A0..BF xx`, stand for nothing else.
    private static func repaired(_ text: [UInt8]) -> [UInt8] {
        guard text.contains(0xED) else { return text }
        var text = text
        for position in text.indices.dropLast(2) where text[position] == 0xED && text[position + 1] >= 0xA0 {
            text.replaceSubrange(position...(position + 2), with: [0xEF, 0xBF, 0xBD])
        }
        return text
    }

    private static func seconds(_ milliseconds: Int64) -> String {
        let digits = String(milliseconds.magnitude % 1000)
        let fraction = String(repeating: "0", count: 3 - digits.count) + digits
        return "\(milliseconds < 0 ? "-" : "")\(milliseconds.magnitude / 1000).\(fraction)"
    }
}
