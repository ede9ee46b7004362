import TrawlCore

/// A slot that was reserved, on the local clock.
///
/// Redis read its clock somewhere between `asked` and `answered`. Counting from the answer, a request never leaves
/// before its slot; counting from the question, its lateness is never taken for less than it is. So a process that was
/// frozen in between notices.
struct Reservation<Moment: InstantProtocol> where Moment.Duration == Duration {
    let slot: Slot
    /// From Redis's clock to the slot.
    let wait: Duration
    let generation: String
    /// How late the margin of the rate pays for. Nil tolerates everything.
    let tolerance: Duration?
    let asked: Moment
    let answered: Moment

    /// When the request may leave.
    var opens: Moment { answered.advanced(by: wait) }

    /// Whether a request that leaves now would leave too late to be paid for by the margin.
    func isVoid(at now: Moment) -> Bool {
        guard let tolerance else { return false }
        return asked.advanced(by: wait).duration(to: now) >= tolerance
    }
}
