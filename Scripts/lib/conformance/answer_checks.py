"""The validator itself, and walks and refusals of the details query. What is wrong with an answer by the definitions is
in `answer.faults`: see contract.py."""

import gzip
import json

from report import unequal
from simulator import QUERY, Simulator
from swagger import TRIMMED, essence, parse, trimmed

WEEK = "2024-01-01T00:00:00.000Z/2024-01-08T00:00:00.000Z"
MORNING = "2024-01-03T08:00:00.000Z/2024-01-03T11:00:00.000Z"
RECORD = "AnalyticsConversationWithoutAttributes"
RICH_RECORD = "AnalyticsConversation"


def definitions(report, swagger):
    report.note(f"definitions: {swagger.source}")
    if swagger.is_official:
        report.check(f"the copy in {TRIMMED} says the same as the official document", [
            f"{name} differs" for name, definition in trimmed().items()
            if essence(definition) != essence(swagger.definitions.get(name, {}))])

    record = {"conversationId": "a", "conversationStart": "2024-01-01T00:00:00.000Z"}
    session = {"metrics": [{"name": "tTalk", "value": 5_100_000_000, "emitDate": "2024-01-01T00:00:00.000Z"}]}
    good = {**record, "participants": [{"sessions": [session]}]}
    bad = {
        "an extra member": {**record, "attributes": {}}, "a null": {**record, "conversationEnd": None},
        "an empty array": {**record, "divisionIds": []}, "a number as text": {**record, "selfServed": "true"},
        "a value outside the enumeration": {**record, "originatingDirection": "sideways"},
        "a time with an offset": {**record, "conversationStart": "2024-01-01T00:00:00.000+00:00"},
        "a day that is none": {**record, "conversationStart": "2024-02-30T00:00:00.000Z"},
        "a fraction": {**record, "participants": [{"sessions": [{"metrics": [{"value": 1.5}]}]}]},
        "over 64 bits": {**record, "participants": [{"sessions": [{"metrics": [{"value": 2**63}]}]}]},
        "over 32 bits": {**record, "participants": [{"sessions": [{"routingRing": 2**31}]}]},
    }
    faults = swagger.faults(good, RECORD)
    faults += [f"{name} was not noticed" for name, value in bad.items() if not swagger.faults(value, RECORD)]
    attributed = {**record, "participants": [{"attributes": {"a": "b"}}]}
    faults += swagger.faults(attributed, RICH_RECORD)
    bad_attributes = {"attributes in a record of the query": (RECORD, {"a": "b"}),
                      "an attribute that is no text": (RICH_RECORD, {"a": 1}), "empty attributes": (RICH_RECORD, {})}
    for name, (definition, attributes) in bad_attributes.items():
        if not swagger.faults({**record, "participants": [{"attributes": attributes}]}, definition):
            faults.append(f"{name} was not noticed")
    report.check(f"the validator notices {len(bad) + len(bad_attributes)} kinds of fault", faults)


def pages(report):
    for rule in ("day-overlap", "whole-day", "started", "lifetime"):
        with Simulator("--conversations", "1200", "--records", "typical", "--selection", rule) as simulator:
            _walk(report, f"--selection {rule}, a week", simulator, WEEK)
            _walk(report, f"--selection {rule}, a morning", simulator, MORNING, page_size=25)
    for order in ("conversationEnd", "segmentStart", "segmentEnd"):
        with Simulator("--conversations", "150", "--selection", "lifetime") as simulator:
            _walk(report, f"orderBy {order}, desc", simulator, WEEK, order="desc", orderBy=order)
    with Simulator("--conversations", "300", "--records", "small") as simulator:
        _walk(report, "--records small", simulator, WEEK)
    with Simulator("--conversations", "150", "--empty-array") as simulator:
        _walk(report, "--empty-array", simulator, WEEK, past_the_end=[])


def _walk(report, name, simulator, interval, past_the_end=None, **more):
    answers = list(simulator.pages(interval, **more))
    faults = [f"page {number}: {fault}" for number, answer in enumerate(answers, 1) for fault in answer.faults]
    last = parse(answers.pop().body)
    faults += unequal("conversations past the end", last.get("conversations"), past_the_end)
    ids, still_open, hits = [], 0, {last.get("totalHits")}
    for answer in answers:
        faults += unequal("HTTP status", answer.status, 200)
        page = parse(answer.body)
        ids += [record["conversationId"] for record in page["conversations"]]
        still_open += sum("conversationEnd" not in record for record in page["conversations"])
        hits.add(page["totalHits"])
    faults += unequal("distinct ids", len(set(ids)), len(ids)) + unequal("totalHits", hits, {len(ids)})
    if not ids:
        faults.append("no conversation came by")
    if interval == WEEK and not still_open:
        faults.append("no open conversation came by")
    report.check(f"{name}: {len(answers)} pages, {len(ids)} conversations, {still_open} of them open", faults)


def long_tail(report, swagger):
    """Records beyond 100 kB are rare, so many are made, and only the largest looked at, on the pages that hold them."""
    with Simulator("--conversations", "6000", "--records", "typical") as simulator:
        lines = simulator.truth()
        large = [line for line in lines if len(line) > 100_000]
        faults = [] if large else ["none came by"]
        for line in large:
            faults += swagger.faults(parse(line), RECORD)
            start = json.loads(line)["conversationStart"]
            interval = f"{start}/{start[:11]}23:59:59.999Z"
            if not any(line in answer.body for answer in simulator.pages(interval, page_size=10)):
                faults.append(f"{json.loads(line)['conversationId']} is on no page")
        report.check(f"a tail of {len(large)} records beyond 100 kB, the largest {max(map(len, lines))} bytes", faults)
        sizes = sorted(map(len, lines))
        report.note(f"--records typical: median {sizes[len(sizes) // 2]} bytes, mean {sum(sizes) // len(sizes)}")

    with Simulator("--conversations", "400") as simulator:
        headers = {"Authorization": f"Bearer {simulator.token()}", "Content-Type": "application/json"}
        body = json.dumps({"interval": WEEK, "paging": {"pageSize": 100, "pageNumber": 1}}).encode()
        plain = simulator.request("POST", QUERY, body, headers)
        packed = simulator.request("POST", QUERY, body, {**headers, "Accept-Encoding": "gzip"})
        report.check("a compressed page is the same page", unequal(
            "Content-Encoding", packed.headers["Content-Encoding"], "gzip")
            + unequal("the bytes are the same", gzip.decompress(packed.body) == plain.body, True))


def refused(answer, status, code):
    """What is wrong with a refusal, beside what the contract finds."""
    if answer.status != status:
        return unequal("HTTP status", answer.status, status) + answer.faults
    return unequal("code", parse(answer.body).get("code"), code) + answer.faults


def errors(report):
    def error(name, answer, status, code):
        report.check(f"{status} {code}: {name}", refused(answer, status, code))
        return answer

    paging = {"pageSize": 100, "pageNumber": 1}
    with Simulator("--conversations", "150") as simulator:
        for name, body, code in (
            ("no JSON", b"{\"interval\":", "bad.request"), ("no object", b"[]", "bad.request"),
            ("no interval", {"paging": paging}, "bad.request"),
            ("an interval of words", {"interval": "yesterday/today"}, "invalid.date"),
            ("an interval backwards", {"interval": "/".join(reversed(WEEK.split("/")))}, "invalid.date"),
            ("32 days", {"interval": "2024-01-01T00:00:00Z/2024-02-02T00:00:00Z"}, "bad.request"),
            ("pageSize 101", {"interval": WEEK, "paging": {**paging, "pageSize": 101}}, "constraint.validation"),
            ("pageSize 0", {"interval": WEEK, "paging": {**paging, "pageSize": 0}}, "constraint.validation"),
            ("page 0", {"interval": WEEK, "paging": {**paging, "pageNumber": 0}}, "constraint.validation"),
            ("paging without a number", {"interval": WEEK, "paging": {"pageSize": 1}}, "constraint.validation"),
            ("page 1001", {"interval": WEEK, "paging": {**paging, "pageNumber": 1001}}, "bad.request"),
            ("an unknown member", {"interval": WEEK, "cursor": "x"}, "invalid.property"),
            ("an unknown order", {"interval": WEEK, "order": "up"}, "invalid.value"),
            ("quotes, controls and U+2028 in the text",
             {"interval": "\"\\\u0001\u2028\U0001f600/"}, "invalid.date"),
            ("half surrogate pairs in the text",
             b'{"interval":"\\ud800\\u0041\\ud800\\ud83d\\ude00\\udc00/"}', "invalid.date"),
        ):
            error(name, simulator.post(body), 400, code)
        error("an unknown token", simulator.post({"interval": WEEK}, token="x"), 401, "bad.credentials")
        error("no token", simulator.request("POST", QUERY, b"{}"), 401, "authentication.required")
        error("another path", simulator.request("GET", "/api/v2/analytics/nothing"), 404, "not.found")
        bearer = {"Authorization": f"Bearer {simulator.token()}"}
        wrong = error("GET instead of POST", simulator.request("GET", QUERY, headers=bearer), 405, "bad.request")
        report.check("405 names the method that is allowed", unequal("Allow", wrong.headers["Allow"], "POST"))
        error("text instead of JSON", simulator.post({"interval": WEEK}, media_type="text/plain"), 415,
              "unsupported.media.type")
        error("a body of 512,001 bytes", simulator.post(b" " * 512_001), 413, "request.entity.too.large")

    with Simulator("--conversations", "150", "--response-limit", "20000") as simulator:
        error("a page over --response-limit", simulator.post({"interval": WEEK, "paging": paging}), 400,
              "response.entity.too.large")
    with Simulator("--conversations", "10", "--rate", "2/60s", "--rate-mode", "sliding") as simulator:
        answers = [simulator.post({"interval": WEEK, "paging": paging}) for _ in range(3)]
        report.check("two requests pass a limit of two", unequal("status", [a.status for a in answers[:2]], [200, 200]))
        third = error("the third request in a minute", answers[2], 429, "too.many.requests.retry.after")
        seconds = third.headers["Retry-After"] or ""
        is_told = seconds.isdigit() and 0 < int(seconds) <= 60
        report.check("429 says when to come back, in the header and in the text", (
            [] if is_told else [f"Retry-After {seconds!r}"]) + unequal(
                "message", json.loads(third.body)["message"],
                f"Rate limit exceeded the maximum. Retry the request in [{seconds}] seconds"))
