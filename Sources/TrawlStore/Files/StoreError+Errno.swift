import Glibc
import TrawlCore

extension StoreError {
    /// What a failed call of the file system means. `code` is `errno`, read at once after the call.
    static func failure(_ operation: String, _ path: String, code: Int32) -> StoreError {
        let reason = String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT, EFBIG: return .full(path: path, reason: reason)
        default: return .io(operation: operation, path: path, reason: reason)
        }
    }
}
