import Foundation
import TrawlStore

/// The STORE that merge, status, verify and others take.
enum StoreArgument {
    static func open(_ arguments: Arguments) throws -> DirectoryStore {
        guard let path = arguments.positional, !path.isEmpty else {
            throw Failure.usage("name the run's directory: trawl \(arguments.command) DIR")
        }
        return try open(path, arguments)
    }

    static func open(_ path: String, _ arguments: Arguments) throws -> DirectoryStore {
        try DirectoryStore.open(
            path: URL(fileURLWithPath: path).standardizedFileURL.path,
            compression: try StoreOptions.compression(arguments))
    }
}
