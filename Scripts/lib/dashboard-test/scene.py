"""What the dashboard looks at: a simulated API, a Redis, a run with workers, and the dashboard itself."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

TRAWL = os.environ["TRAWL_BINARY"]
TOKEN = "a-token-of-the-test-0123456789"


def until(what, probe, seconds=60):
    """Waits for a condition; its value is returned when it is true."""
    end = time.monotonic() + seconds
    while True:
        value = probe()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"in {seconds} s: not {what}")
        time.sleep(0.1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Scene:
    """Everything it starts ends with it."""

    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        self.processes = []
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(self.scratch), "SWIFT_BACKTRACE": "enable=no",
            "GENESYSCLOUD_OAUTHCLIENT_ID": "simulator", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "simulator-secret",
        }

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.end(process)

    def end(self, process, number=signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
            # A stopped process takes no other signal than this one before it goes on.
            process.send_signal(signal.SIGCONT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        return process.returncode

    def start(self, name, *words, **environment):
        """Starts a `trawl`, with its output in NAME.out and NAME.err."""
        files = [open(self.scratch / f"{name}.{end}", "ab") for end in ("out", "err")]
        process = subprocess.Popen(
            [TRAWL, *map(str, words)], stdout=files[0], stderr=files[1], cwd=self.scratch,
            env={**self.environment, **environment})
        self.processes.append(process)
        return process

    def said(self, name, end="out"):
        path = self.scratch / f"{name}.{end}"
        return path.read_text() if path.exists() else ""

    def address(self, name, process):
        def found():
            if process.poll() is not None:
                raise AssertionError(f"{name} ended {process.returncode}: {self.said(name, 'err')}")
            return re.findall(r"http://[0-9.]+:[0-9]+", self.said(name))
        return until(f"an address of {name}", found)[-1]

    def run(self, *words):
        """Runs a `trawl` to its end."""
        return subprocess.run(
            [TRAWL, *map(str, words)], capture_output=True, text=True, cwd=self.scratch, env=self.environment)

    # The parts

    def simulator(self, *words, faults=()):
        script = self.scratch / "faults.json"
        script.write_text(json.dumps({"rules": list(faults)}))
        process = self.start("simulator", "simulate", "--port", 0, "--faults", script, *words)
        self.api = self.address("simulator", process)

    def redis(self):
        port = free_port()
        process = subprocess.Popen(
            ["redis-server", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(self.scratch),
             "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL)
        self.processes.append(process)
        self.redis_process = process
        self.redis_url = f"redis://127.0.0.1:{port}"

        def answers():
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return True
            except OSError:
                return False
        until("a Redis", answers)

    def plan(self, name, *words):
        done = self.run("plan", "--out", name, "--redis", self.redis_url, "--api-url", self.api, "--json", *words)
        assert done.returncode == 0, done.stderr
        return json.loads((self.scratch / name / "plan.json").read_text())["run"]

    def worker(self, name, *words):
        return self.start(name, "worker", "--redis", self.redis_url, "--api-url", self.api, *words)

    def dashboard(self, name, *words, port=0, **environment):
        process = self.start(name, "dashboard", "--listen", f"127.0.0.1:{port}", *words, **environment)
        return process, self.address(name, process)


def ask(url, method="GET", body=None, **headers):
    """A request as no browser sends it; the status, the headers and the text."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, method=method, data=body.encode() if body is not None else None, headers=headers)
    opener = urllib.request.build_opener(NoRedirect)
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None
