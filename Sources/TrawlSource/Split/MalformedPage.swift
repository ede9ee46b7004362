import CSimdjson

/// Why a response body is not a page.
package struct MalformedPage: Error, Hashable, Sendable {
    package enum Reason: Hashable, Sendable, CaseIterable {
        case truncated
        case notUTF8
        case unexpectedByte
        case badEscape
        case controlByte
        case badNumber
        case badLiteral
        case tooNested
        case trailingBytes
        case notAnObject
        case recordsNotAnArray
        case badTotal
        case badCursor
        case tooManyRecords
        case tooLong
        case noMemory
    }

    package let reason: Reason
    /// The byte of the body where the error was noticed.
    package let offset: Int
}

extension MalformedPage: CustomStringConvertible {
    package var description: String { "malformed page: \(reason) at byte \(offset)" }
}

extension MalformedPage.Reason: CustomStringConvertible {
    package var description: String {
        switch self {
        case .truncated: "the JSON ends too early"
        case .notUTF8: "not UTF-8"
        case .unexpectedByte: "not JSON"
        case .badEscape: "an escape JSON does not have"
        case .controlByte: "a control byte inside a string"
        case .badNumber: "not a JSON number"
        case .badLiteral: "not true, false or null"
        case .tooNested: "nested too deep"
        case .trailingBytes: "something follows the JSON"
        case .notAnObject: "not a JSON object"
        case .recordsNotAnArray: "the records are not an array"
        case .badTotal: "the total is not a whole number"
        case .badCursor: "the cursor is not a text"
        case .tooManyRecords: "too many records"
        case .tooLong: "more bytes than a page may have"
        case .noMemory: "no memory left"
        }
    }

    init(_ status: CSimdjson_status) {
        switch status {
        case CSimdjson_truncated: self = .truncated
        case CSimdjson_notUTF8: self = .notUTF8
        case CSimdjson_unexpectedByte: self = .unexpectedByte
        case CSimdjson_badEscape: self = .badEscape
        case CSimdjson_controlByte: self = .controlByte
        case CSimdjson_badNumber: self = .badNumber
        case CSimdjson_badLiteral: self = .badLiteral
        case CSimdjson_tooNested: self = .tooNested
        case CSimdjson_trailingBytes: self = .trailingBytes
        case CSimdjson_pageNotAnObject: self = .notAnObject
        case CSimdjson_recordsNotAnArray: self = .recordsNotAnArray
        case CSimdjson_badTotal: self = .badTotal
        case CSimdjson_badCursor: self = .badCursor
        case CSimdjson_tooManyRecords: self = .tooManyRecords
        case CSimdjson_tooLong: self = .tooLong
        case CSimdjson_noMemory: self = .noMemory
        default: preconditionFailure("CSimdjson status \(status.rawValue) is not known")
        }
    }
}
