/// Where a column's value stands in a record: keys and indices, such as `participants.0.sessions.-1.mediaType`.
package struct RecordPath: Hashable, Sendable {
    enum Step: Hashable {
        /// A member of an object; of an array the element with that number, from its end where that is negative.
        case named([UInt8], index: Int?)
        /// All members or elements.
        case every
    }

    let steps: [Step]

    /// With such a step the value is the array of whatever is found.
    var isPlural: Bool { steps.contains(.every) }

    /// What is found in a record, in its order.
    func find(in tree: RecordTree, into found: inout [Int]) {
        found.removeAll(keepingCapacity: true)
        descend(tree, from: RecordTree.root, steps[...], &found)
    }

    private func descend(_ tree: RecordTree, from node: Int, _ rest: ArraySlice<Step>, _ found: inout [Int]) {
        guard let step = rest.first else { return found.append(node) }
        switch step {
        case .every:
            for child in tree.children(node) { descend(tree, from: child, rest.dropFirst(), &found) }
        case .named(let name, let index):
            let child =
                tree.kind(node) == .array ? index.flatMap { Self.element(tree, node, $0) } : tree.member(node, name)
            if let child { descend(tree, from: child, rest.dropFirst(), &found) }
        }
    }

    private static func element(_ tree: RecordTree, _ node: Int, _ index: Int) -> Int? {
        var number = index
        if index < 0 { number += tree.children(node).reduce(0) { count, _ in count + 1 } }
        guard number >= 0 else { return nil }
        for child in tree.children(node) {
            if number == 0 { return child }
            number -= 1
        }
        return nil
    }
}
