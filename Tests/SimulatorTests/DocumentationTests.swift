import FoundationEssentials
import Testing

@testable import Simulator

/// docs/simulator.md names everything that can be chosen, and its example works.
struct DocumentationTests {
    private static func page() throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return String(decoding: try Data(contentsOf: root.appending(path: "docs/simulator.md")), as: UTF8.self)
    }

    @Test func `every flag, fault, change and rule is documented`() throws {
        let page = try Self.page()
        let names =
            SimulatorOptions.flags.map(\.name) + FaultScript.Kind.allCases.flatMap { [$0.rawValue] + $0.members }
            + Endpoint.allCases.map(\.rawValue) + Route.dialects.keys + Fault.Mutation.allCases.map(\.rawValue)
            + SelectionRule.allCases.map(\.rawValue)
        for name in names {
            let isThere = page.contains("`\(name)`") || page.contains("`\(name) ")
            #expect(isThere, "\(name)")
        }
    }

    @Test func `the example of a fault script is one`() throws {
        let page = try Self.page()
        let start = try #require(page.firstRange(of: "```json\n"))
        let end = try #require(page[start.upperBound...].firstRange(of: "```"))
        let script = try FaultScript(Array(page[start.upperBound..<end.lowerBound].utf8))
        #expect(script.rules.count == 5)
        #expect(script.seed == 7)
        #expect(script.rules[2].fault == .reset(after: 5000))
    }
}
