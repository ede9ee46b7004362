import TrawlCore

/// One thing that `trawl doctor` looked at.
struct Finding: Sendable {
    enum Status: String, Sendable {
        case ok, warn
        case fail = "FAIL"
    }

    let check: String
    let status: Status
    let found: String
    /// What to do about it; nil where there is nothing to do.
    let advice: String?
    /// What a run would end with; 0 unless it fails.
    let code: Int32

    static func ok(_ check: String, _ found: String) -> Finding {
        Finding(check: check, status: .ok, found: found, advice: nil, code: ExitCode.complete)
    }

    static func warn(_ check: String, _ found: String, _ advice: String?) -> Finding {
        Finding(check: check, status: .warn, found: found, advice: advice, code: ExitCode.complete)
    }

    static func fail(_ check: String, _ code: Int32, _ found: String, _ advice: String?) -> Finding {
        Finding(check: check, status: .fail, found: found, advice: advice, code: code)
    }

    /// `FAIL  login        HTTP 401 …; do: …`
    var line: String {
        let text = "\(status.rawValue.padding(to: 4))  \(check.padding(to: 17))  \(found)"
        return (advice.map { "\(text); do: \($0)" } ?? text).replacing("\n", with: " ")
    }

    var json: JSONValue {
        var members: [String: JSONValue] = [
            "check": .string(check), "status": .string(status.rawValue.lowercased()), "found": .string(found),
        ]
        if let advice { members["advice"] = .string(advice) }
        return .object(members)
    }
}

/// The findings so far; each is shown as it is made, unless all are wanted as one document.
actor Findings {
    private(set) var all: [Finding] = []
    private let isShown: Bool

    init(isShown: Bool) {
        self.isShown = isShown
    }

    func add(_ findings: Finding...) {
        for finding in findings {
            all.append(finding)
            if isShown { Console.result(finding.line) }
        }
    }

    /// That of the first check that failed.
    var exitCode: Int32 { all.first { $0.status == .fail }?.code ?? ExitCode.complete }
}
