"""The simulated API of a round, and the script of its bad day."""
import json
import pathlib
import random
import re
import time
import urllib.request

from shapes import Shape


class Simulator:
    """`trawl simulate` with a shape's population."""

    def __init__(self, processes, trawl: str, folder: pathlib.Path, shape: Shape, rules: list[dict] | None = None):
        script = folder / "faults.json"
        script.write_text(json.dumps({"rules": rules or []}, indent=1) + "\n")
        log = folder / "simulator.log"
        self.process = processes.start(
            [trawl, "simulate", *shape.population, "--latency", "20ms", "--latency-jitter", "20ms", "--faults", str(script)],
            "simulator")
        end = time.monotonic() + 30
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"the simulator did not start: {log.read_text().strip()}")
            time.sleep(0.01)
        self.url = found.group(0)

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def stats(self) -> dict:
        return json.loads(self.get("/stats"))


# One in so many requests suffers it, and what it suffers.
KINDS = {
    "api 500": {"kind": "status", "status": 500},
    "api 503": {"kind": "status", "status": 503, "retryAfter": 1},
    "api 408": {"kind": "status", "status": 408},
    "api reset": {"kind": "reset", "after": 300},
    "api truncated": {"kind": "truncate", "after": 300},
    "api drop": {"kind": "drop"},
    "api cut JSON": {"kind": "truncateJSON"},
    "api HTML": {"kind": "html"},
    "api total drifts": {"kind": "totalDrift", "by": 1},
    "api record missing": {"kind": "mutate", "change": "dropRecord"},
    "api records shift": {"kind": "mutate", "change": "shift"},
    "api empty page": {"kind": "emptyPage"},
    "api page repeated": {"kind": "duplicatePage"},
}
FOR_A_WHILE = {
    "api 429 storm": {"kind": "429-storm", "duration": "400ms", "retryAfter": 1},
    "api token expires": {"kind": "expireTokens"},
}


def rules(rng: random.Random, requests: int) -> list[dict]:
    """A day on which some two percent of the requests fail in all kinds of ways, none of them for long."""
    numbers = iter(rng.sample(range(20, max(400, requests)), 200))
    made = [
        {"match": {"request": sorted(next(numbers) for _ in range(8))}, "fault": fault} for fault in KINDS.values()]
    made += [{"match": {"request": sorted(next(numbers) for _ in range(8))}, "fault": fault} for fault in FOR_A_WHILE.values()]
    # Of the logins, which are few, every third one, and the one after it.
    logins = sorted(number + more for number in range(2, 14, 3) for more in (0, 1))
    made += [{"match": {"endpoint": "token", "request": logins}, "fault": {"kind": "status", "status": 503}}]
    rng.shuffle(made)
    return made


def struck(script: list[dict], stats: dict) -> dict[str, int]:
    """How often each fault struck: the requests of the script that came to be. Refused ones have no number."""
    names = {json.dumps(fault): name for name, fault in (KINDS | FOR_A_WHILE).items()}
    counts: dict[str, int] = {}
    for rule in script:
        endpoint = rule["match"].get("endpoint", "details-query")
        answered = stats["requests"].get(endpoint, {})
        last = sum(answered.values()) - (answered.get("429", 0) + answered.get("401", 0) if endpoint != "token" else 0)
        name = names.get(json.dumps(rule["fault"]), "api login fails")
        counts[name] = counts.get(name, 0) + sum(number <= last for number in rule["match"]["request"])
    return counts
