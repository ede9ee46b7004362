/// Where a record stands in the result, up to the rest of its id.
struct SortKey: Comparable, BitwiseCopyable {
    let start: Int64
    let idPrefix: UInt64

    @inline(__always)
    static func < (left: SortKey, right: SortKey) -> Bool {
        left.start != right.start ? left.start < right.start : left.idPrefix < right.idPrefix
    }
}
