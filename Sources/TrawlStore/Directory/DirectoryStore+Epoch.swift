package import TrawlCore

/// Incarnations of the Redis schedule.
extension DirectoryStore {
    private struct EpochRecord: Codable {
        var highestSlot: Int64
        /// Absent in stores of earlier versions.
        var requests: Int?
    }

    /// The highest epoch there is; 0 before the first.
    package var epoch: Int {
        get throws(StoreError) {
            try (Files.names(in: "\(root)/epoch") ?? []).compactMap { Int($0) }.max() ?? 0
        }
    }

    /// The latest slot time (microseconds since 1970) that any epoch was begun with: a later epoch's slots come after
    /// it, whatever Redis's clock says.
    package var highestSlot: Int64 {
        get throws(StoreError) { try lastRecord?.highestSlot ?? 0 }
    }

    /// The most requests that any epoch was begun with. Those of attempts that were given back are among them, which no
    /// outcome tells of.
    package var requestsNoted: Int {
        get throws(StoreError) { try lastRecord?.requests ?? 0 }
    }

    /// Begins a new epoch, which is the caller's alone. `slot` is the latest slot time the caller knows of, `requests`
    /// how many the run has made.
    package func bumpEpoch(highestSlot slot: Int64 = 0, requests: Int = 0) throws(StoreError) -> Int {
        while true {
            let next = try epoch + 1
            let last = try lastRecord
            let record = EpochRecord(
                highestSlot: max(slot, last?.highestSlot ?? 0), requests: max(requests, last?.requests ?? 0))
            if try Files.createOnce("\(root)/epoch/\(next)", JSONFile.encode(record)) { return next }
        }
    }

    private var lastRecord: EpochRecord? {
        get throws(StoreError) {
            try JSONFile.read(EpochRecord.self, "\(root)/epoch/\(epoch)", advice: "remove it and run again")
        }
    }
}
