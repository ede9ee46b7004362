"""Holds what a round left against an undisturbed run of the same plan, and against the simulator's truth."""
import hashlib
import json
import pathlib
import subprocess
from collections import Counter
from dataclasses import dataclass

from api import Simulator
from processes import Processes
from shapes import Shape


class Wrong(Exception):
    """The round is not as it must be."""


def merged(store: pathlib.Path) -> dict[str, bytes]:
    """Every merged file, uncompressed as it lies there."""
    return {str(path.relative_to(store)): path.read_bytes() for path in sorted((store / "merged").rglob("*.ndjson"))}


@dataclass
class Reference:
    """An undisturbed run: what every other run of the plan must come to."""

    files: dict[str, str]
    truth: bytes
    requests: int

    @classmethod
    def make(cls, trawl: str, folder: pathlib.Path, shape: Shape) -> "Reference":
        folder.mkdir(parents=True)
        processes = Processes(folder)
        try:
            simulator = Simulator(processes, trawl, folder, shape)
            shape.write_profile(trawl, folder / "profile.json")
            process = processes.start(
                [trawl, "run", *shape.plan(folder / "profile.json"), "--out", str(folder / "store"), "--api-url",
                 simulator.url, "--rate", "none", "--compress", "none", "--workers", "3", "--no-color", "--quiet"], "run")
            if process.wait(120) != 0:
                raise Wrong(f"the undisturbed run ended {process.returncode}: see {folder}/run.log")
            files = merged(folder / "store")
            truth = simulator.get("/truth")
            if b"".join(files.values()) != truth:
                raise Wrong("the undisturbed run is not the truth")
            requests = simulator.stats()["apiRequests"]
        finally:
            processes.end_all()
        return cls({path: hashlib.sha256(data).hexdigest() for path, data in files.items()}, truth, requests)


    def started_in(self, begin: str, end: str) -> int:
        """How many conversations started between two instants, written as in a shard's name."""
        low, high = (text if "." in text else text.replace("Z", ".000Z") for text in (begin, end))
        starts = (
            json.loads(line)["conversationStart"].replace("-", "").replace(":", "") for line in self.truth.splitlines())
        return sum(low <= start < high for start in starts)


@dataclass
class Judgement:
    missing: int = 0
    doubled: int = 0
    changed: int = 0
    leaves: int = 0
    splits: int = 0


def judge(trawl: str, store: pathlib.Path, reference: Reference) -> Judgement:
    """Throws where the result is anything but the truth."""
    files = merged(store)
    lines = b"".join(files.values()).splitlines()
    wanted = reference.truth.splitlines()
    found = Counter(json.loads(line)["conversationId"] for line in lines)
    known = set(wanted)
    manifest = json.loads((store / "manifest.json").read_text())
    judgement = Judgement(
        missing=sum(json.loads(line)["conversationId"] not in found for line in wanted),
        doubled=sum(count - 1 for count in found.values()), changed=sum(line not in known for line in lines),
        leaves=len(manifest["shards"]), splits=sum(1 for path in (store / "out").glob("*.json")) - len(manifest["shards"]))
    if judgement.missing or judgement.doubled or judgement.changed:
        raise Wrong(
            f"{judgement.missing} missing, {judgement.doubled} doubled, {judgement.changed} not as the API has them")
    if b"".join(files.values()) != reference.truth:
        raise Wrong("the result has all lines, but not in the order of the truth")
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    if hashes != reference.files:
        different = sorted(set(hashes.items()) ^ set(reference.files.items()))
        raise Wrong(f"the files are not those of the undisturbed run: {different}")
    if not (store / "_SUCCESS").exists() or manifest["verdict"] != "complete":
        raise Wrong(f"ended 0 without _SUCCESS, or with the verdict {manifest['verdict']}")
    verify = subprocess.run([trawl, "verify", str(store)], capture_output=True, text=True, timeout=120, check=False)
    if verify.returncode != 0:
        raise Wrong(f"trawl verify ended {verify.returncode}: {(verify.stdout + verify.stderr).strip()}")
    return judgement
