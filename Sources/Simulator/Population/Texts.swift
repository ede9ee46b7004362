/// Texts of generated records, written as JSON string contents: what people and flows are called, including everything
/// that trips a careless reader of JSON or lines.
enum Texts {
    static let people: [StaticString] = [
        "Miller Anna", "Jordan KY", "Pikeville KY", "Corbin KY", "Springfield IL", "John Smith", "Maria Garcia",
        "Zoë Brontë", "Søren Åkesson", "Łukasz Wójcik", "田中 太郎", "Ольга Петрова", "محمد علي", "👩🏽‍💻 Priya",
        #"O\u0027Neil Pat"#, #"Ren\u00e9e \ud83d\ude00"#, #"Name \"Not\" Provided"#, #"ACME\/West \\ East"#,
        #"First\tLast\r\nSecond line"#, "Line\u{2028}Separator\u{2029}Paragraph", #"Esc\u2028aped"#,
        #"{\"conversationId\":\"fake\"},]}"#, #"Tail backslash \\"#, "Café", "Cafe\u{301}", "",
    ]
    static let numbers: [StaticString] = [
        "tel:+16063045918", "tel:+4930901820", "tel:+442079460958", "sip:anonymous@anonymous.invalid",
        "tel:+11001350017",
        "tel:+13175550144", "tel:+61255501234",
    ]
    static let flows: [StaticString] = [
        "Main Menu", "Master Flow", "Billing | EN", "Pflege & Beratung", "Menú principal",
        #"After Hours \u0026 Holidays"#,
    ]
    static let queues: [StaticString] = ["Support | Tier 1", "Support | Tier 2", "Ventas", "Reclamações", "Rückfragen"]
    static let reasons: [StaticString] = [
        "TRANSFER", "DISCONNECT", "FLOW_DISCONNECT", "FLOW_ERROR_DISCONNECT",
    ]
    static let languages: [StaticString] = ["en-us", "de-de", "es-us", "pt-br", "fr-ca"]
    static let subjects: [StaticString] = [
        #"Re: AW: Rechnung \"4711\"\n"#, "Order 1.10 / 1e3", #"\u00bfD\u00f3nde est\u00e1 mi pedido?"#, "Kündigung",
        #"null"#, #"<b>urgent<\/b> & more"#,
    ]
    static let notes: [StaticString] = [
        "customer will call back", #"needs \\\"escalation\\\""#, "Rückruf morgen 14 Uhr", "一切正常",
        #"line one\nline two\u2028line three"#,
    ]
    static let codecs: [StaticString] = ["audio/opus", "audio/PCMU", "audio/PCMA", "audio/G729"]
    static let disconnects: [StaticString] = ["peer", "client", "endpoint", "system", "timeout"]
    static let providers: [StaticString] = ["Edge", "PureCloud Messaging", "PureCloud Email", "PureCloud Webchat v2"]

    /// Participant attributes, as flows set them: nothing about their names can be relied on.
    static let attributes: [(name: StaticString, values: [StaticString])] = [
        ("DNIS", ["1350017", "30901820", ""]),
        ("conversationId", ["none", "00000000-0000-4000-8000-000000000000", ""]),
        (#"say \"hello\""#, [#"he said \"hello\""#, #"{\"json\":[1,2,{}]}"#, #"]}],\"x\":"#]),
        ("conversationStart", ["2001-01-01T00:00:00.000Z", "yesterday", ""]),
        ("conversationEnd", ["never", "", "2099-12-31T23:59:59.999Z"]),
        ("Customer ANI", ["tel:+16063045918", "sip:anonymous@anonymous.invalid"]),
        ("Flow.ScheduleGroup", ["MON-FRI_7AM-7PM", "24x7", "Feiertage \u{2013} geschlossen"]),
        ("Intent", ["Intent : Medical Default", "Rückfrage", "予約の変更", ""]),
        ("LastPrompt", [#"line one\nline two\u2028line three"#, "Closed", ""]),
        ("DEBUG_Language", ["en-us", "de-de", "pt-br"]),
        ("QueueLookup", ["QueueName Record is CURRENT - Not older than 7 days", "lookup failed", "T", "F"]),
        ("Skills", ["", "Billing|English|Tier 2"]),
        ("CallbackTollfree", ["800-555-0192", ""]),
        ("", ["an attribute without a name"]),
        (
            "Transcript",
            [
                """
                Thank you for calling. For billing press one, for technical support press two, to hear these options \
                again press nine. All our representatives are busy at the moment; your estimated waiting time is eleven \
                minutes. You may stay on the line or leave your number, and we will call you back in the order in which \
                your call came in. Calls may be recorded for training and quality purposes. Our opening hours have \
                changed: we are here from seven in the morning to seven in the evening, Monday to Friday, except on \
                public holidays.
                """, "",
            ]
        ),
    ]
}
