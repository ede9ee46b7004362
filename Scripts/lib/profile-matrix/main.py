"""Runs the cells of the matrix, two at a time, and prints what became of them."""
import argparse
import concurrent.futures
import pathlib
import shutil
import signal
import subprocess
import sys
import time

from cell import Cell, Processes
from classes import CLASSES, Profile


def usage(text: str):
    print(f"Scripts/profile-matrix: {text}", file=sys.stderr)
    sys.exit(64)


def profiles(trawl: str) -> list[Profile]:
    listed = subprocess.run([trawl, "profiles", "list"], capture_output=True, text=True, check=True).stdout
    names = [line.split()[0] for line in listed.splitlines() if line.strip()]
    return [
        Profile.read(subprocess.run([trawl, "profiles", "show", name], capture_output=True, text=True, check=True).stdout)
        for name in names]


def chosen(filters: list[str], all_profiles: list[Profile]):
    """The rows and columns that the arguments name: each argument one profile or one fault class."""
    known = {profile.name for profile in all_profiles} | {fault.name for fault in CLASSES}
    for name in filters:
        if name not in known:
            usage(f"no profile and no fault class is called '{name}' (--list has them)")
    some_profiles = [profile for profile in all_profiles if profile.name in filters] or all_profiles
    some_faults = [fault for fault in CLASSES if fault.name in filters] or CLASSES
    return some_profiles, some_faults


def table(rows: list[list[str]], markdown: bool) -> str:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    between, first, last = (" | ", "| ", " |") if markdown else ("  ", "", "")
    lines = [
        (first + between.join(text.ljust(width) for text, width in zip(row, widths)) + last).rstrip() for row in rows]
    if markdown:
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/profile-matrix", add_help=False, allow_abbrev=False)
    parser.error = usage
    parser.add_argument("--trawl", required=True)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--markdown", action="store_true")
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_args()
    if not 1 <= arguments.jobs <= 64:
        usage("--jobs takes a number from 1 to 64")
    all_profiles = profiles(arguments.trawl)
    if arguments.list:
        print("profiles:", *(profile.name for profile in all_profiles), sep="\n  ")
        print("fault classes:", *(fault.name for fault in CLASSES), sep="\n  ")
        return 0
    columns, faults = chosen(arguments.names, all_profiles)

    begin = time.monotonic()
    cells = {
        (fault.name, profile.name): Cell(
            arguments.trawl, arguments.scratch / profile.name / fault.name, profile, fault)
        for fault in faults for profile in columns if fault.applies(profile)}
    order = list(cells.values())
    if not order:
        usage("none of these faults can happen to these profiles")
    # Cells that do nothing but wait for a time-out go beside the others.
    with (concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool,
          concurrent.futures.ThreadPoolExecutor(1) as waiting):
        running = {(waiting if cell.fault.waits else pool).submit(cell.run): cell for cell in order}
        try:
            for number, done in enumerate(concurrent.futures.as_completed(running), 1):
                cell = running[done]
                if sys.stderr.isatty():
                    print(f"\r\x1b[K{number}/{len(order)} {cell.profile.name} {cell.fault.name}", end="", file=sys.stderr)
                if cell.wrong:
                    print(f"\r{cell.profile.name} {cell.fault.name}: {cell.wrong}\n  see {cell.folder}", file=sys.stderr)
                elif not arguments.keep:
                    shutil.rmtree(cell.folder, ignore_errors=True)
        except BaseException:
            for threads in (pool, waiting):
                threads.shutdown(wait=False, cancel_futures=True)
            Processes.end()
            raise
    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr)

    def text(fault, profile) -> str:
        cell = cells.get((fault.name, profile.name))
        if cell is None:
            return "-"
        return f"WRONG {cell.end}".strip() if cell.wrong else f"{cell.verdict} {cell.end}"

    rows = [["fault"] + [profile.name for profile in columns]]
    rows += [[fault.name] + [text(fault, profile) for profile in columns] for fault in faults]
    print(table(rows, arguments.markdown))
    wrong = [cell for cell in order if cell.wrong]
    again = sum(1 for cell in order if len(cell.codes) > 1)
    print(
        f"\n{len(order)} cells in {time.monotonic() - begin:.0f} s: {len(order) - len(wrong)} hold the truth, missing 0, "
        f"doubled 0, {again} of them by the same command again after the fault" + (
            "; WRONG: " + ", ".join(f"{cell.profile.name} {cell.fault.name}" for cell in wrong) if wrong else ""))
    return 1 if wrong else 0


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
sys.exit(main())
