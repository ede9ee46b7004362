extension RecordWriter {
    /// Opens a session and writes its plain fields; ``closeSession(metrics:segments:)`` ends it.
    mutating func openSession(_ story: Story, isBrief: Bool = false) {
        let media = story.conversation.media
        if media.contains(.voice) {
            pick("{\"ani\":\"", Texts.numbers)
            raw("\"")
            direction(story)
            pick(",\"dnis\":\"", Texts.numbers)
            raw("\"")
            if !isBrief { uuid(",\"edgeId\":\"") }
            raw(",\"mediaType\":\"voice\"")
            if !isBrief { uuid(",\"protocolCallId\":\"") }
            raw(",\"provider\":\"Edge\",\"recording\":true")
            pick(",\"remoteNameDisplayable\":\"", Texts.people)
            pick("\",\"sessionDnis\":\"", Texts.numbers)
            uuid("\",\"sessionId\":\"")
        } else {
            uuid("{\"addressFrom\":\"")
            pick(",\"addressOther\":\"", Texts.people)
            raw("\"")
            direction(story)
            number(",\"mediaCount\":", Int64(random.below(4)))
            raw(
                media == .email
                    ? ",\"mediaType\":\"email\""
                    : media == .chat ? ",\"mediaType\":\"chat\"" : ",\"mediaType\":\"message\"")
            if media == .message { raw(",\"messageType\":\"webmessaging\"") }
            uuid(",\"peerId\":\"")
            pick(",\"provider\":\"", Texts.providers)
            pick("\",\"remote\":\"", Texts.people)
            uuid("\",\"roomId\":\"")
            uuid(",\"sessionId\":\"")
        }
    }

    private mutating func direction(_ story: Story) {
        raw(story.conversation.isInbound ? ",\"direction\":\"inbound\"" : ",\"direction\":\"outbound\"")
    }

    /// Sound quality, for the media that have sound.
    mutating func mediaStatistics(_ story: Story, _ leg: Leg) {
        guard story.conversation.media.contains(.voice) else { return }
        raw(",\"mediaEndpointStats\":[")
        for number in 0..<(1 + random.below(3)) {
            raw(number == 0 ? "{" : ",{")
            pick("\"codecs\":[\"", Texts.codecs)
            time("\"],\"eventTime\":\"", leg.to + Int64(number))
            self.number(",\"maxLatencyMs\":", Int64(20 + random.below(200)))
            decimal(",\"minMos\":", whole: Int64(1 + random.below(4)))
            decimal(",\"minRFactor\":", whole: Int64(60 + random.below(33)))
            self.number(",\"receivedPackets\":", leg.duration / 20)
            raw("}")
        }
        raw("]")
    }

    /// Writes the metrics and segments of a session and closes it. Each closure writes one element after another; the
    /// commas come from here.
    mutating func closeSession(
        metrics: (inout RecordWriter) -> Void, segments: (inout RecordWriter) -> Void
    ) {
        list(",\"metrics\":[", metrics)
        list(",\"segments\":[", segments)
        raw("}")
    }

    private mutating func list(_ opening: StaticString, _ elements: (inout RecordWriter) -> Void) {
        raw(opening)
        elements(&self)
        bytes.removeLast()  // every element ends with a comma
        raw("]")
    }

    mutating func metric(_ name: StaticString, _ value: Int64, at instant: Int64) {
        time("{\"emitDate\":\"", instant)
        raw(",\"name\":\"")
        raw(name)
        number("\",\"value\":", value)
        raw("},")
    }

    mutating func segment(_ type: StaticString, _ from: Int64, _ to: Int64) {
        time("{\"conference\":false,\"segmentEnd\":\"", to)
        time(",\"segmentStart\":\"", from)
        raw(",\"segmentType\":\"")
        raw(type)
        raw("\"},")
    }

    /// A segment in a queue; without an end while it is running.
    mutating func queued(_ type: StaticString, _ leg: Leg) {
        uuid("{\"conference\":false,\"queueId\":\"")
        if !leg.isRunning { time(",\"segmentEnd\":\"", leg.to) }
        time(",\"segmentStart\":\"", leg.from)
        raw(",\"segmentType\":\"")
        raw(type)
        raw("\"},")
    }

    /// The segment that says how a session ended, if it did.
    mutating func lastSegment(_ type: StaticString, _ leg: Leg) {
        raw("{\"conference\":false")
        if !leg.isRunning {
            pick(",\"disconnectType\":\"", Texts.disconnects)
            raw("\"")
            if random.chance(60) { raw(",\"q850ResponseCodes\":[16],\"sipResponseCodes\":[200,487]") }
            time(",\"segmentEnd\":\"", leg.to)
        }
        time(",\"segmentStart\":\"", leg.from)
        raw(",\"segmentType\":\"")
        raw(type)
        raw("\"")
        if random.chance(100) {
            pick(",\"subject\":\"", Texts.subjects)
            raw("\"")
        }
        raw("},")
    }

    mutating func wrapUp(after leg: Leg) {
        time("{\"conference\":false,\"segmentEnd\":\"", leg.to + Int64(random.below(120_000)))
        time(",\"segmentStart\":\"", leg.to)
        raw(",\"segmentType\":\"wrapup\"")
        uuid(",\"wrapUpCode\":\"")
        if random.chance(300) {
            pick(",\"wrapUpNote\":\"", Texts.notes)
            raw("\"")
        }
        raw("},")
    }
}
