"""What the official Python SDK makes of the simulator's asynchronous jobs."""

import json
from datetime import datetime, timezone

import PureCloudPlatformClientV2 as sdk

from report import unequal
from sdk_checks import client_of, refusal, refused, same_records
from simulator import Simulator, until

SPAN = ("2024-01-02T00:00:00.000Z", "2024-01-05T00:00:00.000Z")
MORNING = ("2024-01-03T09:00:00.000Z", "2024-01-03T12:00:00.000Z")
RUNNING = {"QUEUED", "PENDING"}
POPULATION = ["--conversations", "1500", "--seed", "5"]


class Jobs:
    """The calls of the SDK, as a program would make them."""

    def __init__(self, simulator):
        self.client = client_of(simulator)
        self._api = sdk.AnalyticsApi(self.client)

    def submit(self, span=SPAN, **more):
        body = sdk.AsyncConversationQuery()
        body.interval = "/".join(span)
        for name, value in more.items():
            setattr(body, name, value)
        return self._api.post_analytics_conversations_details_jobs(body).job_id

    def status(self, job):
        return self._api.get_analytics_conversations_details_job(job)

    def end(self, job):
        """The status of a job that runs no more."""
        return until(60, lambda: next((s for s in [self.status(job)] if s.state not in RUNNING), None))

    def results(self, job, **more):
        return self._api.get_analytics_conversations_details_job_results(job, **more)

    def pages(self, job, **more):
        """Pages until `cursor` is None."""
        page = self.results(job, **more)
        yield page
        while page.cursor is not None:
            page = self.results(job, cursor=page.cursor, **more)
            yield page

    def fetch(self, span=SPAN, **more):
        """The pages of a new job's results, in pages of a thousand."""
        job = self.submit(span, **more)
        self.end(job)
        return list(self.pages(job))

    def delete(self, job):
        return self._api.delete_analytics_conversations_details_job(job)

    def availability(self):
        return self._api.get_analytics_conversations_details_jobs_availability().data_availability_date

    def without_retries(self):
        self.client.get_http_client().rest_client.pool_manager.connection_pool_kw["retries"] = False


def truth(simulator, span, **more):
    lines = simulator.truth(**{"from": span[0], "to": span[1], "source": "jobs", **more})
    return [json.loads(line) for line in lines]


def ids(pages):
    return [conversation.conversation_id for page in pages for conversation in page.conversations]


def life(report):
    """Submitted, polled, read page by page, deleted."""
    with Simulator(*POPULATION, "--job-time", "2s") as simulator:
        jobs = Jobs(simulator)
        job = jobs.submit()
        report.check("a job is submitted: 202 and its id", unequal(
            "answers", simulator.stats()["requests"]["job-submit"], {"202": 1}) + ([] if job else ["no job_id"]))
        status = jobs.status(job)
        report.check("a job that runs: 202, submitted, not completed", unequal(
            "answers", simulator.stats()["requests"]["job-status"], {"202": 1})
            + unequal("state", status.state in RUNNING, True)
            + unequal("submitted", status.submission_date is not None, True)
            + unequal("other times", (status.completion_date, status.expiration_date), (None, None)))
        report.check("its results: 400 with its ErrorBody", refused(
            refusal(lambda: jobs.results(job)), 400, "bad.request", "there are no results"))
        states = [status.state]
        while states[-1] in RUNNING and len(states) < 1000:
            status = until(60, lambda: next((s for s in [jobs.status(job)] if s.state != states[-1]), None))
            states.append(status.state)
        report.check("it is queued, pending and fulfilled", unequal(
            "states", states, ["QUEUED", "PENDING", "FULFILLED"]))
        answers = simulator.stats()["requests"]["job-status"]
        report.check("a job that is done: 200 once, and its times in order", unequal("200", answers.get("200"), 1)
                     + unequal("order", status.submission_date < status.completion_date < status.expiration_date, True)
                     + unequal("errorMessage", status.error_message, None))

        expected = truth(simulator, SPAN, match="overlap")
        for size in (1000, 250, 37, 10_000):
            pages = list(jobs.pages(job, page_size=size))
            faults, values = same_records(jobs.client, pages, expected, size)
            faults += unequal("the last page's cursor", pages[-1].cursor, None)
            faults += unequal("one time of availability", len({p.data_availability_date for p in pages}), 1)
            report.check(f"results in pages of {size}: {len(expected)} conversations in {len(pages)} pages and their "
                         f"{values} values equal the truth", faults)
        pages = list(jobs.pages(job))
        report.check("results without a page size: a thousand on a page", same_records(
            jobs.client, pages, expected, 1000)[0])

        first = jobs.results(job, page_size=100)
        again = [ids([jobs.results(job, cursor=first.cursor, page_size=100)]) for _ in range(2)]
        report.check("a cursor can be used again: the same page", unequal("pages", again[0], again[1])
                     + unequal("the second page", again[0], [r["conversationId"] for r in expected[100:200]]))

        attributed = [r for r in expected if any("attributes" in p for p in r["participants"])]
        plain = simulator.truth(**{"from": SPAN[0], "to": SPAN[1], "match": "overlap"})
        report.check(
            f"{len(attributed)} of {len(expected)} conversations have participant attributes; the query has none",
            ([] if 2 * len(attributed) > len(expected) else ["too few"])
            + unequal("attributes in the query's truth", any(b'"attributes"' in line for line in plain), False))

        jobs.delete(job)
        report.check("a job that is done is deleted: 204, and it is gone", unequal(
            "answers", simulator.stats()["requests"]["job-delete"], {"204": 1}) + [
                fault for call in (jobs.status, jobs.results, jobs.delete)
                for fault in refused(refusal(lambda: call(job)), 404, "not.found")])
        cancelled = jobs.submit()
        jobs.delete(cancelled)
        report.check("a job that runs is deleted: 204, and it is cancelled, without results", unequal(
            "state", jobs.status(cancelled).state, "CANCELLED") + refused(
                refusal(lambda: jobs.results(cancelled)), 400, "bad.request", "CANCELLED"))
        jobs.delete(cancelled)
        report.check("a job that was cancelled is deleted for good", refused(
            refusal(lambda: jobs.status(cancelled)), 404, "not.found"))
        report.check("the simulator counted them", unequal("jobs", {
            name: simulator.stats()["jobs"][name] for name in ("submitted", "cancelled", "deleted")
        }, {"submitted": 2, "cancelled": 1, "deleted": 2}))


def selections(report):
    """Which conversations a job finds."""
    with Simulator(*POPULATION, "--job-time", "1ms") as simulator:
        jobs = Jobs(simulator)
        for span in (SPAN, MORNING):
            overlapping = [r["conversationId"] for r in truth(simulator, span, match="overlap")]
            of_day = [r["conversationId"] for r in truth(simulator, span, match="overlap")
                      if r["conversationStart"] >= span[0][:10]]
            name = "three days" if span == SPAN else "a morning"
            for flag, expected in ((None, overlapping), (False, overlapping), (True, of_day)):
                found = ids(jobs.fetch(span, **({} if flag is None else {"start_of_day_interval_matching": flag})))
                report.check(f"{name}, startOfDayIntervalMatching {'absent' if flag is None else flag}: "
                             f"{len(expected)} conversations", unequal("ids", found, expected))
            report.check(f"{name}: the flag makes a difference", [] if 0 < len(of_day) < len(overlapping) else [
                f"{len(of_day)} of {len(overlapping)}"])
        predicate = sdk.ConversationDetailQueryPredicate()
        predicate.dimension, predicate.operator = "conversationEnd", "notExists"
        only = sdk.ConversationDetailQueryFilter()
        only.type, only.predicates = "and", [predicate]
        still_open = [
            r["conversationId"] for r in truth(simulator, SPAN, match="overlap") if "conversationEnd" not in r]
        report.check(f"a filter of the SDK's models: {len(still_open)} open conversations", unequal(
            "ids", ids(jobs.fetch(conversation_filters=[only])), still_open) + ([] if still_open else ["none"]))
        newest = ids(jobs.fetch(order="desc", limit=7))
        everything = ids(jobs.fetch())
        report.check("a limit of 7, in descending order", unequal("count", len(newest), 7)
                     + unequal("of them in the newest hundred", sum(i in everything[-100:] for i in newest), 7))
        year = ids(jobs.fetch(("2023-06-01T00:00:00Z", "2024-06-01T00:00:00Z")))
        started = {r["conversationId"] for r in truth(simulator, ("2024-01-01", "2024-01-08"))}
        report.check(f"an interval of a year, which the query refuses: {len(year)} conversations", unequal(
            "holds them all", set(year) >= started, True))
        empty = jobs.fetch(("2019-01-01T00:00:00Z", "2019-01-02T00:00:00Z"))
        report.check("an interval without conversations: an empty list, no cursor", unequal(
            "pages", [(page.conversations, page.cursor) for page in empty], [([], None)]))


def lake(report):
    """The data lake lags: what started later is missing, and the job is fulfilled all the same."""
    lag = ["--job-time", "1ms", "--now", "2024-01-05T06:30:15.500Z", "--availability-lag", "1d"]
    with Simulator(*POPULATION, *lag) as simulator:
        jobs = Jobs(simulator)
        border = datetime(2024, 1, 4, 6, 30, 15, tzinfo=timezone.utc)
        told = jobs.availability()
        report.check("availability is now less the lag, to the second", unequal(
            "close", abs((told - border).total_seconds()) < 120, True) + unequal("microseconds", told.microsecond, 0))
        job = jobs.submit()
        status = jobs.end(job)
        pages = list(jobs.pages(job, page_size=100))
        until_when = pages[0].data_availability_date
        text = until_when.strftime("%Y-%m-%dT%H:%M:%S.000Z")
        everything = truth(simulator, SPAN, match="overlap")
        expected = [r["conversationId"] for r in everything if r["conversationStart"] < text]
        report.check(f"a job beyond it is fulfilled with what there is: {len(expected)} conversations",
                     unequal("state", status.state, "FULFILLED") + unequal("ids", ids(pages), expected)
                     + unequal("tells its availability", until_when >= told, True)
                     + ([] if 0 < len(expected) < len(everything) else ["nothing missing"]))


def ends(report, scratch):
    """Jobs that come to a bad end."""
    file = scratch / "jobs.json"
    file.write_text(json.dumps({"rules": [
        {"match": {"endpoint": "job-submit", "request": number}, "fault": fault} for number, fault in enumerate((
            {"kind": "jobFailed", "message": "the query \"timed out\" \u2028"}, {"kind": "jobExpired"},
            {"kind": "jobStuck"}), 1)]}))
    with Simulator("--conversations", "50", "--job-time", "300ms", "--faults", str(file)) as simulator:
        jobs = Jobs(simulator)
        failed, expired, stuck = jobs.submit(), jobs.submit(), jobs.submit()
        status = jobs.end(failed)
        report.check("FAILED, with its message", unequal("state", status.state, "FAILED") + unequal(
            "errorMessage", status.error_message, "the query \"timed out\" \u2028") + refused(
                refusal(lambda: jobs.results(failed)), 400, "bad.request", "FAILED"))
        status = jobs.end(expired)
        report.check("EXPIRED, without a message", unequal("state", status.state, "EXPIRED") + unequal(
            "errorMessage", status.error_message, None)
            + unequal("expirationDate", bool(status.expiration_date), True)
            + refused(refusal(lambda: jobs.results(expired)), 400, "bad.request", "expired"))
        report.check("a job that is stuck stays PENDING", unequal("state", jobs.status(stuck).state, "PENDING"))
    with Simulator("--conversations", "50", "--job-time", "1ms", "--job-lifetime", "2s") as simulator:
        jobs = Jobs(simulator)
        job = jobs.submit()
        jobs.end(job)
        page = jobs.results(job, page_size=10)
        late = until(30, lambda: refusal(lambda: jobs.results(job, cursor=page.cursor, page_size=10)))
        report.check("results expire in the middle of a walk: 400, EXPIRED", refused(
            late, 400, "bad.request", "expired") + unequal("state", jobs.status(job).state, "EXPIRED"))


def limits(report):
    with Simulator("--conversations", "50", "--job-time", "3s", "--job-limit", "2") as simulator:
        jobs = Jobs(simulator)
        for _ in range(3):
            jobs.submit()
        stats = simulator.stats()
        report.check("one job too many: the SDK waits as long as Retry-After says, and then it is taken", unequal(
            "submitted", stats["jobs"]["submitted"], 3) + unequal("at most", stats["jobs"]["runningPeak"], 2) + (
                [] if stats["requests"]["job-submit"].get("429") else ["no 429"]))
    with Simulator("--conversations", "50", "--job-time", "1h", "--job-limit", "2") as simulator:
        jobs = Jobs(simulator)
        jobs.without_retries()
        first, _ = jobs.submit(), jobs.submit()
        exception = refusal(jobs.submit)
        report.check("without its retries: 429 with its ErrorBody and the limit", refused(
            exception, 429, "too.many.requests.retry.after", "concurrent jobs is 2") + (
                [] if exception is None else unequal("limit", json.loads(exception.body).get("limit"), {
                    "key": "details.jobs.concurrent.access.max", "namespace": "analytics", "value": 2}) + unequal(
                        "Retry-After", exception.headers["Retry-After"].isdigit(), True)))
        jobs.delete(first)
        report.check("a job that is cancelled makes room", [] if jobs.submit() else ["no job"])


def refusals(report):
    with Simulator("--conversations", "300", "--job-time", "1ms") as simulator:
        jobs = Jobs(simulator)
        one, other = jobs.submit(), jobs.submit()
        jobs.end(one), jobs.end(other)
        cursor = jobs.results(one, page_size=10).cursor
        for name, job, text in (
            ("no cursor", one, "no cursor"), ("a cursor of another job", other, cursor),
            ("a cursor with a byte more", one, cursor + "A"), ("a cursor that was encoded twice", one,
                                                               cursor.replace("=", "%3D")),
            ("an empty cursor", one, ""),
        ):
            report.check(f"{name}: 400 with its ErrorBody", refused(
                refusal(lambda: jobs.results(job, cursor=text)), 400, "bad.request", "invalid cursor format"))
        report.check("the cursor itself: an answer", unequal(
            "records", len(jobs.results(one, cursor=cursor, page_size=10).conversations), 10))
        for name, call in (("status", jobs.status), ("results", jobs.results), ("deletion", jobs.delete)):
            report.check(f"{name} of an unknown job: 404 with its ErrorBody", refused(
                refusal(lambda: call("00000000-0000-0000-0000-000000000000")), 404, "not.found"))
        report.check("pageSize 10001: 400 with its ErrorBody", refused(
            refusal(lambda: jobs.results(one, page_size=10_001)), 400, "constraint.validation", "between 1 and 10000"))
        report.check("an interval of words: 400 with its ErrorBody", refused(
            refusal(lambda: jobs.submit(("yesterday", "today"))), 400, "invalid.date"))
        jobs.client.access_token = "unknown"
        for name, call in (("submission", jobs.submit), ("status", lambda: jobs.status(one)),
                           ("results", lambda: jobs.results(one)), ("availability", jobs.availability),
                           ("deletion", lambda: jobs.delete(one))):
            report.check(f"{name} with an unknown token: 401", refused(refusal(call), 401, "bad.credentials"))
