/// A command line, checked against its command's options.
struct Arguments: Sendable {
    let command: String
    private var given: [String: [String]] = [:]
    private var flags: Set<String> = []
    private(set) var positionals: [String] = []
    /// The environment, read once.
    private(set) var environment: [String: String]

    /// Reads `--name value`, `--name=value` and `--flag`. Throws a usage ``Failure`` for anything the command has not.
    init(_ words: [String], of spec: CommandSpec, environment: [String: String]) throws {
        command = spec.name
        self.environment = environment
        var rest = words[...]
        while let word = rest.popFirst() {
            guard word.hasPrefix("-"), word != "-" else {
                guard let placeholder = spec.positional else {
                    throw Failure.usage("unexpected argument '\(word)'; see 'trawl \(spec.name) --help'")
                }
                guard positionals.count < spec.mostPositionals else {
                    let most = spec.mostPositionals == 1 ? "one" : String(spec.mostPositionals)
                    throw Failure.usage("only \(most) \(placeholder) is taken, '\(word)' is one too many")
                }
                positionals.append(word)
                continue
            }
            let pieces = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard let option = spec.options.first(where: { $0.name == pieces[0] }) else {
                let hint = Self.closest(to: pieces[0], among: spec.options.filter { !$0.isHidden }.map(\.name))
                throw Failure.usage(
                    "unknown option '\(pieces[0])'"
                        + (hint.map { "; did you mean \($0)?" } ?? "; see 'trawl \(spec.name) --help'"))
            }
            if option.takesOptionalValue {
                flags.insert(option.name)
                let next = rest.first.flatMap { $0.allSatisfy(\.isNumber) && !$0.isEmpty ? $0 : nil }
                if pieces.count == 1, next != nil { rest.removeFirst() }
                if let value = pieces.count == 2 ? pieces[1] : next { given[option.name] = [value] }
            } else if option.value == nil {
                guard pieces.count == 1 else { throw Failure.usage("\(option.name) takes no value") }
                flags.insert(option.name)
            } else {
                guard let value = pieces.count == 2 ? pieces[1] : rest.popFirst() else {
                    throw Failure.usage("\(option.name) needs a value: \(option.name) \(option.value ?? "")")
                }
                guard option.isRepeatable || given[option.name] == nil else {
                    throw Failure.usage("\(option.name) is given twice")
                }
                given[option.name, default: []].append(value)
            }
        }
    }

    /// The same command line in an environment with these variables, too.
    func adding(environment variables: [String: String]) -> Arguments {
        var arguments = self
        arguments.environment.merge(variables) { $1 }
        return arguments
    }

    var positional: String? { positionals.first }

    func flag(_ name: String) -> Bool { flags.contains(name) }

    func value(_ name: String) -> String? { given[name]?.last }

    /// All values of a repeatable option, in order.
    func values(_ name: String) -> [String] { given[name] ?? [] }

    /// The flag's value, else the environment's. An empty variable counts as not set.
    func value(_ name: String, environment variable: String) -> String? {
        if let value = value(name) { return value }
        guard let value = environment[variable], !value.isEmpty else { return nil }
        return value
    }

    /// The value turned into something, or a usage failure that says what would have been right.
    func value<T>(_ name: String, expecting what: String, _ convert: (String) -> T?) throws -> T? {
        guard let text = self.value(name) else { return nil }
        guard let value = convert(text) else { throw Failure.usage("\(name) '\(text)': expected \(what)") }
        return value
    }

    func positiveInteger(_ name: String, atMost limit: Int = .max) throws -> Int? {
        let what = limit == .max ? "a whole number of 1 or more" : "a whole number from 1 to \(limit)"
        return try value(name, expecting: what) { text in
            Int(text).flatMap { (1...limit).contains($0) ? $0 : nil }
        }
    }

    func integer(_ name: String, in bounds: ClosedRange<Int>, of reason: String) throws -> Int? {
        try value(name, expecting: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound), \(reason)") {
            text in
            Int(text).flatMap { bounds.contains($0) ? $0 : nil }
        }
    }

    /// The known word nearest to a misspelt one, if it is near at all.
    static func closest(to word: String, among known: [String]) -> String? {
        let nearest = known.min { distance(word, $0) < distance(word, $1) }
        return nearest.flatMap { distance(word, $0) <= 2 ? $0 : nil }
    }

    /// Levenshtein distance, by the two-row form of the Wagner–Fischer algorithm.
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (i, a) in left.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, b) in right.enumerated() {
                let above = row[j + 1]
                row[j + 1] = min(above + 1, row[j] + 1, diagonal + (a == b ? 0 : 1))
                diagonal = above
            }
        }
        return row[right.count]
    }
}
