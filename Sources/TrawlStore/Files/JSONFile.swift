import FoundationEssentials
import TrawlCore

/// Small JSON documents of the store.
enum JSONFile {
    static func encode(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            return try Array(encoder.encode(value)) + [0x0A]
        } catch {
            preconditionFailure("a document of the store does not encode: \(error)")
        }
    }

    /// Nil where there is no such file. `advice` says what to do about a damaged one.
    static func read<Value: Decodable>(
        _ type: Value.Type, _ path: String, advice: String
    ) throws(StoreError) -> Value? {
        guard let bytes = try Files.read(path) else { return nil }
        do {
            return try JSONDecoder().decode(type, from: Data(bytes))
        } catch {
            throw .damaged(path: path, reason: "\(Self.reason(error, isEmpty: bytes.isEmpty)); \(advice)")
        }
    }

    private static func reason(_ error: any Error, isEmpty: Bool) -> String {
        if isEmpty { return "it is empty" }
        guard let error = error as? DecodingError else { return "it is not JSON" }
        switch error {
        case .keyNotFound(let key, _): return "'\(key.stringValue)' is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "'\(context.codingPath.map(\.stringValue).joined(separator: "."))' has the wrong type"
        case .dataCorrupted(let context):
            return context.codingPath.isEmpty ? "it is not JSON" : context.debugDescription
        @unknown default: return "it is not what it must be"
        }
    }
}
