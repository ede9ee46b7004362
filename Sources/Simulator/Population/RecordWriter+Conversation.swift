extension RecordWriter {
    /// Appends the record of a conversation: the same bytes whenever, wherever and after whatever else it is written.
    ///
    /// Absent values are left out, as the API does. Participants have attributes where ``writesAttributes`` wants them;
    /// all the rest is the same with and without.
    mutating func write(_ conversation: Conversation, size: RecordSize) {
        random = SplitMix(seed: conversation.id.high ^ SplitMix.mixed(conversation.id.low))
        raw("{")
        if let end = conversation.end {
            time("\"conversationEnd\":\"", end)
            raw(",")
        }
        uuid("\"conversationId\":\"", conversation.id)
        time(",\"conversationStart\":\"", conversation.start)
        division(conversation.division)
        if random.chance(30) {
            number(",\"externalTag\":\"T-", Int64(random.below(100_000)))
            raw("\"")
        }
        if conversation.media.contains(.voice), size == .typical {
            decimal(",\"mediaStatsMinConversationMos\":", whole: Int64(2 + random.below(3)))
            decimal(",\"mediaStatsMinConversationRFactor\":", whole: Int64(60 + random.below(33)))
        }
        raw(conversation.isInbound ? ",\"originatingDirection\":\"inbound\"" : ",\"originatingDirection\":\"outbound\"")
        if size == .typical { reviews(conversation) }
        raw(",\"participants\":[")
        let story = Story(conversation)
        switch size {
        case .small: smallParticipant(story)
        case .typical: participants(story)
        }
        raw("]}")
    }

    private mutating func division(_ number: Int) {
        raw(",\"divisionIds\":[\"")
        raw(Division.ids[number])
        raw("\"]")
    }

    /// Evaluations, surveys and resolutions arrive after the conversation and stay rare.
    private mutating func reviews(_ conversation: Conversation) {
        guard let end = conversation.end else { return }
        if random.chance(20) {
            uuid(",\"evaluations\":[{\"evaluationId\":\"")
            raw(",\"evaluationStatus\":\"Finished\"")
            uuid(",\"evaluatorId\":\"")
            time(",\"eventTime\":\"", end + Int64(random.below(3 * 86_400_000)))
            uuid(",\"formId\":\"")
            pick(",\"formName\":\"", Texts.queues)
            uuid("\",\"queueId\":\"")
            raw(",\"released\":true,\"rescored\":false")
            uuid(",\"userId\":\"")
            number(",\"oTotalCriticalScore\":", Int64(random.below(101)))
            number(",\"oTotalScore\":", Int64(random.below(101)))
            raw("}]")
        }
        if random.chance(15) {
            time(",\"surveys\":[{\"eventTime\":\"", end + Int64(random.below(86_400_000)))
            uuid(",\"queueId\":\"")
            uuid(",\"surveyId\":\"")
            number(",\"surveyPromoterScore\":", Int64(random.below(11)))
            raw(",\"surveyStatus\":\"Finished\",\"surveyType\":\"Web\",\"oSurveyTotalScore\":87}]")
        }
        if random.chance(10) {
            time(",\"resolutions\":[{\"eventTime\":\"", end + 3_600_000)
            uuid(",\"queueId\":\"")
            raw(",\"nNextContactAvoided\":1}]")
        }
    }
}

/// The divisions of the imitated organisation.
enum Division {
    static let ids: [StaticString] = [
        "88add5f6-f6bd-4a67-a417-40bd29b2e81d", "1f4c2b7e-90d3-4a55-8f21-6a0c35b9e7d4",
        "c3a9e0d1-5b62-4f8e-9d47-02e6b81fa935", "7be21d4f-3c08-49a6-b5f0-d98e417c6a20",
    ]
}
