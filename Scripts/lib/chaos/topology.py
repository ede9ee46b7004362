"""The ways to run an extraction, and the operator who gives the same command again until it ends 0."""
import pathlib
import re
import signal
import subprocess
import time
from collections import Counter

from redisserver import Redis, RedisServer

# No command may ever end so: wrong usage, no permission, a crash.
NEVER = {4, 64, -signal.SIGILL, -signal.SIGTRAP, -signal.SIGSEGV, -signal.SIGABRT, -signal.SIGBUS}


SHORT_SPLIT = re.compile(
    r"NOT PROVEN: (?P<begin>[\dTZ.]+)-(?P<end>[\dTZ.]+) was cut at \d+ hits, and its shards hold (?P<held>\d+) conv")


class Ended(Exception):
    """A command ended as none may."""


class Topology:
    """What all have in common: commands that are given again, a pause after each."""

    pause = 0.2

    def __init__(self, setting):
        self.setting = setting
        self.processes, self.trawl, self.store = setting.processes, setting.trawl, setting.store
        self.ends: Counter[str] = Counter()
        self.retried = self.repaired = 0
        self.is_done = False
        self._next = 0.0

    def start(self, words: list[str], name: str) -> subprocess.Popen:
        return self.processes.start([self.trawl, *words, "--no-color"], name)

    def note(self, name: str, process: subprocess.Popen) -> int:
        code = process.returncode
        self.ends[f"{name} {code}"] += 1
        if code in NEVER:
            raise Ended(f"'trawl {name}' ended {code}")
        if code == 5:
            self.repair(name)
        return code

    def repair(self, name: str) -> None:
        """What the run's last words say, where they are about the one thing that the API's faults alone can cause: it
        overstated a total on the page that cut a shard. Whatever else is not proven is our fault."""
        text = (self.setting.processes.folder / f"{name}.log").read_text(errors="replace").rpartition("\n$ ")[2]
        complaints = [line for line in text.splitlines() if "NOT PROVEN:" in line]
        for line in complaints:
            found = SHORT_SPLIT.search(line)
            if not found or int(found["held"]) != self.setting.started_in(found["begin"], found["end"]):
                raise Ended(f"'trawl {name}' ended 5: {line.strip()}")
        if not complaints:
            raise Ended(f"'trawl {name}' ended 5: {text.strip().splitlines()[-1]}")
        if self.start(["repair", str(self.store), "--apply"], "repair").wait(60) == 3:
            self.repaired += 1

    def revive_dead(self, *words: str) -> None:
        """What an operator does about shards that killed their workers, as far as Trawl could see."""
        marked = self.store / "dead"
        if not marked.is_dir() or not any(marked.iterdir()):
            return
        process = self.start(["dead", "retry", str(self.store), "--all", *words], "dead")
        if process.wait(60) == 0:
            self.retried += 1

    def tick(self) -> None:
        if not self.is_done and time.monotonic() >= self._next:
            self.work()

    def rest(self) -> None:
        self._next = time.monotonic() + self.pause


class Run(Topology):
    """`trawl run`, with a Redis of its own or one of the operator's."""

    def __init__(self, setting, server: RedisServer | None):
        super().__init__(setting)
        self.server = server
        words = ["--redis", server.url] if server else []
        self.words = [
            "run", *setting.plan, *words, "--out", str(self.store), "--api-url", setting.url, "--workers",
            str(setting.workers), "--slots", "4", "--rate", "none", "--compress", "none", "--lease", f"{setting.lease}s",
            "--quiet"]
        self.redis = server.client if server else Redis(self.store / ".redis" / "redis.sock")
        self.process: subprocess.Popen | None = None

    def work(self) -> None:
        if self.process is None:
            self.process = self.start(self.words, "run")
        elif self.process.poll() is not None:
            code = self.note("run", self.process)
            self.process = None
            self.is_done = code == 0
            if code == 3:
                self.revive_dead()
            self.rest()

    @property
    def supervisor(self) -> int | None:
        return self.process.pid if self.process and self.process.poll() is None else None


class Cluster(Topology):
    """`trawl plan`, several `trawl worker`, and in the end `trawl merge`, as on several machines."""

    supervisor = None

    def __init__(self, setting, server: RedisServer):
        super().__init__(setting)
        self.server, self.redis = server, server.client
        self.workers: list[subprocess.Popen | None] = [None] * setting.workers
        self.idle: set[int] = set()
        self.number = 0
        self.is_planned = False
        self.command: subprocess.Popen | None = None

    @property
    def options(self) -> list[str]:
        return ["--redis", self.server.url, "--api-url", self.setting.url, "--rate", "none"]

    def work(self) -> None:
        if not self.is_planned:
            if self._ended(["plan", *self.setting.plan, *self.options, "--out", str(self.store)], "plan") == 0:
                self.is_planned = True
        elif len(self.idle) == len(self.workers):
            code = self._ended(["merge", str(self.store), "--compress", "none"], "merge")
            if code is not None:
                self.is_done = code == 0
                self._again()
        else:
            self._keep_workers()

    def _ended(self, words: list[str], name: str) -> int | None:
        """Starts a command, or says how it ended."""
        if self.command is None:
            self.command = self.start([*words, "--quiet"], name)
        elif self.command.poll() is not None:
            code = self.note(name, self.command)
            self.command = None
            if code != 0:
                self.rest()
            return code
        return None

    def _keep_workers(self) -> None:
        for index, worker in enumerate(self.workers):
            if worker is None and index not in self.idle:
                self.number += 1
                self.workers[index] = self.start(
                    ["worker", "--run", self._run(), "--store", str(self.store), *self.options, "--slots", "4",
                     "--compress", "none", "--until-idle", "--lease", f"{self.setting.lease}s", "--name",
                     f"chaos-{self.number}", "--quiet"], f"worker-{index}")
            elif worker is not None and worker.poll() is not None:
                code = self.note("worker", worker)
                self.workers[index] = None
                if code == 0:
                    self.idle.add(index)
                elif code > 0:
                    # It did not just die: the run may be halted, or not in this Redis any more.
                    self._again()
                    self.rest()

    def _again(self) -> None:
        self.revive_dead("--redis", self.server.url)
        self.is_planned = False
        self.idle.clear()

    def _run(self) -> str:
        return self.setting.run_name()
