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
}
