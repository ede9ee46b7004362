"""How long it takes until what a fault struck is at work again, read from the store and Redis."""
import os
import pathlib
import time

from redisserver import Redis, Unreachable

# The head of an index (docs/store.md): more than that is a page.
HEAD = 16


def _pages(store: pathlib.Path) -> dict[str, set[str]]:
    """The tokens of all attempts that have a page, by shard."""
    found: dict[str, set[str]] = {}
    try:
        with os.scandir(store / "parts") as entries:
            for entry in entries:
                if entry.name.endswith(".index") and entry.stat().st_size > HEAD:
                    shard, _, token = entry.name.removesuffix(".index").rpartition(".")
                    found.setdefault(shard, set()).add(token)
    except FileNotFoundError:
        pass  # no page yet, or one that was swept between two looks
    return found


class WorkerWatch:
    """From a worker's death until every shard it held has a page of another attempt, or its outcome."""

    name = "worker killed"

    def __init__(self, store: pathlib.Path, redis: Redis, run: str, worker: str):
        self.store = store
        owners = redis.ask("HGETALL", f"trawl:{{{run}}}:owners")
        held = [shard for shard, owner in zip(owners[::2], owners[1::2]) if owner == worker]
        self.before = _pages(store)
        self.open = {shard for shard in held if not self._is_settled(shard)}
        self.begin = time.monotonic()
        self.seconds: list[float] = []

    def _is_settled(self, shard: str) -> bool:
        return (self.store / "out" / f"{shard}.json").exists()

    def is_over(self) -> bool:
        now = _pages(self.store)
        for shard in list(self.open):
            if now.get(shard, set()) - self.before.get(shard, set()) or self._is_settled(shard):
                self.open.discard(shard)
                self.seconds.append(time.monotonic() - self.begin)
        return not self.open


class FlushWatch:
    """From FLUSHALL until the first page of a shard that was claimed from the new schedule, and until as many shards
    are leased as before. Shards that were being fetched go on all the while."""

    name = "FLUSHALL"

    def __init__(self, store: pathlib.Path, redis: Redis, run: str, slots: int):
        self.store, self.redis, self.leases = store, redis, f"trawl:{{{run}}}:leases"
        self.epoch = max((int(path.name.split(".")[0]) for path in (store / "epoch").glob("[0-9]*")), default=0)
        # Leases of the dead are not made good.
        self.leased = min(slots, redis.ask("ZCARD", self.leases))
        self.begin = time.monotonic()
        self.seconds: list[float] = []
        self.full: list[float] = []

    def is_over(self) -> bool:
        elapsed = time.monotonic() - self.begin
        if not self.seconds and any(
                int(token.split("_")[0]) > self.epoch for tokens in _pages(self.store).values() for token in tokens):
            self.seconds.append(elapsed)
        try:
            if not self.full and self.redis.ask("ZCARD", self.leases) >= max(1, self.leased):
                self.full.append(elapsed)
        except Unreachable:
            pass
        return bool(self.seconds and self.full)
