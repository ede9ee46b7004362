import TrawlCore
import TrawlStore

/// Makes a plan out of what was asked for.
enum Planning {
    static func plan(_ request: PlanRequest, settings: APISettings) -> Plan {
        plan(request, apiURL: settings.apiURL, loginURL: settings.loginURL)
    }

    static func plan(_ request: PlanRequest, apiURL: String, loginURL: String) -> Plan {
        guard let calendar = CalendarDays(timezone: request.timezone) else {
            preconditionFailure("the time zone was checked when it was read")
        }
        let roots = request.shardSize.roots(of: request.interval, days: calendar)
        return Plan(
            run: RunID.fresh(for: request.interval), request: request, roots: roots.map(\.id), apiURL: apiURL,
            loginURL: loginURL, hash: planHash(of: request))
    }
}
