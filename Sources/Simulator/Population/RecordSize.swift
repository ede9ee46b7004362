/// How large the generated records are.
package enum RecordSize: String, Sendable, CaseIterable {
    /// The mix of a real organisation: about 8 kB on average, from 2.5 kB to beyond 100 kB.
    case typical
    /// 500 bytes to 1 kB each, for runs that are about numbers of records.
    case small
}
