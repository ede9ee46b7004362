/// The values of one record, found in one pass over its line: where each lies, under which key, and where its
/// neighbour is. Nothing is decoded and nothing copied; the memory is used again for the next record.
struct RecordTree {
    enum Kind: UInt8 {
        case object, array, string
        /// A number, true, false or null.
        case word
    }

    /// Places are offsets into the line; a string's has its quotes, a key's has not.
    fileprivate struct Node: BitwiseCopyable {
        let kind: Kind
        let keyBegin: UInt32
        let keyEnd: UInt32
        let begin: UInt32
        var end: UInt32
        /// The first node that does not belong to this value.
        var next: UInt32
    }

    private var line = UnsafeRawBufferPointer(start: nil, count: 0)
    private var nodes: [Node] = []
    private var open: [Int] = []

    /// The record itself, once one has been read.
    static let root = 0

    /// Reads a record without white space between its tokens. What is found is valid as long as `bytes` are. False where
    /// the brackets, keys and commas are not those of one JSON value; strings and numbers are not looked into.
    mutating func read(_ bytes: UnsafeRawBufferPointer) -> Bool {
        line = bytes
        nodes.removeAll(keepingCapacity: true)
        open.removeAll(keepingCapacity: true)
        guard bytes.count < Int(UInt32.max) else { return false }
        var position = 0
        var key = 0..<0
        while position < bytes.count {
            let begin = position
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                position += 1
                open.append(nodes.count)
                let isObject = byte == UInt8(ascii: "{")
                append(isObject ? .object : .array, key, begin..<position)
                guard position < bytes.count else { return false }
                // The two closing brackets come two places after the opening ones.
                if bytes[position] != byte + 2 {
                    key = 0..<0
                    if isObject, !readKey(&position, &key) { return false }
                    continue
                }
            case UInt8(ascii: "\""):
                guard skipString(&position) else { return false }
                append(.string, key, begin..<position)
            default:
                while position < bytes.count, !Self.endsWord(bytes[position]) { position += 1 }
                guard position > begin else { return false }
                append(.word, key, begin..<position)
            }
            // Behind a value: the next one of its container, or the ends of containers.
            closing: while true {
                guard let top = open.last else { return position == bytes.count }
                guard position < bytes.count else { return false }
                let isObject = nodes[top].kind == .object
                let byte = bytes[position]
                position += 1
                switch byte {
                case UInt8(ascii: ","):
                    key = 0..<0
                    if isObject, !readKey(&position, &key) { return false }
                    break closing
                case isObject ? UInt8(ascii: "}") : UInt8(ascii: "]"):
                    nodes[top].end = UInt32(position)
                    nodes[top].next = UInt32(nodes.count)
                    open.removeLast()
                default: return false
                }
            }
        }
        return false
    }

    private mutating func append(_ kind: Kind, _ key: Range<Int>, _ place: Range<Int>) {
        nodes.append(
            Node(
                kind: kind, keyBegin: UInt32(key.lowerBound), keyEnd: UInt32(key.upperBound),
                begin: UInt32(place.lowerBound), end: UInt32(place.upperBound), next: UInt32(nodes.count + 1)))
    }

    private func readKey(_ position: inout Int, _ key: inout Range<Int>) -> Bool {
        let begin = position
        guard skipString(&position), position < line.count, line[position] == UInt8(ascii: ":") else { return false }
        key = (begin + 1)..<(position - 1)
        position += 1
        return true
    }

    /// Goes behind the string that begins here.
    private func skipString(_ position: inout Int) -> Bool {
        guard position < line.count, line[position] == UInt8(ascii: "\"") else { return false }
        position += 1
        while position < line.count {
            switch line[position] {
            case UInt8(ascii: "\""):
                position += 1
                return true
            case UInt8(ascii: "\\"): position += 2
            default: position += 1
            }
        }
        return false
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "["),
            UInt8(ascii: "\""), UInt8(ascii: ":"):
            true
        default: false
        }
    }
}

extension RecordTree {
    func kind(_ node: Int) -> Kind { nodes[node].kind }

    /// The value as it is written, quotes and brackets included.
    func text(_ node: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: line[Int(nodes[node].begin)..<Int(nodes[node].end)])
    }

    /// What stands between a string's quotes.
    func content(_ node: Int) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: line[(Int(nodes[node].begin) + 1)..<(Int(nodes[node].end) - 1)])
    }

    func isNull(_ node: Int) -> Bool { nodes[node].kind == .word && line[Int(nodes[node].begin)] == UInt8(ascii: "n") }

    /// The elements of an array or the members of an object, in their order; nothing for other values.
    func children(_ node: Int) -> Children { Children(nodes: nodes, child: node + 1, end: Int(nodes[node].next)) }

    /// The elements of an array that is a member of an object; nothing where there is no such array.
    func elements(_ node: Int, _ key: [UInt8]) -> Children {
        guard let array = member(node, key), kind(array) == .array else {
            return Children(nodes: nodes, child: 0, end: 0)
        }
        return children(array)
    }

    struct Children: Sequence, IteratorProtocol {
        fileprivate let nodes: [Node]
        fileprivate var child: Int
        fileprivate let end: Int

        mutating func next() -> Int? {
            guard child < end else { return nil }
            defer { child = Int(nodes[child].next) }
            return child
        }
    }

    /// The member of an object; nil for other values. Where a key stands twice, the last one counts.
    func member(_ node: Int, _ key: [UInt8]) -> Int? {
        guard nodes[node].kind == .object else { return nil }
        let end = Int(nodes[node].next)
        var child = node + 1
        var found: Int?
        while child < end {
            if matches(nodes[child], key) { found = child }
            child = Int(nodes[child].next)
        }
        return found
    }

    private func matches(_ node: Node, _ key: [UInt8]) -> Bool {
        let raw = UnsafeRawBufferPointer(rebasing: line[Int(node.keyBegin)..<Int(node.keyEnd)])
        if raw.count == key.count { return raw.elementsEqual(key) }
        // An escaped key is longer than what it stands for.
        guard raw.count > key.count, raw.contains(UInt8(ascii: "\\")) else { return false }
        return JSONText.decoded(raw) == key
    }

    /// Where a string is this text.
    func isText(_ node: Int?, _ text: [UInt8]) -> Bool {
        guard let node, kind(node) == .string else { return false }
        return content(node).elementsEqual(text)
    }
}
