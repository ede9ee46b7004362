enum Version {
    static let text = "0.1.0"
    /// The day of that version, for the man pages. A constant, so that the same sources give the same files.
    static let date = "2026-11-20"
}
