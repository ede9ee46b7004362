import TrawlCore

/// What came of the rounds.
struct ChaosReport: Sendable {
    var rounds = 0
    var seconds = 0.0
    var conversations = 0
    /// Faults, by kind.
    var workersKilled = 0
    var schedulesWiped = 0
    /// Records of the truth that a result lacks.
    var missing = 0
    /// Records a result has more than once.
    var doubled = 0
    /// Records of a result that are not the truth's.
    var altered = 0
    /// Results with the right records in the wrong order.
    var disordered = 0
    /// Pages that were asked for, and requests for a page that had been asked for before.
    var pages = 0
    var repeated = 0
    /// How a run ended that did not end 0.
    var failure: String?

    var isEqual: Bool { failure == nil && missing == 0 && doubled == 0 && altered == 0 && disordered == 0 }

    var exitCode: Int32 { isEqual ? ExitCode.complete : ExitCode.integrity }

    /// `kept` is where the result that is wrong can be looked at.
    func text(keptIn kept: String) -> [String] {
        let share = pages == 0 ? 0 : Double(repeated) / Double(pages) * 100
        var lines = [
            "\(Quantity.count(rounds, "round")), \(Quantity.count(conversations, "conversation")), "
                + Quantity.duration(seconds: seconds),
            "  faults: \(Quantity.count(workersKilled, "worker")) killed, the schedule wiped "
                + "\(Quantity.count(schedulesWiped, "time"))",
            "  missing \(Quantity.grouped(missing)), doubled \(Quantity.grouped(doubled)), altered "
                + Quantity.grouped(altered) + (disordered > 0 ? ", in the wrong order \(disordered)" : ""),
            "  repeated work: \(Quantity.count(repeated, "request")) beside \(Quantity.count(pages, "page")) "
                + "(\(Quantity.decimal(share)) %)",
        ]
        if let failure { lines.append("  \(failure)") }
        lines.append(
            isEqual ? "EQUAL: every result is the truth, byte for byte" : "NOT EQUAL: see \(kept)/round-\(rounds)")
        return lines
    }

    var json: JSONValue {
        func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
        var members: [String: JSONValue] = [
            "event": .string("result"), "exitCode": number(Int(exitCode)), "equal": .bool(isEqual),
            "rounds": number(rounds), "seconds": .number(seconds), "conversations": number(conversations),
            "faults": .object(["workersKilled": number(workersKilled), "schedulesWiped": number(schedulesWiped)]),
            "missing": number(missing), "doubled": number(doubled), "altered": number(altered),
            "disordered": number(disordered), "pages": number(pages), "repeated": number(repeated),
        ]
        if let failure { members["failure"] = .string(failure) }
        return .object(members)
    }

    /// Holds one result against the truth, both as lines.
    mutating func compare(_ result: [ArraySlice<UInt8>], with truth: [ArraySlice<UInt8>]) {
        conversations += truth.count
        guard result != truth else { return }
        var counts: [ArraySlice<UInt8>: Int] = [:]
        for line in result { counts[line, default: 0] += 1 }
        let known = Set(truth)
        let absent = known.count { counts[$0] == nil }
        let more = counts.reduce(0) { $0 + (known.contains($1.key) ? $1.value - 1 : 0) }
        let foreign = counts.reduce(0) { $0 + (known.contains($1.key) ? 0 : $1.value) }
        missing += absent
        doubled += more
        altered += foreign
        if absent + more + foreign == 0 { disordered += 1 }
    }
}
