/// Keeps what fails again and again from flooding the log.
enum Repetition {
    /// Calls `log` the first time and then each time that the count has doubled, with a note of how often it has been.
    static func say(_ count: Int, _ log: (_ note: String) -> Void) {
        guard count > 0, count.nonzeroBitCount == 1 else { return }
        log(count == 1 ? "" : ", \(count) times in a row")
    }
}
