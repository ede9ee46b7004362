/// The `conversationFilters` and `segmentFilters` of a query, as far as the simulator applies them.
struct QueryFilter: Sendable {
    /// All have to match.
    var conditions: [Condition] = []

    var isEmpty: Bool { conditions.isEmpty }

    func matches(_ traits: Traits) -> Bool {
        conditions.allSatisfy { $0.matches(traits) }
    }

    /// One filter, clause or predicate.
    indirect enum Condition: Sendable {
        case all([Condition])
        case any([Condition])
        case ended(Bool)
        case id(String)
        case direction(String)
        case division(String)
        case media(Media, present: Bool)
        case always(Bool)

        func matches(_ traits: Traits) -> Bool {
            switch self {
            case .all(let conditions): conditions.allSatisfy { $0.matches(traits) }
            case .any(let conditions): conditions.contains { $0.matches(traits) }
            case .ended(let ended): traits.hasEnd == ended
            case .id(let id): traits.hasID(id)
            case .direction(let direction): traits.direction == direction
            case .division(let division): traits.divisions.contains(division)
            case .media(let media, let present): traits.media.isDisjoint(with: media) != present
            case .always(let matches): matches
            }
        }
    }
}
