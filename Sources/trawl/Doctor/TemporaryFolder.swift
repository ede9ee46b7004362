import Foundation
import TrawlCore

/// A new directory under the system's temporary one, for as long as it is needed.
struct TemporaryFolder {
    let path: String

    init(environment: [String: String]) throws {
        let base = environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(base)/trawl-doctor-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw StoreError.io(
                operation: "create a directory in", path: base, reason: String(cString: strerror(errno)))
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// What cannot be removed stays; it is in a place that is cleaned by others.
    func remove() { try? FileManager.default.removeItem(atPath: path) }
}
