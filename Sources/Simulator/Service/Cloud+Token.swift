import Guarded
import HTTPServer
import TrawlCore

extension Cloud {
    /// `POST /oauth/token` with client credentials, as HTTP Basic or in the form.
    func token(_ request: HTTPServerRequest) -> Answer {
        guard request.method == "POST" else {
            return Answer(response: HTTPServerResponse(status: 405, headers: [("Allow", "POST")]))
        }
        let now = clock.microseconds()
        return struck(FaultRequest(endpoint: .token)) { _ in
            state.with { Self.issue(request, from: &$0.desk, lifetime: options.tokenLifetime, now: now) }
        }
    }

    private static func issue(
        _ request: HTTPServerRequest, from desk: inout TokenDesk, lifetime: Duration, now: Int64
    ) -> Answer {
        do throws(TokenDesk.Refusal) {
            let form = Credentials.form(request.body)
            guard RequestBody.mediaType(of: request) == "application/x-www-form-urlencoded",
                let grant = form["grant_type"]
            else {
                throw TokenDesk.Refusal(status: 400, error: "invalid_request", description: "grant_type is missing")
            }
            guard grant == "client_credentials" else {
                throw TokenDesk.Refusal(
                    status: 400, error: "unsupported_grant_type", description: "only client_credentials is imitated")
            }
            let credentials: (id: String, secret: String)?
            if let header = request.header("Authorization") {
                credentials = Credentials.basic(header)
            } else if let id = form["client_id"], let secret = form["client_secret"] {
                credentials = (id, secret)
            } else {
                credentials = nil
            }
            guard let credentials else {
                throw TokenDesk.Refusal(status: 401, error: "invalid_client", description: "authentication failed")
            }
            let token = try desk.issue(client: credentials.id, secret: credentials.secret, now: now)
            // One second less than the lifetime, as the real server answers.
            let seconds = max(1, lifetime.wholeMilliseconds / 1000 - 1)
            return oauth(200, #"{"access_token":"\#(token)","token_type":"bearer","expires_in":\#(seconds)}"#)
        } catch {
            let description = JSONValue.quoted(error.description)
            return oauth(
                error.status,
                #"{"error":"\#(error.error)","description":\#(description),"error_description":\#(description)}"#)
        }
    }

    private static func oauth(_ status: Int, _ body: String) -> Answer {
        Answer(
            response: HTTPServerResponse(
                status: status, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-store")],
                body: Array(body.utf8)))
    }
}
