"""Adds up the rounds and prints them."""
import statistics
from collections import Counter

from round import Round


class Report:
    def __init__(self, seed: int, lease: int):
        self.seed, self.lease = seed, lease
        self.rounds: list[Round] = []

    def add(self, round_: Round) -> None:
        self.rounds.append(round_)

    @property
    def is_wrong(self) -> bool:
        return any(round_.wrong for round_ in self.rounds)

    def _total(self, count) -> int:
        return sum(map(count, self.rounds))

    @staticmethod
    def _spread(values: list[float]) -> str:
        return f"median {statistics.median(values):.1f} s, max {max(values):.1f} s ({len(values)} seen)" if values else "not seen"

    def lines(self) -> list[str]:
        struck: Counter[str] = Counter()
        ends: Counter[str] = Counter()
        for round_ in self.rounds:
            struck.update(round_.struck)
            ends.update(round_.topology.ends if hasattr(round_, "topology") else {})
        width = max(map(len, struck), default=0)
        order = sorted(struck, key=lambda kind: (kind.startswith("api "), -struck[kind], kind))
        lines = [f"{kind.ljust(width)}  {struck[kind]:6}" for kind in order]
        minimum = self._total(lambda round_: round_.reference.requests if not round_.wrong else 0)
        requests = self._total(lambda round_: round_.requests if not round_.wrong else 0)
        failed = self._total(lambda round_: round_.api_faults if not round_.wrong else 0)
        layouts = Counter(round_.layout for round_ in self.rounds)
        lines += [
            "",
            f"rounds      {len(self.rounds)}: " + ", ".join(f"{count} {name}" for name, count in layouts.items()),
            f"faults      {sum(struck.values())}",
            f"leaves      {self._total(lambda r: r.judgement.leaves)}, after {self._total(lambda r: r.judgement.splits)} splits",
            f"missing     {self._total(lambda r: r.judgement.missing)}",
            f"doubled     {self._total(lambda r: r.judgement.doubled)}",
            f"changed     {self._total(lambda r: r.judgement.changed)}",
        ]
        if minimum:
            lines += [
                f"requests    {requests}, undisturbed {minimum}: {100 * (requests - minimum) / minimum:.1f} % more, of which "
                f"{100 * failed / minimum:.1f} % were answered with faults and "
                f"{100 * (requests - failed - minimum) / minimum:.1f} % are work repeated"]
        for layout in ["private", "shared", "cluster"]:
            watches = [watch for round_ in self.rounds if round_.layout == layout for watch in round_.recoveries]
            killed = [max(watch.seconds) for watch in watches if watch.name == "worker killed"]
            first = [watch.seconds[0] for watch in watches if watch.name == "FLUSHALL"]
            full = [watch.full[0] for watch in watches if watch.name == "FLUSHALL"]
            lost = Counter(name for round_ in self.rounds if round_.layout == layout for name in round_.lost)
            lines += [
                f"{layout + ':':11} after kill -9 of a worker, all its shards have a page of another: {self._spread(killed)}",
                f"{'':11} after FLUSHALL, the first page by the new schedule: {self._spread(first)}",
                f"{'':11} after FLUSHALL, as many shards leased as before: {self._spread(full)}"]
            if lost:
                lines.append(f"{'':11} not seen within {5 * self.lease} s: {dict(lost)}")
        retried = self._total(lambda r: r.topology.retried if hasattr(r, "topology") else 0)
        repaired = self._total(lambda r: r.topology.repaired if hasattr(r, "topology") else 0)
        lines += [
            f"lease       {self.lease} s",
            f"ends        {', '.join(f'{name}: {count}' for name, count in sorted(ends.items()))}; "
            f"dead retry: {retried}, repair (a split that the API had overstated): {repaired}"]
        return lines
