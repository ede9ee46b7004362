"""The contract itself: that it notices what is wrong, and what it has seen in the end."""

import json

from contract import CONVERSATIONS
from report import unequal

_ID = "5a2c1d3e-0000-4000-8000-000000000001"
_JSON = {"Content-Type": "application/json", "ININ-Correlation-Id": _ID}
_ERROR = {"message": "m", "code": "bad.request", "status": 400, "contextId": _ID, "details": [], "errors": []}
_TOKEN = {"Content-Type": "application/json", "Cache-Control": "no-store"}
_JOBS = CONVERSATIONS + "details/jobs"

#: The answers that have to come by in a full run: of an endpoint that nobody asked nothing is known.
_WANTED = {
    "POST details/query": {200, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 502, 503, 504},
    "POST details/jobs": {202, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 502, 503, 504},
    "GET details/jobs/{jobId}": {200, 202, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 502, 503, 504},
    "GET details/jobs/{jobId}/results": {200, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 502, 503, 504},
    "DELETE details/jobs/{jobId}": {204, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 502, 503, 504},
    "GET details/jobs/availability": {200, 400, 401, 403, 404, 408, 409, 413, 415, 429, 500, 502, 503, 504},
    "details-query-cursor": {200, 400}, "details-query-token": {200, 400}, "details-query-paged": {200, 400},
    "details-query-pagecount": {200, 400}, "summary-queries": {200, 400}, "limits": {200, 404, 503},
    "token": {200, 400, 401, 405, 503},
}


def is_sharp(report, contract, is_official):
    def faults(method, path, status, value, headers=None):
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return contract.check(method, path, status, _JSON if headers is None else headers, body)

    job = {"jobId": _ID}
    status = {"state": "FULFILLED", "submissionDate": "2024-01-01T00:00:00.000Z"}
    record = {"conversationId": "a", "conversationStart": "2024-01-01T00:00:00.000Z"}
    results = {"conversations": [record], "cursor": "x", "dataAvailabilityDate": "2024-01-01T00:00:00Z"}
    token = {"access_token": "t", "token_type": "bearer", "expires_in": 86399}
    cursor = f"/dialect/details-query-cursor{CONVERSATIONS}details/query"
    good = [
        ("POST", _JOBS, 202, job), ("GET", f"{_JOBS}/x", 200, status), ("GET", f"{_JOBS}/x", 202, status),
        ("GET", f"{_JOBS}/x/results", 200, results), ("POST", _JOBS, 400, _ERROR),
        ("GET", f"{_JOBS}/availability", 200, {"dataAvailabilityDate": "2024-01-01T00:00:00Z"}),
        ("POST", cursor, 200, {"conversations": [record], "nextPageCursor": "x"}),
        ("POST", "/oauth/token", 200, token, _TOKEN),
        ("DELETE", f"{_JOBS}/x", 204, b"", {"ININ-Correlation-Id": _ID}),
    ]
    bad = {
        "an extra member of a job": ("POST", _JOBS, 202, {**job, "id": _ID}),
        "an extra member of a status": ("GET", f"{_JOBS}/x", 200, {**status, "progress": 1}),
        "a state that is none": ("GET", f"{_JOBS}/x", 200, {**status, "state": "RUNNING"}),
        "a time without milliseconds": ("GET", f"{_JOBS}/x", 200, {**status, "submissionDate": "2024-01-01T00:00:00Z"}),
        "a total beside results": ("GET", f"{_JOBS}/x/results", 200, {**results, "totalHits": 1}),
        "an availability with milliseconds":
            ("GET", f"{_JOBS}/x/results", 200, {**results, "dataAvailabilityDate": "2024-01-01T00:00:00.000Z"}),
        "an extra member of an error": ("POST", _JOBS, 400, {**_ERROR, "error": "x"}),
        "an error without a message": ("POST", _JOBS, 400, {k: v for k, v in _ERROR.items() if k != "message"}),
        "another status in the body": ("POST", _JOBS, 400, {**_ERROR, "status": 404}),
        "another contextId": ("POST", _JOBS, 400, {**_ERROR, "contextId": "x"}),
        "an error without its Retry-After": ("POST", _JOBS, 429, {
            **_ERROR, "status": 429, "code": "too.many.requests.retry.after"}),
        "no correlation id": ("POST", _JOBS, 202, job, {"Content-Type": "application/json"}),
        "another media type": ("POST", _JOBS, 202, job, {**_JSON, "Content-Type": "text/plain"}),
        "a body of a deletion": ("DELETE", f"{_JOBS}/x", 204, b"{}", {"ININ-Correlation-Id": _ID}),
        "a media type of a deletion": ("DELETE", f"{_JOBS}/x", 204, b"", _JSON),
        "an extra member of a dialect": ("POST", cursor, 200, {"conversations": [record], "totalHits": 1}),
        "an extra member of a record of a dialect": ("POST", cursor, 200, {"conversations": [{**record, "x": 1}]}),
        "an extra member of a token": ("POST", "/oauth/token", 200, {**token, "scope": "x"}, _TOKEN),
        "a token without its lifetime":
            ("POST", "/oauth/token", 200, {"access_token": "t", "token_type": "bearer"}, _TOKEN),
    }
    if is_official:
        bad["a job that is there at once"] = ("POST", _JOBS, 200, job)
        bad["a code of another status"] = ("POST", _JOBS, 400, {**_ERROR, "code": "not.found"})
        bad["a code of another endpoint"] = ("POST", _JOBS, 413, {**_ERROR, "status": 413, "code": "payload.too.large"})
    found = [fault for answer in good for fault in faults(*answer)]
    found += [f"{name} was not noticed" for name, answer in bad.items() if not faults(*answer)]
    report.check(f"the contract notices {len(bad)} kinds of fault", found)


def every_answer(report, contract):
    """What came by in all checks before."""
    for endpoint in sorted(contract.seen.keys() | _WANTED.keys()):
        seen = contract.seen[endpoint]
        missing = sorted(_WANTED.get(endpoint, set()) - seen.keys())
        report.check(f"{endpoint}: {sum(seen.values())} answers, " + ", ".join(
            f"{status} × {count}" for status, count in sorted(seen.items())), contract.faults[endpoint] + unequal(
                "statuses that nobody saw", missing, []))
