"""Holds a merged store against what the simulator says an extraction has to find."""
import json
import pathlib
import subprocess
from collections import Counter
from dataclasses import dataclass


@dataclass
class Judgement:
    records: int
    missing: int
    doubled: int
    changed: int
    is_identical: bool

    @property
    def is_true(self) -> bool:
        return self.is_identical and not (self.missing or self.doubled or self.changed)

    def __str__(self) -> str:
        same = "byte for byte the truth" if self.is_identical else "NOT the truth"
        return f"{self.records} records, {self.missing} missing, {self.doubled} doubled, {self.changed} changed: {same}"


def judge(store: pathlib.Path, truth: bytes) -> Judgement:
    files = sorted((store / "merged").rglob("*.ndjson.zst"))
    merged = b"".join(
        subprocess.run(["zstd", "-dcq", path], capture_output=True, check=True).stdout for path in files)
    lines, wanted = merged.splitlines(), truth.splitlines()
    known = set(wanted)
    found = Counter(json.loads(line)["conversationId"] for line in lines)
    return Judgement(
        records=len(lines), missing=sum(json.loads(line)["conversationId"] not in found for line in wanted),
        doubled=sum(count - 1 for count in found.values()), changed=sum(line not in known for line in lines),
        is_identical=merged == truth)
