import HTTPServer

/// The page's files, which are part of the program.
enum Assets {
    private static let files: [String: (type: String, content: [UInt8])] = [
        "icon.svg": ("image/svg+xml", PackageResources.icon_svg),
        "page.css": (css, PackageResources.page_css), "timeline.css": (css, PackageResources.timeline_css),
        "app.js": (script, PackageResources.app_js), "dom.js": (script, PackageResources.dom_js),
        "format.js": (script, PackageResources.format_js), "live.js": (script, PackageResources.live_js),
        "runs.js": (script, PackageResources.runs_js), "run.js": (script, PackageResources.run_js),
        "timeline.js": (script, PackageResources.timeline_js), "shard.js": (script, PackageResources.shard_js),
        "charts.js": (script, PackageResources.charts_js), "tables.js": (script, PackageResources.tables_js),
        "actions.js": (script, PackageResources.actions_js),
    ]
    private static let (css, script) = ("text/css; charset=utf-8", "text/javascript; charset=utf-8")

    static func named(_ name: String) -> HTTPServerResponse? {
        files[name].map { Answer.bytes(200, $0.type, $0.content) }
    }

    static var page: HTTPServerResponse {
        Answer.bytes(200, "text/html; charset=utf-8", PackageResources.index_html)
    }

    static func login(status: Int, _ message: String?) -> HTTPServerResponse {
        // The messages are our own.
        let page = String(decoding: PackageResources.login_html, as: UTF8.self)
            .replacing("<!--message-->", with: message.map { "<p role=\"alert\" class=\"alert\">\($0)</p>" } ?? "")
        return Answer.bytes(status, "text/html; charset=utf-8", Array(page.utf8))
    }
}
