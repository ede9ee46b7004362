package import TrawlCore

/// Incarnations of the Redis schedule.
extension DirectoryStore {
    private struct EpochRecord: Codable {
        var highestSlot: Int64
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
        get throws(StoreError) {
            let last = try epoch
            let record = try JSONFile.read(
                EpochRecord.self, "\(root)/epoch/\(last)", advice: "remove it and run again")
            return record?.highestSlot ?? 0
        }
    }

    /// Begins a new epoch, which is the caller's alone. `slot` is the latest slot time the caller knows of.
    package func bumpEpoch(highestSlot slot: Int64 = 0) throws(StoreError) -> Int {
        while true {
            let next = try epoch + 1
            let record = try EpochRecord(highestSlot: max(slot, highestSlot))
            if try Files.createOnce("\(root)/epoch/\(next)", JSONFile.encode(record)) { return next }
        }
    }
}
