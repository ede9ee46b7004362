"""`trawl simulate` as a child process, and plain HTTP requests to it."""

import http.client
import json
import os
import select
import subprocess
import time
from urllib.parse import urlencode, urlsplit

BINARY = os.environ["TRAWL_BINARY"]
QUERY = "/api/v2/analytics/conversations/details/query"
JOBS = "/api/v2/analytics/conversations/details/jobs"
CLIENT, SECRET = "simulator", "simulator-secret"
# A proxy of the environment has no way to a loopback address of this process.
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()
        #: What is wrong with it by the contract.
        self.faults = []


class Simulator:
    """Runs inside a `with`; `url` is where it listens."""

    #: Sees every answer to a plain request.
    contract = None
    _running = []

    def __init__(self, *flags):
        self._flags = flags

    def __enter__(self):
        self._process = subprocess.Popen(
            [BINARY, "simulate", "--port", "0", *self._flags], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL,
            env=ENVIRONMENT)
        Simulator._running.append(self._process)
        self.url = self._address()
        self._host = urlsplit(self.url).netloc
        self._token = None
        return self

    def __exit__(self, *_):
        _stop(self._process)
        Simulator._running.remove(self._process)

    @classmethod
    def stop_all(cls):
        for process in list(cls._running):
            _stop(process)

    def _address(self):
        ready, _, _ = select.select([self._process.stdout], [], [], 60)
        line = self._process.stdout.readline().decode() if ready else ""
        if "http://" not in line:
            raise RuntimeError(f"the simulator printed no address: {line!r}")
        return line[line.index("http://"):].strip()

    def request(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = Answer(connection.getresponse())
        finally:
            connection.close()
        if self.contract:
            empty = ["AnalyticsConversationQueryResponse.conversations"] if "--empty-array" in self._flags else []
            answer.faults = self.contract.see(method, path, answer.status, answer.headers, answer.body, empty)
        return answer

    def get(self, path, **fields):
        answer = self.request("GET", path + ("?" + urlencode(fields) if fields else ""))
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return answer.body

    def truth(self, **fields):
        """The lines of /truth, without their line feeds."""
        return self.get("/truth", **fields).split(b"\n")[:-1]

    def stats(self):
        return json.loads(self.get("/stats"))

    def token(self):
        if self._token is None:
            form = {"grant_type": "client_credentials", "client_id": CLIENT, "client_secret": SECRET}
            answer = self.request(
                "POST", "/oauth/token", urlencode(form), {"Content-Type": "application/x-www-form-urlencoded"})
            self._token = json.loads(answer.body)["access_token"]
        return self._token

    def post(self, body, path=QUERY, token=None, media_type="application/json"):
        """A details query, or what another path takes; `body` is a value or bytes."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.request(
            "POST", path, body, {"Authorization": f"Bearer {token or self.token()}", "Content-Type": media_type})

    def bearing(self, method, path):
        """A request with a good token and no body."""
        return self.request(method, path, headers={"Authorization": f"Bearer {self.token()}"})

    def pages(self, interval, page_size=100, **more):
        """All answers of a walk, the one past the last page included."""
        number = 0
        while True:
            number += 1
            answer = self.post(
                {"interval": interval, "paging": {"pageSize": page_size, "pageNumber": number}, **more})
            yield answer
            if answer.status != 200 or not json.loads(answer.body).get("conversations"):
                return


def trawl(*arguments, log, **variables):
    """Runs a trawl command to its end; its exit code. What it prints goes to the file `log`."""
    with open(log, "wb") as output:
        process = subprocess.Popen(
            [BINARY, *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            env={**ENVIRONMENT, **variables})
    try:
        return process.wait(timeout=300)
    finally:
        # Asked to end, not killed, so that it stops the processes that it started itself.
        if process.returncode is None:
            _stop(process)


def _stop(process):
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout:
        process.stdout.close()


def until(seconds, attempt):
    """Calls `attempt` until it returns something, for so long."""
    end = time.monotonic() + seconds
    while True:
        result = attempt()
        if result or time.monotonic() > end:
            return result
        time.sleep(0.1)
