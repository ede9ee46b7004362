"""Runs rounds until the time is over, and says what became of them."""
import argparse
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from oracle import Reference
from report import Report
from round import LAYOUTS, Round
from shapes import shape

# Short, so that leases run out within a round.
LEASE = 4


def usage(text: str):
    print(f"Scripts/chaos: {text}", file=sys.stderr)
    sys.exit(64)


def number(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        usage(f"{name} takes a number from {low} to {high}")


def can_mount(scratch: pathlib.Path) -> str:
    """Why a small disk cannot be had; empty where it can."""
    with tempfile.TemporaryDirectory(dir=scratch) as place:
        tried = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1m", "none", place], capture_output=True, text=True, check=False)
        if tried.returncode == 0:
            subprocess.run(["umount", place], check=True)
            return ""
        return tried.stderr.strip() or f"mount ended {tried.returncode}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/chaos", add_help=False, allow_abbrev=False)
    parser.error = usage
    parser.add_argument("--trawl", required=True)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1, 1_000_000))
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--shards", type=int)
    parser.add_argument("--only", choices=LAYOUTS)
    parser.add_argument("--keep", action="store_true")
    arguments = parser.parse_args()
    number("--minutes", arguments.minutes, 0.1, 10_000)
    number("--workers", arguments.workers, 1, 32)
    if arguments.shards is None:
        arguments.shards = 1440 if arguments.minutes >= 3 else 480
    number("--shards", arguments.shards, 10, 1440)

    begin = time.monotonic()
    end = begin + arguments.minutes * 60
    reason = can_mount(arguments.scratch)
    if reason:
        print(f"no disk is ever full: a small one cannot be mounted ({reason})", file=sys.stderr)
    print(f"seed {arguments.seed}", file=sys.stderr)
    report = Report(arguments.seed, LEASE)
    references: dict[int, tuple] = {}
    count = 0
    first = LAYOUTS.index(arguments.only) if arguments.only else arguments.seed % 3
    # Short of time, a round is not begun that could not have much of a life.
    while count == 0 or end - time.monotonic() > 8:
        layout = arguments.only or LAYOUTS[(first + count) % 3]
        # Three rounds, one of each layout, extract the same.
        group = count // 3
        if group not in references:
            what = shape(group % 2, arguments.seed * 1000 + group, arguments.shards)
            folder = arguments.scratch / f"reference-{group + 1}"
            references = {group: (what, Reference.make(arguments.trawl, folder, what))}
            shutil.rmtree(folder)
        count += 1
        what, reference = references[group]
        disturbed = min(40.0, max(6.0, end - time.monotonic() - 10))
        if arguments.minutes < 3:
            disturbed = min(disturbed, 8.0)
        round_ = Round(
            arguments.trawl, arguments.scratch / f"round-{count}", f"{arguments.seed}.{count}", layout, what, reference,
            arguments.workers, LEASE, disturbed, not reason)
        round_.run(limit=disturbed + 240)
        report.add(round_)
        print(
            f"round {count} ({round_.name}): {round_.wrong or 'holds the truth'}, {round_.seconds:.0f} s, "
            f"{sum(round_.struck.values())} faults", file=sys.stderr)
        if round_.wrong:
            again = f"Scripts/chaos --seed {arguments.seed} --minutes {arguments.minutes:g} --shards {arguments.shards}"
            print(f"  see {round_.folder}; again: {again} --workers {arguments.workers}", file=sys.stderr)
            break
        if not arguments.keep:
            shutil.rmtree(round_.folder)
    print("\n".join(report.lines()))
    print(f"\nseed {arguments.seed}, {(time.monotonic() - begin) / 60:.1f} min: " + (
        "WRONG" if report.is_wrong else "nothing missing, nothing doubled, every result the undisturbed one"))
    return 1 if report.is_wrong else 0


def stop(number: int, _) -> None:
    """Ends once what runs has been ended, whatever is sent after the first signal."""
    for other in signal.SIGTERM, signal.SIGINT:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


for each in signal.SIGTERM, signal.SIGINT:
    signal.signal(each, stop)
sys.exit(main())
