"""One round: an extraction that is disturbed for a while, left alone, and held against the truth."""
import heapq
import json
import pathlib
import random
import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass

import api
import faults
from oracle import Judgement, Reference, Wrong, judge
from processes import Processes
from recovery import FlushWatch, WorkerWatch
from redisserver import MODES, RedisServer, Unreachable
from shapes import Shape
from topology import Cluster, Ended, Run

# What no process may ever say.
CRASH = re.compile(r"Fatal error|\*\*\* (Program|Signal)|Backtrace took|Thread \d+ crashed|Assertion|AddressSanitizer")
LAYOUTS = ["private", "shared", "cluster"]


@dataclass
class Setting:
    """What the commands of a round are told."""

    trawl: str
    workers: int
    lease: int
    plan: list[str]
    store: pathlib.Path
    processes: Processes
    reference: Reference
    url: str = ""

    def started_in(self, begin: str, end: str) -> int:
        return self.reference.started_in(begin, end)

    def run_name(self) -> str:
        return json.loads((self.store / "plan.json").read_text())["run"]


class Round:
    """All that happens is derived from the seed, but for when the machine does what."""

    def __init__(self, trawl: str, folder: pathlib.Path, seed: str, layout: str, shape: Shape, reference: Reference,
                 workers: int, lease: int, disturbed: float, can_mount: bool):
        self.rng = random.Random(seed)
        self.trawl, self.folder, self.layout, self.shape, self.reference = trawl, folder, layout, shape, reference
        self.workers, self.lease = workers, lease
        self.disturbed = disturbed
        self.mode = None if layout == "private" else self.rng.choice(sorted(MODES))
        self.disk = self.rng.random() < 0.5 and can_mount
        self.struck: Counter[str] = Counter()
        self.recoveries: list[WorkerWatch | FlushWatch] = []
        self.lost: list[str] = []
        self.judgement = Judgement()
        self.stats: dict = {}
        self.requests = self.api_faults = 0
        self.wrong = ""
        self.seconds = 0.0
        self._timers: list[tuple[float, int, object]] = []
        self._timer_count = 0
        self._watch: WorkerWatch | FlushWatch | None = None
        self._awaited: faults.Fault | None = None

    @property
    def name(self) -> str:
        return " ".join(filter(None, [self.layout, self.mode, self.shape.name, "small-disk" if self.disk else ""]))

    # Timers and watches: what faults ask for.

    def after(self, seconds: float, action) -> None:
        self._timer_count += 1
        heapq.heappush(self._timers, (time.monotonic() + seconds, self._timer_count, action))

    def watch_worker(self, pid: int) -> None:
        watch = WorkerWatch(
            self.store, self.topology.redis, self.setting.run_name(), self.processes.workers().get(pid, ""))
        if watch.open:
            self._begin(watch)

    def watch_flush(self) -> None:
        self._begin(FlushWatch(self.store, self.topology.redis, self.setting.run_name(), 4 * self.workers))

    def _begin(self, watch) -> None:
        self._watch = watch
        self._watch_end = time.monotonic() + 5 * self.lease

    # The round itself.

    def run(self, limit: float) -> None:
        begin = time.monotonic()
        self.folder.mkdir(parents=True)
        place = self.folder / "disk"
        place.mkdir()
        if self.disk:
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "none", str(place)], check=True)
        self.store = place / "store"
        self.processes = Processes(self.folder)
        try:
            self._run(begin + limit)
        except (Wrong, Ended) as error:
            self.wrong = str(error)
        except Exception as error:  # a round that cannot be judged is not right
            self.wrong = f"{type(error).__name__}: {error}"
        finally:
            if self.wrong:
                self._note_state()
            self.processes.end_all()
            if self.disk:
                self._unmount(place)
        self.seconds = time.monotonic() - begin
        if self.wrong:
            (self.folder / "WRONG").write_text(self.wrong + "\n")

    def _run(self, end: float) -> None:
        script = api.rules(self.rng, self.reference.requests)
        simulator = api.Simulator(self.processes, self.trawl, self.folder, self.shape, script)
        self.shape.write_profile(self.trawl, self.folder / "profile.json")
        self.setting = Setting(
            self.trawl, self.workers, self.lease, self.shape.plan(self.folder / "profile.json"), self.store,
            self.processes, self.reference, simulator.url)
        server = RedisServer(self.processes, self.folder, self.mode) if self.mode else None
        self.topology = Cluster(self.setting, server) if self.layout == "cluster" else Run(self.setting, server)
        kinds = dict(faults.EVERYWHERE) | faults.BY_MODE[self.mode]
        if self.layout != "cluster":
            kinds |= faults.WITH_SUPERVISOR
        if self.disk:
            kinds |= faults.ON_A_SMALL_DISK
        schedule = faults.schedule(self.rng, kinds, self.disturbed, self.lease)
        (self.folder / "schedule.json").write_text("\n".join(map(str, schedule)) + "\n")
        self._disturb(schedule, end)
        self._finish(end)
        self.stats = simulator.stats()
        self.requests, self.api_faults = self.stats["apiRequests"], self.stats["faults"]
        self.struck.update(api.struck(script, self.stats))
        self.judgement = judge(self.trawl, self.store, self.reference)
        self._check_logs()

    def _disturb(self, schedule: list[faults.Fault], end: float) -> None:
        """Strikes the schedule, as long as the run goes on. The schedule's clock stands still while a recovery is
        watched, and before, until nothing else is wrong."""
        striker = faults.Striker(self)
        clock, last = 0.0, time.monotonic()
        stop = last + 1.5 * self.disturbed
        with (self.folder / "struck.log").open("w") as log:
            while schedule and not self.topology.is_done and time.monotonic() < stop:
                self._turn(end)
                fault, now = schedule[0], time.monotonic()
                if self._watch:
                    self._follow()
                elif clock < fault.at:
                    clock += now - last
                elif not fault.is_watched or self._is_calm(fault):
                    schedule.pop(0)
                    has_struck = striker.strike(fault)
                    self.struck[fault.kind] += has_struck
                    print(f"{time.strftime('%H:%M:%S')} {has_struck} {fault}", file=log, flush=True)
                last = now

    def _is_calm(self, fault: faults.Fault) -> bool:
        """Whether nothing else is wrong, so that what is watched is the recovery from this fault."""
        if fault is not self._awaited:
            self._awaited, self._patience = fault, time.monotonic() + 2 * self.lease
        if time.monotonic() > self._patience:
            fault.is_watched = False
            return True
        if self._timers or len(self.processes.workers()) < self.workers:
            return False
        try:
            leases = f"trawl:{{{self.setting.run_name()}}}:leases"
            return self.topology.redis.ask("ZCARD", leases, timeout=0.2) >= self.workers
        except (Unreachable, OSError):
            return False

    def _follow(self) -> None:
        time.sleep(0.02)
        if self._watch.is_over():
            self.recoveries.append(self._watch)
            self._watch = None
        elif self.topology.is_done:
            self._watch = None  # too little was left to see it
        elif time.monotonic() > self._watch_end:
            # Something else made it take longer, such as a token that expired: counted apart.
            self.lost.append(self._watch.name)
            with (self.folder / "struck.log").open("a") as log:
                print(f"{time.strftime('%H:%M:%S')} not recovered: {vars(self._watch)}", file=log)
            self._watch = None

    def _finish(self, end: float) -> None:
        """No more faults: what was frozen or down comes back when it is due, and the run has to end."""
        while not self.topology.is_done or self._timers or self._watch:
            self._turn(end)
            if self._watch:
                self._follow()
        # Those that woke up last have nothing to say any more, and must not.
        while self.processes.workers():
            time.sleep(0.02)
            if time.monotonic() > end:
                raise Wrong(f"workers do not end: {self.processes.workers()}")

    def _turn(self, end: float) -> None:
        while self._timers and self._timers[0][0] <= time.monotonic():
            heapq.heappop(self._timers)[2]()
        self.topology.tick()
        if time.monotonic() > end:
            raise Wrong(f"hangs: not over {'after the faults ceased' if not self._timers else 'in time'}")
        time.sleep(0.01)

    def _check_logs(self) -> None:
        for path in self.folder.glob("*.log"):
            if found := CRASH.search(path.read_text(errors="replace")):
                raise Wrong(f"a process crashed: {found.group(0)!r} in {path}")

    def _note_state(self) -> None:
        """What an engineer asks first."""
        with (self.folder / "state.txt").open("w") as file:
            for pid, words in self.processes.commands().items():
                print(pid, pid in self.processes.stopped, *words, file=file)
            try:
                redis, run = self.topology.redis, self.setting.run_name()
                for key in redis.keys():
                    kind = redis.ask("TYPE", key)
                    words = {
                        "hash": ["HGETALL", key], "zset": ["ZRANGE", key, 0, -1, "WITHSCORES"],
                        "list": ["LRANGE", key, 0, -1], "stream": ["XREVRANGE", key, "+", "-", "COUNT", 50]}
                    print(key, kind, redis.ask(*words.get(kind, ["GET", key])), file=file)
            except (Unreachable, AttributeError, OSError) as error:
                print("redis:", error, file=file)

    def _unmount(self, place: pathlib.Path) -> None:
        if self.wrong:
            subprocess.run(["cp", "-a", str(place), str(self.folder / "disk-copy")], check=False)
        subprocess.run(["umount", "-l", str(place)], check=False)
