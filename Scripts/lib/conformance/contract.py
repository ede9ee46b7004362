"""What the swagger document declares for each path, status by status. Every answer of the simulator that comes by is
held against it, whether a check asked for it or the SDK did, and counted."""

import gzip
import re
from collections import Counter, defaultdict
from urllib.parse import urlsplit

from report import unequal
from swagger import parse

API = "/api/v2/"
CONVERSATIONS = "/api/v2/analytics/conversations/"
#: What tests ask and no API has.
_INSPECTION = re.compile(r"/(truth|stats)(/.*)?")
_DIALECT = re.compile(r"/dialect/([^/]+)(/.*)")
_JOB = re.compile(re.escape(CONVERSATIONS) + r"details/jobs/(?!availability$)[^/]+")
#: Statuses that the document declares nowhere: what a web server says of a verb, and what the edge in front says.
_UNDECLARED = {405, 502}
#: The arrays that are there even when nothing is in them: as logged from the real API, and as docs/simulator.md says.
MAY_BE_EMPTY = {
    "ErrorBody.details", "ErrorBody.errors", "AnalyticsConversationAsyncQueryResponse.conversations", "limits.entities",
    "details-query-cursor.conversations", "details-query-token.entities", "details-query-paged.conversations",
    "details-query-pagecount.data", "summary-queries.entities"}

_RECORDS = {"type": "array", "items": {"$ref": "#/definitions/AnalyticsConversationWithoutAttributes"}}
_TEXT, _COUNT = {"type": "string"}, {"type": "integer", "format": "int32"}
_COUNTED = {"pageSize": _COUNT, "pageNumber": _COUNT, "pageCount": _COUNT}


def _exactly(**members):
    return {"type": "object", "properties": members, "required": sorted(members)}


#: What the document does not define: envelopes of docs/simulator.md around records that it does define; and the answers
#: of the login server, as logged from the real one.
_OWN = {
    "details-query-cursor": {"type": "object", "properties": {"conversations": _RECORDS, "nextPageCursor": _TEXT}},
    "details-query-token": {"type": "object", "properties": {"entities": _RECORDS, "nextPageToken": _TEXT}},
    "details-query-paged": _exactly(conversations=_RECORDS, pageCount=_COUNT),
    "details-query-pagecount": _exactly(paging=_exactly(**_COUNTED), data=_RECORDS),
    "summary-queries": _exactly(entities=_RECORDS, **_COUNTED),
    "limits": _exactly(entities={"type": "array", "items": {"$ref": "#/definitions/Limit"}}),
    "token": _exactly(
        access_token=_TEXT, token_type={"type": "string", "enum": ["bearer"]}, expires_in=_COUNT),
    "refused token": _exactly(error=_TEXT, description=_TEXT, error_description=_TEXT),
}


class Contract:
    def __init__(self, swagger):
        self._swagger = swagger
        #: How many answers came by, by endpoint and status.
        self.seen = defaultdict(Counter)
        #: What was wrong with them.
        self.faults = defaultdict(list)

    def see(self, method, url, status, headers, body, may_be_empty=()):
        """Counts an answer; what is wrong with it, one line each."""
        path = urlsplit(url).path
        if _INSPECTION.fullmatch(path):
            return []
        endpoint = self._endpoint(method, path)
        try:
            faults = self.check(method, path, status, headers, body, may_be_empty)
        except ValueError as error:
            faults = [f"the body is no strict JSON: {error}"]
        self.seen[endpoint][status] += 1
        self.faults[endpoint] += [f"{status}: {fault}" for fault in faults]
        return faults

    def check(self, method, path, status, headers, body, may_be_empty=()):
        if headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        if path.endswith("/oauth/token"):
            return self._token(status, headers, body)
        faults = [] if headers.get("ININ-Correlation-Id") else ["no ININ-Correlation-Id"]
        operation = self._operation(method, path)
        # Without the official document nothing but definitions is known.
        if operation is not None and status not in operation and status not in _UNDECLARED:
            return faults + [f"{status} is not declared"]
        if status == 204:
            return faults + unequal("body", body, b"") + unequal("Content-Type", headers.get("Content-Type"), None)
        faults += unequal("Content-Type", headers.get("Content-Type"), "application/json")
        value = parse(body)
        if status >= 400:
            codes = operation and operation.get(status, {}).get("codes")
            return faults + self._error(status, headers, value, codes)
        endpoint = self._endpoint(method, path)
        schema = _OWN.get(endpoint) or self._definition(endpoint, operation, status)
        return faults + self._swagger.faults(value, schema, MAY_BE_EMPTY | set(may_be_empty), path=endpoint)

    def _error(self, status, headers, value, codes):
        faults = self._swagger.faults(value, "ErrorBody", MAY_BE_EMPTY)
        if not isinstance(value, dict):
            return faults
        faults += [f"{name} is not there" for name in ("message", "code", "status", "contextId") if name not in value]
        faults += unequal("status in the body", value.get("status"), status)
        faults += unequal("contextId", value.get("contextId"), headers.get("ININ-Correlation-Id"))
        if codes and value.get("code") not in codes:
            faults.append(f"code {value.get('code')} is not declared for {status}")
        if (status == 429 and value.get("code") == "too.many.requests.retry.after") != bool(headers.get("Retry-After")):
            faults.append("Retry-After and the code do not belong together")
        return faults

    def _token(self, status, headers, body):
        if status == 405:
            return unequal("body", body, b"") + unequal("Allow", headers.get("Allow"), "POST")
        faults = unequal("Content-Type", headers.get("Content-Type"), "application/json")
        faults += unequal("Cache-Control", headers.get("Cache-Control"), "no-store")
        # What a script of faults makes is an error of the API.
        name = "token" if status == 200 else "refused token" if status in (400, 401) else None
        value = parse(body)
        return faults + self._swagger.faults(value, _OWN[name], path=name) if name else self._error(
            status, headers, value, None)

    def _definition(self, endpoint, operation, status):
        if operation:
            return operation[status]["definition"]
        # Without the official document: the definitions that it names, all of them in the trimmed copy.
        return {
            "POST details/query": "AnalyticsConversationQueryResponse", "POST details/jobs": "AsyncQueryResponse",
            "GET details/jobs/{jobId}": "AsyncQueryStatus",
            "GET details/jobs/{jobId}/results": "AnalyticsConversationAsyncQueryResponse",
            "GET details/jobs/availability": "DataAvailabilityResponse",
        }[endpoint]

    def _operation(self, method, path):
        """What is declared for a request, by status; nil for what the document does not know."""
        dialect = _DIALECT.fullmatch(path)
        return self._swagger.operations.get((method, _template(dialect[2] if dialect else path)))

    def _endpoint(self, method, path):
        """The name under which answers are counted."""
        if path.endswith("/oauth/token"):
            return "token"
        if path.startswith(API + "organizations/limits/"):
            return "limits"
        dialect = _DIALECT.fullmatch(path)
        plain = _template(dialect[2] if dialect else path).removeprefix(CONVERSATIONS)
        if plain == "summary/queries":
            return "summary-queries"
        if dialect and plain == "details/query" and dialect[1] in _OWN:
            return dialect[1]
        known = plain in ("details/query", "details/jobs", "details/jobs/availability") or "{jobId}" in plain
        return f"{method} {plain}" if known else "elsewhere"


def _template(path):
    return _JOB.sub(CONVERSATIONS + "details/jobs/{jobId}", path)
