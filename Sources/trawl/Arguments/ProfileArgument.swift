import Foundation
import TrawlCore

/// A profile by its name, or by the path of a file.
enum ProfileArgument {
    static let names = EndpointProfile.builtIn.map { ValueKind.Word($0.name, $0.description) }
    static let kind = ValueKind.wordsOrFile(names)

    /// The value of `--endpoint`. What has a slash or ends in `.json` is a file; everything else is a built-in
    /// profile's name.
    static func profile(_ text: String) throws -> EndpointProfile {
        if text.contains("/") || text.hasSuffix(".json") { return try file(text, label: "--endpoint \(text)") }
        return try builtIn(text, label: "--endpoint '\(text)'")
    }

    static func builtIn(_ name: String, label: String) throws -> EndpointProfile {
        guard let profile = EndpointProfile.builtIn(named: name) else {
            let names = EndpointProfile.builtIn.map(\.name).joined(separator: ", ")
            throw Failure.usage("\(label): no such profile; there are \(names), or name a .json file of your own")
        }
        return profile
    }

    static func file(_ path: String, label: String) throws -> EndpointProfile {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure.usage("\(label): cannot be read")
        }
        do throws(ProfileError) {
            return try EndpointProfile(json: data)
        } catch {
            throw Failure.usage("\(label): \(error)")
        }
    }
}
