/// Cuts the sorted result into buckets of about equal size, and knows when each is complete.
struct BucketMap {
    /// The least key of each bucket but the first.
    private let bounds: [SortKey]
    /// The ordinal of the last line that belongs to each bucket; -1 for none.
    private(set) var lastOrdinal: [Int]

    init(bounds: [SortKey]) {
        self.bounds = bounds
        lastOrdinal = Array(repeating: -1, count: bounds.count + 1)
    }

    var count: Int { lastOrdinal.count }

    @inline(__always)
    func bucket(of key: SortKey) -> Int {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if bounds[middle] <= key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    mutating func note(_ key: SortKey, ordinal: Int) {
        let bucket = bucket(of: key)
        if ordinal > lastOrdinal[bucket] { lastOrdinal[bucket] = ordinal }
    }
}

/// A sample of keys, weighted by line length, from which buckets are cut. Ids decide who is in it, so all versions of a
/// record are in it or none.
struct KeySample {
    private struct Member {
        let key: SortKey
        let length: UInt32
        let hash: UInt64
    }

    private let limit: Int
    private var mask: UInt64 = 0
    private var members: [Member] = []

    init(limit: Int = 1 << 16) {
        self.limit = limit
    }

    @inline(__always)
    mutating func add(_ key: SortKey, length: UInt32, hash: UInt64) {
        guard hash & mask == 0 else { return }
        members.append(Member(key: key, length: length, hash: hash))
        if members.count > limit { thin() }
    }

    func map(bucketBytes: Int) -> BucketMap {
        var bounds: [SortKey] = []
        var filled = 0
        for member in members.sorted(by: { $0.key < $1.key }) {
            if filled >= bucketBytes, bounds.last.map({ $0 < member.key }) ?? true {
                bounds.append(member.key)
                filled = 0
            }
            filled += Int(member.length) * Int(mask + 1)
        }
        return BucketMap(bounds: bounds)
    }

    private mutating func thin() {
        while members.count > limit / 2, mask != .max {
            mask = mask << 1 | 1
            members.removeAll { $0.hash & mask != 0 }
        }
    }
}
