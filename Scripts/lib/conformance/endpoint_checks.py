"""The endpoints beside the details query, asked plainly: what they refuse, what a script of faults makes of them, and
the dialects. What is wrong with an answer by the definitions is in `answer.faults`: see contract.py."""

import json

from answer_checks import WEEK, refused
from report import unequal
from simulator import CLIENT, JOBS, QUERY, SECRET, Simulator, until
from swagger import parse

LIMITS = "/api/v2/organizations/limits/namespaces/"
SUMMARY = "/api/v2/analytics/conversations/summary/queries"


def submit(simulator, **more):
    """The id of a new job."""
    return parse(simulator.post({"interval": WEEK, **more}, JOBS).body)["jobId"]


def finished(simulator, job):
    """The status of a job that has come to its end."""
    return until(30, lambda: next(
        (a for a in [simulator.bearing("GET", f"{JOBS}/{job}")] if a.status != 202), None))


def jobs(report):
    def error(name, answer, status, code):
        report.check(f"{status} {code}: {name}", refused(answer, status, code))
        return answer

    with Simulator("--conversations", "150", "--job-time", "1ms") as simulator:
        job = submit(simulator)
        finished(simulator, job)
        for name, body, code in (
            ("no JSON", b"{\"interval\":", "bad.request"), ("no interval", {}, "bad.request"),
            ("an interval of words", {"interval": "yesterday/today"}, "invalid.date"),
            ("paging, which jobs do not have", {"interval": WEEK, "paging": {"pageSize": 1, "pageNumber": 1}},
             "invalid.property"),
            ("aggregations, which jobs do not have", {"interval": WEEK, "aggregations": []}, "invalid.property"),
            ("a limit of 0", {"interval": WEEK, "limit": 0}, "invalid.value"),
            ("startOfDayIntervalMatching as a text", {"interval": WEEK, "startOfDayIntervalMatching": "true"},
             "invalid.value"),
        ):
            error(f"a job with {name}", simulator.post(body, JOBS), 400, code)
        error("a job in plain text", simulator.post({"interval": WEEK}, JOBS, media_type="text/plain"), 415,
              "unsupported.media.type")
        error("a job of 512,001 bytes", simulator.post(b" " * 512_001, JOBS), 413, "request.entity.too.large")

        results = f"{JOBS}/{job}/results"
        for name, query, code in (
            ("pageSize=0", "pageSize=0", "constraint.validation"),
            ("pageSize=10001", "pageSize=10001", "constraint.validation"),
            ("pageNumber", "pageNumber=2", None), ("a cursor that is none", "cursor=x", "bad.request"),
            ("an empty cursor", "cursor=", "bad.request"),
        ):
            answer = simulator.bearing("GET", f"{results}?{query}")
            error(f"results with {name}", answer, 400, code or parse(answer.body).get("code"))
        cursor = parse(simulator.bearing("GET", f"{results}?pageSize=10").body)["cursor"]
        report.check("a cursor needs its percent-encoding: it ends with =", unequal("ends", cursor[-1], "="))
        error("the cursor as it is", simulator.bearing("GET", f"{results}?pageSize=10&cursor={cursor}"), 400,
              "bad.request")

        for method, path in (
            ("POST", JOBS), ("GET", f"{JOBS}/{job}"), ("GET", results), ("DELETE", f"{JOBS}/{job}"),
            ("GET", f"{JOBS}/availability"),
        ):
            place = method + path.removeprefix("/api/v2/analytics/conversations").replace(job, "ID")
            error(f"{place}, no token", simulator.request(method, path), 401, "authentication.required")
            error(f"{place}, an unknown token",
                  simulator.request(method, path, headers={"Authorization": "Bearer x"}), 401, "bad.credentials")
        for method, path in (("GET", f"{JOBS}/none"), ("GET", f"{JOBS}/none/results"), ("DELETE", f"{JOBS}/none")):
            error(f"{method} of an unknown job", simulator.bearing(method, path), 404, "not.found")
        for method, path, allowed in (
            ("GET", JOBS, "POST"), ("PUT", f"{JOBS}/{job}", "GET, DELETE"), ("POST", results, "GET"),
            ("POST", f"{JOBS}/availability", "GET"),
        ):
            wrong = error(f"{method} instead of {allowed}", simulator.bearing(method, path), 405, "bad.request")
            report.check(f"405 names {allowed}", unequal("Allow", wrong.headers["Allow"], allowed))

    with Simulator("--conversations", "10", "--job-time", "1h", "--job-limit", "1") as simulator:
        job = submit(simulator)
        error("results of a job that is running", simulator.bearing("GET", f"{JOBS}/{job}/results"), 400, "bad.request")
        full = error("one job too many", simulator.post({"interval": WEEK}, JOBS), 429, "too.many.requests.retry.after")
        report.check("429 names the limit that was hit", unequal(
            "limit", parse(full.body).get("limit"),
            {"key": "details.jobs.concurrent.access.max", "namespace": "analytics", "value": 1}))


def scripted(report, scratch):
    """The errors that only a script of faults makes, at every endpoint."""
    statuses = [400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 502, 503, 504]
    endpoints = ["details-query", "job-submit", "job-status", "job-results", "job-delete", "job-availability", "token",
                 "limits"]
    script = {"rules": [
        {"match": {"endpoint": endpoint, "request": number + extra}, "fault": {"kind": "status", "status": status}}
        for endpoint in endpoints
        # One job has to be submitted and one token given out before.
        for extra in [1 if endpoint in ("job-submit", "token") else 0]
        for number, status in enumerate(_of(endpoint, statuses), 1)]}
    file = scratch / "faults.json"
    file.write_text(json.dumps(script))
    with Simulator("--conversations", "10", "--job-time", "1ms", "--faults", str(file)) as simulator:
        job = submit(simulator)
        form = f"grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}".encode()
        asks = {
            "details-query": lambda: simulator.post({"interval": WEEK}),
            "job-submit": lambda: simulator.post({"interval": WEEK}, JOBS),
            "job-status": lambda: simulator.bearing("GET", f"{JOBS}/{job}"),
            "job-results": lambda: simulator.bearing("GET", f"{JOBS}/{job}/results"),
            "job-delete": lambda: simulator.bearing("DELETE", f"{JOBS}/{job}"),
            "job-availability": lambda: simulator.bearing("GET", f"{JOBS}/availability"),
            "token": lambda: simulator.request(
                "POST", "/oauth/token", form, {"Content-Type": "application/x-www-form-urlencoded"}),
            "limits": lambda: simulator.bearing("GET", f"{LIMITS}platform.api"),
        }
        for endpoint in endpoints:
            faults = []
            for status in _of(endpoint, statuses):
                answer = asks[endpoint]()
                faults += unequal("HTTP status", answer.status, status)
                faults += [f"{status}: {fault}" for fault in answer.faults]
            report.check(f"scripted errors of {endpoint}: {', '.join(map(str, _of(endpoint, statuses)))}", faults)
        report.check("afterwards all is well", unequal(
            "statuses", [ask().status for ask in asks.values()], [200, 202, 200, 200, 204, 200, 200, 200]))


def _of(endpoint, statuses):
    """A script makes errors of the API. 400 and 401 of a login are the login server's own: see `logins`."""
    return [status for status in statuses if endpoint != "token" or status not in (400, 401)]


def logins(report):
    with Simulator("--token-lifetime", "1h") as simulator:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = simulator.request(
            "POST", "/oauth/token", f"grant_type=client_credentials&client_id={CLIENT}&client_secret={SECRET}", form)
        report.check("a token, good for a second less than its lifetime", answer.faults + unequal(
            "expires_in", parse(answer.body).get("expires_in"), 3599))
        for name, body, headers, status, error in (
            ("no form", "{}", {"Content-Type": "application/json"}, 400, "invalid_request"),
            ("no grant", "x=y", form, 400, "invalid_request"),
            ("another grant", "grant_type=password", form, 400, "unsupported_grant_type"),
            ("no credentials", "grant_type=client_credentials", form, 401, "invalid_client"),
        ):
            answer = simulator.request("POST", "/oauth/token", body, headers)
            report.check(f"a login with {name}: {status} {error}", answer.faults + unequal(
                "status", answer.status, status) + unequal("error", parse(answer.body).get("error"), error))
        answer = simulator.request("GET", "/oauth/token")
        report.check("GET of a token: 405", answer.faults + unequal("status", answer.status, 405))
        for namespace, count in (("platform.api", 1), ("analytics", 0), ("auth.api/defaults", 0)):
            answer = simulator.bearing("GET", LIMITS + namespace)
            report.check(f"the limits of {namespace}: {count}", answer.faults + unequal(
                "status", answer.status, 200) + unequal("limits", len(parse(answer.body)["entities"]), count))
        report.check("404 not.found: the limits of another namespace", refused(
            simulator.bearing("GET", LIMITS + "users"), 404, "not.found"))


def dialects(report):
    """Every dialect to its end: records and errors are the API's own, envelopes those of docs/simulator.md."""
    start, end = WEEK.split("/")
    # Where the end of the interval is inclusive, it is asked for a millisecond earlier.
    dates, inclusive = {"dateFrom": start, "dateTo": end}, {"dateFrom": start, "dateTo": "2024-01-07T23:59:59.999Z"}
    with Simulator("--conversations", "260", "--selection", "started") as simulator:
        truth = [json.loads(line)["conversationId"] for line in simulator.truth()]

        def chained(dialect, key, name, body):
            path, query = f"/dialect/{dialect}{QUERY}", "?pageSize=100"
            while True:
                answer = simulator.post(body, path + query)
                page = parse(answer.body)
                yield answer, page.get(key) or []
                if page.get(name) is None:
                    return
                query = f"?pageSize=100&{name}={page[name]}"

        def numbered(path, key, query, body):
            for number in range(1, 100):
                answer = simulator.post(body(number), path + query(number))
                records = parse(answer.body).get(key) or []
                yield answer, records
                if not records:
                    return

        for name, pages in (
            ("details-query-cursor", chained("details-query-cursor", "conversations", "nextPageCursor", inclusive)),
            ("details-query-token", chained("details-query-token", "entities", "nextPageToken", dates)),
            ("details-query-paged", numbered(
                f"/dialect/details-query-paged{QUERY}", "conversations",
                lambda number: f"?pageSize=100&pageNumber={number}", lambda _: {"interval": WEEK})),
            ("details-query-pagecount", numbered(
                f"/dialect/details-query-pagecount{QUERY}", "data", lambda _: "",
                lambda number: {"interval": WEEK, "paging": {"pageSize": 100, "pageNumber": number}})),
            ("summary-queries", numbered(
                SUMMARY, "entities", lambda _: "",
                lambda number: {**inclusive, "pageSize": 100, "pageNumber": number})),
        ):
            ids, faults, count = [], [], 0
            for answer, records in pages:
                count += 1
                faults += [f"page {count}: {fault}" for fault in answer.faults]
                ids += [record["conversationId"] for record in records]
            if name in ("details-query-paged", "summary-queries"):
                faults += unequal("X-Page-Count", answer.headers["X-Page-Count"],
                                  str(parse(answer.body)["pageCount"]))
            report.check(f"{name}: {len(ids)} conversations in {count} pages", faults + unequal(
                "the ids of the truth", ids == truth, True))
            path = SUMMARY if name == "summary-queries" else f"/dialect/{name}{QUERY}"
            report.check(f"400 invalid.property: {name} with an unknown member", refused(
                simulator.post({**dates, "size": 5}, path), 400, "invalid.property"))
        for name, parameter in (("cursor", "nextPageCursor"), ("token", "nextPageToken")):
            answer = simulator.post(dates, f"/dialect/details-query-{name}{QUERY}?{parameter}=x")
            report.check(f"400 bad.request: a {name} that is none", refused(answer, 400, "bad.request"))
