import TrawlCore

extension HelpTopic {
    static let filters = HelpTopic(
        name: "filters", summary: "what --filter-file takes, with an example, and what it must not set",
        manTitle: "FILTERS",
        blocks: [
            .text(
                "--filter-file FILE takes one JSON object. Its members are put into the body of every query, beside those that "
                    + "Trawl sets itself. What they mean is the API's business: 'details-query' and 'details-jobs' take "
                    + "conversationFilters, segmentFilters, evaluationFilters, surveyFilters and resolutionFilters."),
            .title("Example: inbound calls and messages that have ended (inbound.json)"),
            .lines(example),
            .lines(["trawl run --filter-file inbound.json --from 2024-01-01 --to 2024-02-01 --out inbound"]),
            .text("The body of the first request, for the first page of the first day:"),
            .lines(body),
            .title("What a filter is made of"),
            .terms([
                (
                    "a filter",
                    "{\"type\": \"and\" or \"or\", \"predicates\": […], \"clauses\": […]}; a clause is such an object without clauses"
                ),
                (
                    "a predicate",
                    "\"dimension\", \"metric\" or \"property\", an \"operator\" (matches, exists, notExists), and a \"value\" or a "
                        + "\"range\"; like a sentence of three words"
                ),
                (
                    "conversationFilters",
                    "about the conversation: conversationId, conversationEnd, originatingDirection, divisionId, externalTag …"
                ),
                (
                    "segmentFilters",
                    "about its segments: mediaType, queueId, userId, purpose, wrapUpCode, direction …; they choose "
                        + "conversations, not segments: each comes whole"
                ),
            ]),
            .title("What it must not set"),
            .text(
                "The walk through the pages owns "
                    + EndpointProfile.detailsQuery.reservedKeys.sorted().joined(separator: ", ")
                    + (jobsOnly.isEmpty ? "" : ", with 'details-jobs' also \(jobsOnly.joined(separator: ", "))")
                    + ", and whatever else the endpoint profile names for interval, page size, page and cursor. A filter with one of "
                    + "them is refused (exit 64), and so are a key that occurs twice in an object, anything but one object, and "
                    + "a filter for a profile with method GET, which has no body. Nothing is created then."),
            .text(
                "'order' and 'orderBy' are asc and conversationStart, and best left so: in an order that moves between two pages, "
                    + "walks have to be made again. 'aggregations' are sent, but only records are kept."),
            .title("What to know"),
            .text(
                "The filter is part of what a run is: the same command resumes with it, and another filter is refused for the same "
                    + "directory. The result is proven complete for the filter, as the API counts its hits. A misspelt dimension is "
                    + "the API's to refuse; 'trawl simulate' refuses whatever it does not imitate."),
        ])

    /// By conversationEnd as well as by what a simulator imitates, so that it can be tried.
    static let example = [
        #"{"#,
        #"  "conversationFilters": [{"type": "and", "predicates": ["#,
        #"    {"type": "dimension", "dimension": "originatingDirection", "operator": "matches", "value": "inbound"},"#,
        #"    {"type": "dimension", "dimension": "conversationEnd", "operator": "exists"}]}],"#,
        #"  "segmentFilters": [{"type": "or", "predicates": ["#,
        #"    {"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "voice"},"#,
        #"    {"type": "dimension", "dimension": "mediaType", "operator": "matches", "value": "message"}]}]"#,
        #"}"#,
    ]

    static let body =
        [
            #"{"#,
            #"  "interval": "2024-01-01T00:00:00.000Z/2024-01-02T00:00:00.000Z","#,
            #"  "order": "asc", "orderBy": "conversationStart","#,
            #"  "paging": {"pageSize": 100, "pageNumber": 1},"#,
        ] + example.dropFirst()

    private static let jobsOnly = (EndpointProfile.builtIn(named: "details-jobs")?.reservedKeys ?? [])
        .subtracting(EndpointProfile.detailsQuery.reservedKeys).sorted()
}
