import Testing
import TrawlCore

@testable import Simulator

struct FaultScriptTests {
    @Test(arguments: [
        ("{", "the file: is not JSON: byte 1"),
        ("[]", "must be an object"),
        (#"{"rules":{}}"#, "rules: must be an array"),
        (#"{"rules":[],"seeds":1}"#, "seeds: is not known here; known are seed, rules"),
        (#"{"rules":[{}]}"#, "rules[0].fault: is missing"),
        (#"{"rules":[{"fault":{}}]}"#, "rules[0].fault.kind: is missing"),
        (#"{"rules":[{"fault":{"kind":"fire"}}]}"#, "rules[0].fault.kind: must be one of status, reset"),
        (#"{"rules":[{"fault":{"kind":"status"}}]}"#, "rules[0].fault.status: is missing"),
        (
            #"{"rules":[{"fault":{"kind":"status","status":200}}]}"#,
            "rules[0].fault.status: must be a whole number within 400...599"
        ),
        (
            #"{"rules":[{"fault":{"kind":"drop","after":1}}]}"#,
            "rules[0].fault.after: is not known here; known are kind"
        ),
        (#"{"rules":[{"fault":{"kind":"delay","duration":5}}]}"#, "rules[0].fault.duration: must be a string"),
        (#"{"rules":[{"fault":{"kind":"delay","duration":"5"}}]}"#, "rules[0].fault.duration: must be a duration"),
        (#"{"rules":[{"fault":{"kind":"429-storm"}}]}"#, "rules[0].fault: needs either duration or requests"),
        (#"{"rules":[{"fault":{"kind":"mutate","change":"x"}}]}"#, "rules[0].fault.change: must be one of dropRecord"),
        (#"{"rules":[{"fault":{"kind":"emptyPage","array":1}}]}"#, "rules[0].fault.array: must be true or false"),
        (#"{"rules":[{"fault":{"kind":"drop"},"times":0}]}"#, "rules[0].times: must be a whole number of at least 1"),
        (
            #"{"rules":[{"fault":{"kind":"drop"}},{"fault":{"kind":"drop"},"match":{"request":[1,0]}}]}"#,
            "rules[1].match.request[1]: must be a whole number"
        ),
        (#"{"rules":[{"fault":{"kind":"drop"},"match":{"probability":2}}]}"#, "rules[0].match.probability: must be"),
        (
            #"{"rules":[{"fault":{"kind":"drop"},"match":{"endpoint":"token","page":1}}]}"#,
            "rules[0].match.page: does not exist"
        ),
        (
            #"{"rules":[{"fault":{"kind":"emptyPage"},"match":{"endpoint":"token"}}]}"#,
            "rules[0].fault.kind: cannot happen at the token endpoint"
        ),
        (
            #"{"rules":[{"fault":{"kind":"hugePage","bytes":0}}]}"#,
            "rules[0].fault.bytes: must be a whole number within 1...2147483648"
        ),
        (
            #"{"rules":[{"fault":{"kind":"stalePageCount","by":1,"in":"footer"},"match":{"endpoint":"summary-queries"}}]}"#,
            "rules[0].fault.in: must be one of body, header, both"
        ),
        (
            #"{"rules":[{"fault":{"kind":"jobStuck"},"match":{"endpoint":"job-delete"}}]}"#,
            "rules[0].fault.kind: cannot happen at the job-delete endpoint"
        ),
        (
            #"{"rules":[{"fault":{"kind":"cursorRepeat"}}]}"#,
            "rules[0].fault.kind: cannot happen at the details-query endpoint"
        ),
        (
            #"{"rules":[{"fault":{"kind":"totalDrift","by":1},"match":{"endpoint":"details-query-cursor"}}]}"#,
            "rules[0].fault.kind: cannot happen at the details-query-cursor endpoint"
        ),
        (
            #"{"rules":[{"fault":{"kind":"drop"},"match":{"endpoint":"limits","interval":"x"}}]}"#,
            "rules[0].match.interval: does not exist for the limits endpoint"
        ),
    ])
    func `a mistake in the script is named with its path`(text: String, complaint: String) {
        let error = #expect(throws: SimulatorError.self) { try FaultScript(Array(text.utf8)) }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
    }

    /// The numbers of the requests, out of so many, that suffer a fault.
    private static func struck(_ match: String, of count: Int, more: String = "", seed: UInt64 = 1) throws -> [Int] {
        let text = #"{"rules":[{"match":\#(match)\#(more),"fault":{"kind":"drop"}}]}"#
        var engine = FaultEngine(rules: try FaultScript(Array(text.utf8)).rules, seed: seed)
        return (1...count).filter { number in
            let request = FaultRequest(
                endpoint: .detailsQuery, page: number, interval: number < 4 ? "2024-01-01" : "2024-01-02")
            return engine.fault(for: request, now: 0) != nil
        }
    }

    @Test(arguments: [
        (#"{"request":3}"#, [3]), (#"{"request":[2,5]}"#, [2, 5]), (#"{"every":3}"#, [3, 6]),
        (#"{"from":5}"#, [5, 6, 7]),
        (#"{"to":2}"#, [1, 2]), (#"{"from":2,"to":6,"every":2}"#, [2, 4, 6]), (#"{"page":4}"#, [4]),
        (#"{"interval":"01-01"}"#, [1, 2, 3]), (#"{"probability":0}"#, []), (#"{"endpoint":"token"}"#, []),
        ("{}", [1, 2, 3, 4, 5, 6, 7]),
    ])
    func `a rule strikes the requests it describes`(match: String, expected: [Int]) throws {
        #expect(try Self.struck(match, of: 7) == expected)
    }

    @Test func `a rule strikes no more often than it may`() throws {
        #expect(try Self.struck(#"{"every":2}"#, of: 10, more: #","times":2"#) == [2, 4])
    }

    @Test func `chance is decided by the seed`() throws {
        let first = try Self.struck(#"{"probability":0.25}"#, of: 400)
        #expect((60...140).contains(first.count))
        #expect(try Self.struck(#"{"probability":0.25}"#, of: 400) == first)
        #expect(try Self.struck(#"{"probability":0.25}"#, of: 400, seed: 2) != first)
    }
}
