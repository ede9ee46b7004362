import Foundation
import TrawlCore

/// `trawl profiles`: which ways of paging Trawl knows, and whether a profile of one's own is right.
enum ProfilesCommand {
    static let spec = CommandSpec(
        name: "profiles", summary: "list, show and check endpoint profiles: the ways to page through an endpoint",
        examples: [
            .init(purpose: "which are there?", line: "trawl profiles list"),
            .init(
                purpose: "start one of your own from a built-in one",
                line: "trawl profiles show details-query > mine.json"),
            .init(purpose: "is it right?", line: "trawl profiles check mine.json"),
            .init(
                purpose: "use it",
                line: "trawl run --endpoint ./mine.json --from 2024-01-01 --to 2024-02-01 --out january"),
        ],
        positional: "list | show NAME | check FILE", mostPositionals: 2,
        verbs: [
            .init("list", nil, "the built-in ones"),
            .init("show", "NAME", "a built-in one, as a file", takes: [.words(ProfileArgument.names)]),
            .init("check", "FILE", "whether one of your own is right", takes: [.file]),
        ],
        sections: [("Output", [OptionSpec("--json", nil, "one JSON object on standard output")])],
        notes: [
            "A profile is a JSON file; docs/profiles.md has every key. A wrong one is refused with the place of the first fault "
                + "(exit 64)."
        ],
        run: { try run($0) })

    private static func run(_ arguments: Arguments) throws -> Int32 {
        let words = arguments.positionals
        switch (words.first, words.dropFirst().first) {
        case ("list", nil): list(isJSON: arguments.flag("--json"))
        case ("show", let name?):
            show(try ProfileArgument.builtIn(name, label: "'\(name)'"), isJSON: arguments.flag("--json"))
        case ("check", let path?):
            check(try ProfileArgument.file(path, label: path), path: path, isJSON: arguments.flag("--json"))
        case ("show", nil): throw Failure.usage("'show' needs a name; 'trawl profiles list' has them all")
        case ("check", nil): throw Failure.usage("'check' needs a file, such as mine.json")
        case ("list", _?): throw Failure.usage("'list' takes nothing; 'show' takes a name")
        default: throw Failure.usage("say 'list', 'show NAME' or 'check FILE'")
        }
        return ExitCode.complete
    }

    private static func list(isJSON: Bool) {
        let profiles = EndpointProfile.builtIn
        if isJSON {
            Console.result(JSONValue.object(["profiles": .array(profiles.map(\.document))]).canonical)
            return
        }
        let width = profiles.map(\.name.count).max() ?? 0
        Console.result(
            profiles.map { "\($0.name.padding(to: width))  \($0.description)" }.joined(separator: "\n"))
    }

    private static func show(_ profile: EndpointProfile, isJSON: Bool) {
        guard !isJSON, let source = EndpointProfile.source(ofBuiltIn: profile.name) else {
            return Console.result(profile.document.canonical)
        }
        Console.result(String(decoding: source, as: UTF8.self).trimmingCharacters(in: .newlines))
    }

    private static func check(_ profile: EndpointProfile, path: String, isJSON: Bool) {
        if isJSON {
            Console.result(
                JSONValue.object(["valid": .bool(true), "path": .string(path), "profile": profile.document]).canonical)
            return
        }
        let size = profile.paging.pageSize
        let style =
            switch profile.paging.continuation {
            case .number: "by number"
            case .cursor: "by cursor"
            case .job: "by job"
            }
        let proof =
            profile.total == nil
            ? "no total, so its shards cannot be proven complete" : "a total proves its shards complete"
        Console.result(
            "\(path): a good profile: \(profile.name), \(profile.method.rawValue) \(profile.path), pages \(style) with "
                + "\(size.minimum) to \(size.maximum) records, \(proof)")
    }
}
