extension RecordWriter {
    /// `,"attributes":{…}` of a participant, some of those that are known; nothing where none are wanted.
    ///
    /// The choice comes from a generator of its own, so that the rest of the record does not depend on it.
    mutating func attributes(_ story: Story, among known: ArraySlice<(name: StaticString, values: [StaticString])>) {
        guard writesAttributes else { return }
        let main = random
        defer { random = main }
        let id = story.conversation.id
        random = SplitMix(seed: id.low ^ SplitMix.mixed(id.high))
        var isFirst = true
        for (name, values) in known where random.chance(750) {
            raw(isFirst ? ",\"attributes\":{\"" : ",\"")
            raw(name)
            pick("\":\"", values)
            raw("\"")
            isFirst = false
        }
        if !isFirst { raw("}") }
    }
}
