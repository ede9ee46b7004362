extension RecordWriter {
    /// Everybody who took part in a conversation.
    mutating func participants(_ story: Story) {
        let whole = story.leg(0, 1000)
        customer(story, whole)
        switch story.conversation.kind {
        case .digital:
            queue(story, story.leg(5, 250))
            agent(story, story.leg(250, 1000))
        case .voice:
            flow(story, story.leg(0, 120))
            queue(story, story.leg(120, 300))
            agent(story, story.leg(300, 1000))
        case .transferred:
            handovers(story, 2 + random.below(3))
        case .callback:
            flow(story, story.leg(0, 1))
            callbackQueue(whole)
        case .marathon:
            handovers(story, random.chance(200) ? 28 + random.below(30) : 8 + random.below(14))
        }
    }

    /// One participant, one session, little else: for runs that are about numbers of records.
    mutating func smallParticipant(_ story: Story) {
        let leg = story.leg(0, 1000)
        uuid("{\"participantId\":\"")
        pick(",\"participantName\":\"", Texts.people)
        raw("\",\"purpose\":\"customer\",\"sessions\":[")
        openSession(story, isBrief: true)
        closeSession {
            $0.metric("tConnected", leg.duration, at: leg.to)
        } segments: {
            $0.lastSegment("interact", leg)
        }
        raw("]")
        attributes(story, among: Texts.attributes.prefix(3))
        raw("}")
    }

    private mutating func handovers(_ story: Story, _ count: Int) {
        flow(story, story.leg(0, 50))
        for number in 0..<count {
            let from = Int64(50 + 950 * number / count)
            let to = Int64(50 + 950 * (number + 1) / count)
            let answered = from + (to - from) / 4
            queue(story, story.leg(from, answered))
            agent(story, story.leg(answered, to))
        }
    }

    private mutating func customer(_ story: Story, _ leg: Leg) {
        if random.chance(600) {
            uuid("{\"externalContactId\":\"")
            uuid(",\"participantId\":\"")
        } else {
            uuid("{\"participantId\":\"")
        }
        pick(",\"participantName\":\"", Texts.people)
        raw("\",\"purpose\":\"customer\",\"sessions\":[")
        openSession(story)
        mediaStatistics(story, leg)
        closeSession {
            $0.metric("nConnected", 1, at: leg.from + 163)
            $0.metric("tConnected", leg.duration, at: leg.to)
        } segments: {
            // The earliest segment can begin a little before the conversation.
            let early = $0.random.chance(100) ? leg.from - 13 : leg.from
            $0.segment("system", early, leg.from)
            $0.lastSegment("interact", leg)
        }
        if story.conversation.kind == .callback {
            raw(",")
            callbackSession(leg, metric: "tConnected")
        }
        raw("]")
        attributes(story, among: Texts.attributes[...])
        raw("}")
    }

    private mutating func flow(_ story: Story, _ leg: Leg) {
        uuid(",{\"participantId\":\"")
        pick(",\"participantName\":\"", Texts.flows)
        raw("\",\"purpose\":\"ivr\",\"sessions\":[")
        openSession(story)
        mediaStatistics(story, leg)
        pick(",\"flow\":{\"endingLanguage\":\"", Texts.languages)
        pick("\",\"entryReason\":\"", Texts.numbers)
        pick("\",\"entryType\":\"dnis\",\"exitReason\":\"", Texts.reasons)
        uuid("\",\"flowId\":\"")
        pick(",\"flowName\":\"", Texts.flows)
        number("\",\"flowType\":\"INBOUNDCALL\",\"flowVersion\":\"", Int64(1 + random.below(90)))
        pick(".0\",\"startingLanguage\":\"", Texts.languages)
        uuid("\",\"transferTargetAddress\":\"")
        pick(",\"transferTargetName\":\"", Texts.queues)
        raw("\",\"transferType\":\"ACD\"}")
        closeSession {
            $0.metric("nFlow", 1, at: leg.from)
            $0.metric("tIvr", leg.duration, at: leg.to)
            $0.metric("tFlow", leg.duration, at: leg.to)
            $0.metric("tFlowExit", leg.duration, at: leg.to)
        } segments: {
            $0.segment("system", leg.from, leg.from)
            $0.lastSegment("ivr", leg)
        }
        raw("]}")
    }

    private mutating func queue(_ story: Story, _ leg: Leg) {
        uuid(",{\"participantId\":\"")
        pick(",\"participantName\":\"", Texts.queues)
        raw("\",\"purpose\":\"acd\",\"sessions\":[")
        openSession(story)
        raw(",\"requestedRoutings\":[\"Standard\"],\"usedRouting\":\"Standard\"")
        mediaStatistics(story, leg)
        closeSession {
            $0.metric("nOffered", 1, at: leg.from)
            $0.metric("tAcd", leg.duration, at: leg.to)
        } segments: {
            $0.queued("interact", leg)
        }
        raw("]}")
    }

    private mutating func agent(_ story: Story, _ leg: Leg) {
        uuid(",{\"participantId\":\"")
        raw(",\"purpose\":\"agent\"")
        uuid(",\"userId\":\"")
        raw(",\"sessions\":[")
        openSession(story)
        mediaStatistics(story, leg)
        let alerted = leg.from + leg.duration / 50
        closeSession {
            $0.metric("tAlert", alerted - leg.from, at: alerted)
            $0.metric("tAnswered", alerted - story.conversation.start, at: alerted)
            $0.metric("tTalk", leg.to - alerted, at: leg.to)
            $0.metric("tTalkComplete", leg.to - alerted, at: leg.to)
            $0.metric("tHandle", leg.duration, at: leg.to)
        } segments: {
            $0.queued("alert", Leg(from: leg.from, to: alerted, isRunning: false))
            if $0.random.chance(300) {
                let held = alerted + leg.duration / 3
                $0.segment("hold", held, held + leg.duration / 10)
            }
            $0.lastSegment("interact", Leg(from: alerted, to: leg.to, isRunning: leg.isRunning))
            if !leg.isRunning { $0.wrapUp(after: leg) }
        }
        raw("]}")
    }

    private mutating func callbackQueue(_ leg: Leg) {
        uuid(",{\"participantId\":\"")
        raw(",\"purpose\":\"acd\",\"sessions\":[")
        callbackSession(leg, metric: "tAcd")
        raw("]}")
    }

    private mutating func callbackSession(_ leg: Leg, metric: StaticString) {
        pick("{\"callbackNumbers\":[\"", Texts.numbers)
        pick("\"],\"callbackUserName\":\"", Texts.people)
        raw("\",\"direction\":\"outbound\",\"flowInType\":\"voicemail\",\"mediaType\":\"callback\"")
        uuid(",\"peerId\":\"")
        raw(",\"provider\":\"PureCloud Callback\",\"requestedRoutings\":[\"Standard\"]")
        uuid(",\"sessionId\":\"")
        raw(",\"skipEnabled\":true,\"timeoutSeconds\":0")
        closeSession {
            $0.metric("nOffered", 1, at: leg.from)
            // Weeks in milliseconds: more than 32 bits hold.
            $0.metric(metric, leg.duration, at: leg.to)
        } segments: {
            $0.queued("uploading", Leg(from: leg.from, to: leg.from, isRunning: false))
            $0.queued("interact", leg)
        }
    }
}
