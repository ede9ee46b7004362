"""What can happen to a round, besides what the simulated API does. Each fault is struck at a moment of the schedule."""
import random
import signal
from dataclasses import dataclass

from redisserver import Unreachable


@dataclass(order=True)
class Fault:
    at: float
    kind: str
    # Chooses the victim; how long it lasts; whether the recovery from it is watched, with nothing else on top.
    choice: float
    length: float
    is_watched: bool


# kind: how often in relation to the others. What only some layouts can suffer is the more frequent there.
EVERYWHERE = {
    "worker killed": 5, "worker frozen": 3, "worker frozen past its lease": 2, "redis connections cut": 4,
    "redis paused": 3, "redis frozen": 3, "redis killed": 3, "FLUSHALL": 3, "key deleted": 6,
}
WITH_SUPERVISOR = {"supervisor killed": 3, "supervisor frozen": 3}
ON_A_SMALL_DISK = {"disk full": 5}
BY_MODE = {
    "rdb": {"redis back from an older snapshot": 10, "redis goes back in time": 8},
    "memory": {"redis goes back in time": 10},
    "aof-always": {"redis back with a torn log": 8}, "aof-everysec": {"redis back with a torn log": 8}, None: {},
}
# Those whose recovery is measured, every other time.
WATCHED = {"worker killed", "FLUSHALL"}


def schedule(rng: random.Random, kinds: dict[str, int], seconds: float, lease: float) -> list[Fault]:
    """Faults for so long, the first when the run is under way."""
    faults, at = [], rng.uniform(0.8, 1.5)
    while at < seconds:
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        length = rng.uniform(1.2, 1.8) * lease if kind.endswith("past its lease") else rng.uniform(0.1, 1.2)
        faults.append(Fault(at, kind, rng.random(), length, kind in WATCHED and rng.random() < 0.5))
        at += rng.expovariate(1 / 0.3)
    return faults


class Striker:
    """Strikes the faults of one round. Each method says whether it struck, and what is to be done when."""

    def __init__(self, round_):
        self.round = round_
        self.processes = round_.processes
        # What ends the disk's fullness.
        self.filler = round_.store.parent / "filler"

    def strike(self, fault: Fault) -> bool:
        """False where there was nothing to strike."""
        self.topology, self.redis = self.round.topology, self.round.topology.redis
        try:
            return self._methods[fault.kind](self, fault)
        except Unreachable:
            return False

    def _worker(self, fault: Fault) -> int | None:
        workers = sorted(self.processes.workers())
        return workers[int(fault.choice * len(workers))] if workers else None

    def _kill_worker(self, fault: Fault) -> bool:
        pid = self._worker(fault)
        if pid is None:
            return False
        if fault.is_watched:
            self.round.watch_worker(pid)
        return self.processes.send(pid, signal.SIGKILL)

    def _freeze(self, pid: int | None, fault: Fault) -> bool:
        if pid is None or not self.processes.send(pid, signal.SIGSTOP):
            return False
        self.round.after(fault.length, lambda: self.processes.send(pid, signal.SIGCONT))
        return True

    def _freeze_worker(self, fault: Fault) -> bool:
        return self._freeze(self._worker(fault), fault)

    def _kill_supervisor(self, _: Fault) -> bool:
        pid = self.topology.supervisor
        return pid is not None and self.processes.send(pid, signal.SIGKILL)

    def _freeze_supervisor(self, fault: Fault) -> bool:
        return self._freeze(self.topology.supervisor, fault)

    def _redis(self) -> int | None:
        server = self.topology.server
        if server:
            return server.process.pid if server.process.poll() is None else None
        # The private one says in its command line where its socket is.
        return next(
            (pid for pid, words in self.processes.commands().items() if "redis-server" in words[0]), None)

    def _freeze_redis(self, fault: Fault) -> bool:
        return self._freeze(self._redis(), fault)

    def _kill_redis(self, fault: Fault, while_down=lambda server: None) -> bool:
        server, pid = self.topology.server, self._redis()
        if pid is None:
            return False
        if server is None:  # its supervisor starts another
            return self.processes.send(pid, signal.SIGKILL)
        server.kill()
        while_down(server)
        self.round.after(fault.length, server.start)
        return True

    def _tear_log(self, fault: Fault) -> bool:
        return self._kill_redis(fault, lambda server: server.tear(int(fault.choice * 60_000)))

    def _older_snapshot(self, fault: Fault) -> bool:
        self.redis.ask("SAVE")
        self.round.after(fault.length * 2, lambda: self._kill_redis(fault))
        return True

    def _back_in_time(self, fault: Fault) -> bool:
        self.redis.ask("SAVE")
        self.round.after(fault.length * 2, lambda: self._try("DEBUG", "RELOAD", "NOSAVE"))
        return True

    def _try(self, *words) -> None:
        try:
            self.redis.ask(*words)
        except Unreachable:
            pass  # killed or wiped in between by another fault

    def _cut(self, _: Fault) -> bool:
        return self.redis.ask("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") > 0

    def _pause(self, fault: Fault) -> bool:
        return self.redis.ask("CLIENT", "PAUSE", int(fault.length * 1000), "ALL") == "OK"

    def _flush(self, fault: Fault) -> bool:
        if fault.is_watched:
            self.round.watch_flush()
        return self.redis.ask("FLUSHALL") == "OK"

    def _delete(self, fault: Fault) -> bool:
        keys = self.redis.keys()
        return bool(keys) and self.redis.ask("DEL", keys[int(fault.choice * len(keys))]) == 1

    def _fill_disk(self, fault: Fault) -> bool:
        if self.filler.exists():
            return False
        with self.filler.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * (1 << 20)) == 1 << 20:
                    pass
            except OSError:
                pass  # full
        self.round.after(fault.length, lambda: self.filler.unlink(missing_ok=True))
        return True

    _methods = {
        "worker killed": _kill_worker, "worker frozen": _freeze_worker, "worker frozen past its lease": _freeze_worker,
        "supervisor killed": _kill_supervisor, "supervisor frozen": _freeze_supervisor, "redis frozen": _freeze_redis,
        "redis killed": _kill_redis, "redis back with a torn log": _tear_log,
        "redis back from an older snapshot": _older_snapshot, "redis goes back in time": _back_in_time,
        "redis connections cut": _cut, "redis paused": _pause, "FLUSHALL": _flush, "key deleted": _delete,
        "disk full": _fill_disk,
    }
