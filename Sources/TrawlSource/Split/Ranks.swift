import Glibc
import TrawlCore

/// Gives the records of one page that share an id their ranks: by bytes, then by position.
enum Ranks {
    static func assign(to entries: inout [RecordEntry], lines: UnsafeBufferPointer<UInt8>) {
        guard hasRepeats(entries) else { return }
        var offsets: [Int] = []
        offsets.reserveCapacity(entries.count)
        var next = 0
        for entry in entries {
            offsets.append(next)
            next += Int(entry.length)
        }
        func comesFirst(_ left: Int, _ right: Int) -> Bool {
            let (one, other) = (entries[left], entries[right])
            if one.id != other.id { return (one.id.high, one.id.low) < (other.id.high, other.id.low) }
            let common = min(Int(one.length), Int(other.length))
            let order = memcmp(lines.baseAddress! + offsets[left], lines.baseAddress! + offsets[right], common)
            if order != 0 { return order < 0 }
            return one.length == other.length ? left < right : one.length < other.length
        }
        let sorted = entries.indices.sorted(by: comesFirst)
        for (before, index) in zip(sorted, sorted.dropFirst()) where entries[before].id == entries[index].id {
            let rank = entries[before].rank
            entries[index].rank = rank == .max ? rank : rank + 1
        }
    }

    /// Nearly every page has none, and then a small table of positions is all that is needed to know.
    private static func hasRepeats(_ entries: [RecordEntry]) -> Bool {
        guard entries.count > 1 else { return false }
        let slots = 1 << (Int.bitWidth - (entries.count * 2 - 1).leadingZeroBitCount)
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: slots) { table in
            table.initialize(repeating: -1)
            for (position, entry) in entries.enumerated() {
                var slot = Int(truncatingIfNeeded: entry.id.low) & (slots - 1)
                while table[slot] >= 0 {
                    if entries[Int(table[slot])].id == entry.id { return true }
                    slot = (slot + 1) & (slots - 1)
                }
                table[slot] = Int32(position)
            }
            return false
        }
    }
}
