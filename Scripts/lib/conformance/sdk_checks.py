"""What the official Python SDK makes of the simulator."""

import json
import time

import PureCloudPlatformClientV2 as sdk

from models import comparison_is_sharp, differences, through
from report import unequal
from simulator import CLIENT, SECRET, Simulator, until

DAY = ("2024-01-03", "2024-01-04")
INTERVAL = "2024-01-03T00:00:00.000Z/2024-01-04T00:00:00.000Z"
POPULATION = ["--conversations", "2500", "--tie-burst", "130", "--seed", "5"]


def watch(contract):
    """Has the contract see every answer that the SDK gets, but for those that it retries by itself."""
    plain = sdk.rest.RESTClientObject.request

    def request(self, method, url, **more):
        try:
            answer = plain(self, method, url, **more)
        except sdk.rest.ApiException as exception:
            if exception.headers is not None:
                contract.see(method, url, exception.status, exception.headers, exception.body.encode())
            raise
        contract.see(method, url, answer.status, answer.getheaders(), answer.data.encode())
        return answer

    sdk.rest.RESTClientObject.request = request


def client_of(simulator, secret=SECRET, name=CLIENT):
    sdk.configuration.host = simulator.url
    client = sdk.api_client.ApiClient(host=simulator.url)
    client.get_client_credentials_token(name, secret)
    return client


def query(page_size, page_number, interval=INTERVAL, **more):
    body = sdk.ConversationQuery()
    body.interval = interval
    body.paging = sdk.PagingSpec()
    body.paging.page_size = page_size
    body.paging.page_number = page_number
    for name, value in more.items():
        setattr(body, name, value)
    return body


def ask(client, *arguments, **more):
    return sdk.AnalyticsApi(client).post_analytics_conversations_details_query(query(*arguments, **more))


def walk(client, page_size=100, **more):
    """Pages until `conversations` is None, as the official samples do."""
    number = 1
    while True:
        answer = ask(client, page_size, number, **more)
        if answer.conversations is None:
            return
        yield answer
        number += 1


def refusal(call):
    """The exception a call ends with; None when it succeeds."""
    try:
        call()
    except sdk.rest.ApiException as exception:
        return exception
    return None


def refused(exception, status, code, text=""):
    """What is wrong with a refusal; its body has to be the documented ErrorBody."""
    if exception is None:
        return ["the call succeeded"]
    if exception.status != status:
        return [f"status {exception.status}, expected {status}"]
    body = json.loads(exception.body)
    faults = unequal("code", body.get("code"), code) + unequal("status", body.get("status"), status)
    if text not in body.get("message", ""):
        faults.append(f"message {body.get('message')!r} lacks {text!r}")
    faults += unequal("contextId and ININ-Correlation-Id", body.get("contextId"), exception.headers.get(
        "ININ-Correlation-Id"))
    client = sdk.api_client.ApiClient()
    return faults + list(differences(body, through(client, body, "ErrorBody"), "ErrorBody"))


def walks(report):
    with Simulator(*POPULATION) as simulator:
        client = client_of(simulator)
        report.check("client credentials give a token", [] if client.access_token else ["no token"])
        truth = [json.loads(line) for line in simulator.truth(**dict(zip(("from", "to"), DAY)))]
        comparison_is_sharp(report, client, truth[0])

        for page_size, order in ((100, "asc"), (100, "desc"), (37, "asc")):
            pages = list(walk(client, page_size, order=order))
            name = f"a day in pages of {page_size}, {order}"
            expected = truth if order == "asc" else truth[::-1]
            _same_walk(report, client, name, pages, expected, page_size, exact_order=order == "asc")

        pages = list(walk(client, order="unordered"))
        _same_walk(report, client, "a day in pages of 100, unordered", pages, truth, 100, exact_order=False)

        predicate = sdk.ConversationDetailQueryPredicate()
        predicate.dimension, predicate.operator = "conversationEnd", "notExists"
        only = sdk.ConversationDetailQueryFilter()
        only.type, only.predicates = "and", [predicate]
        found = [c.conversation_id for page in walk(client, conversation_filters=[only]) for c in page.conversations]
        still_open = [r["conversationId"] for r in truth if "conversationEnd" not in r]
        report.check(
            f"a filter of the SDK's models selects the {len(still_open)} open conversations of the day",
            unequal("ids", found, still_open) + ([] if still_open else ["the day has none"]))

        empty = ask(client, 100, 1, interval="2019-01-01T00:00:00.000Z/2019-01-02T00:00:00.000Z")
        report.check(
            "an interval without conversations: None, and no hits",
            unequal("conversations", empty.conversations, None) + unequal("totalHits", empty.total_hits, 0))

        limits = json.loads(simulator.request(
            "GET", "/api/v2/organizations/limits/namespaces/platform.api",
            headers={"Authorization": f"Bearer {simulator.token()}"}).body)
        listing = sdk.OrganizationApi(client).get_organizations_limits_namespace("platform.api")
        back = client.sanitize_for_serialization(listing)
        report.check("the limits of a namespace round-trip", differences(limits, back, "limits"))


def same_records(client, pages, truth, page_size, exact_order=True):
    """What of the records and values of some pages is not as in the truth; and how many values there were."""
    records = [client.sanitize_for_serialization(c) for page in pages for c in page.conversations]
    ids = [record["conversationId"] for record in records]
    expected = [record["conversationId"] for record in truth]
    faults = unequal("distinct ids", len(set(ids)), len(ids))
    faults += [f"missing {one}" for one in set(expected) - set(ids)]
    faults += [f"not in the truth: {one}" for one in set(ids) - set(expected)]
    if exact_order:
        faults += unequal("order equals the truth's", ids == expected, True)
    faults += unequal("sizes of the pages", [len(page.conversations) for page in pages],
                      [page_size] * (len(truth) // page_size) + [len(truth) % page_size] * (len(truth) % page_size > 0))
    by_id = {record["conversationId"]: record for record in truth}
    values = 0
    for record in records:
        raw = by_id.get(record["conversationId"], {})
        values += _leaves(raw)
        faults += [f"{record['conversationId']}{line}" for line in differences(raw, record)]
    return faults, values


def _same_walk(report, client, name, pages, truth, page_size, exact_order):
    faults, values = same_records(client, pages, truth, page_size, exact_order)
    faults += unequal("totalHits", {page.total_hits for page in pages}, {len(truth)})
    report.check(
        f"{name}: {len(truth)} conversations in {len(pages)} pages and their {values} values equal the truth", faults)


def _leaves(value):
    if isinstance(value, dict):
        return sum(map(_leaves, value.values()))
    return sum(map(_leaves, value)) if isinstance(value, list) else 1


def refusals(report):
    with Simulator("--conversations", "300") as simulator:
        for name, secret, who, status, error in (
            ("a wrong secret", "wrong", CLIENT, 401, "invalid_client"),
            ("an unknown client", SECRET, "nobody", 400, "invalid_client"),
        ):
            exception = refusal(lambda: client_of(simulator, secret, who))
            faults = ["it got a token"] if exception is None else unequal("status", exception.status, status)
            if exception is not None:
                body = json.loads(exception.body)
                faults += unequal("members", sorted(body), ["description", "error", "error_description"])
                faults += unequal("error", body.get("error"), error)
            report.check(f"{name}: {status} in the form of OAuth", faults)

        client = client_of(simulator)
        report.check("pageSize 101: 400 with its ErrorBody", refused(
            refusal(lambda: ask(client, 101, 1)), 400, "constraint.validation", "between 1 and 100"))
        report.check("100 records on page 1001: 400 with its ErrorBody", refused(
            refusal(lambda: ask(client, 100, 1001)), 400, "bad.request", "Pagination may not exceed 100000 results"))
        report.check("100 records on page 1000, the deepest: an answer", [
            f"refused: {e.status}" for e in [refusal(lambda: ask(client, 100, 1000))] if e])
        report.check("more than 31 days: 400 with its ErrorBody", refused(
            refusal(lambda: ask(client, 100, 1, interval="2024-01-01T00:00:00.000Z/2024-02-01T00:00:00.001Z")),
            400, "bad.request", "does not exceed 31 days"))

        client.access_token = "unknown"
        report.check("an unknown token: 401", refused(
            refusal(lambda: ask(client, 100, 1)), 401, "bad.credentials", "Invalid login credentials"))
        client.access_token = None
        report.check("no token: 401", refused(
            refusal(lambda: ask(client, 100, 1)), 401, "authentication.required", "No authentication bearer token"))

    with Simulator("--conversations", "300", "--token-lifetime", "3s") as simulator:
        client = client_of(simulator)
        early = refusal(lambda: ask(client, 100, 1))
        late = until(30, lambda: refusal(lambda: ask(client, 100, 1)))
        report.check("a token that expires: an answer first, 401 afterwards", (
            [f"refused at once: {early.status}"] if early else []) + refused(late, 401, "bad.credentials"))

    with Simulator("--conversations", "300", "--page-size-limit", "50", "--clamp-page-size") as simulator:
        client = client_of(simulator)
        answer = ask(client, 100, 1, interval="2024-01-01T00:00:00.000Z/2024-01-08T00:00:00.000Z")
        report.check("a page size that is lowered instead: 50 come", unequal("size", len(answer.conversations), 50))


def rate_limit(report):
    """The SDK retries a 429 by itself, after as many seconds as Retry-After says."""
    for mode in ("sliding", "bucket:3", "fixed"):
        with Simulator("--conversations", "300", "--rate", "3/3s", "--rate-mode", mode) as simulator:
            client = client_of(simulator)
            seconds = refusals = 0
            for _ in range(30):
                begin = time.monotonic()
                ask(client, 100, 1)
                seconds = time.monotonic() - begin
                refusals = simulator.stats()["tooManyRequests"]
                if refusals:
                    break
            report.check(
                f"a 429 with Retry-After is honoured ({mode}): one refusal, {seconds:.1f} s of waiting, then an answer",
                unequal("refusals", refusals, 1)
                + ([] if seconds >= 1 else [f"only {seconds:.3f} s"]))
