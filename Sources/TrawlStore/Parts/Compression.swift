/// How the NDJSON files of a store are kept. It may change when a run is resumed: every file says what it is.
package enum Compression: String, Hashable, Sendable, Codable, CaseIterable {
    case none, zstd

    /// What file names end with.
    package var suffix: String {
        switch self {
        case .none: "ndjson"
        case .zstd: "ndjson.zst"
        }
    }
}
