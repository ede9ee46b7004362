"""Executes the documents, some at a time, and says what is not true in them."""
import argparse
import concurrent.futures
import pathlib
import shutil
import signal
import sys
import time

import blocks
import broken
import documents as table
import helppages
import links
from elsewhere import ROOT, Elsewhere
from runner import Runner
from session import Session


def usage(text: str):
    print(f"Scripts/docs-test: {text}", file=sys.stderr)
    sys.exit(64)


def documents(elsewhere: Elsewhere, names: list[str]):
    """The pages that the arguments name: all documents and help pages where there are none."""
    files = ["README.md", *(f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md")))]
    helps = {page.name: page for page in helppages.pages(elsewhere)}
    chosen = [name.removeprefix("./") for name in names] or [*files, *helps]
    for name in chosen:
        if name == "help":
            yield from helps.values()
        elif name in helps:
            yield helps[name]
        elif name in files:
            yield blocks.read(ROOT / name, name)
        else:
            usage(f"no document is called '{name}'; they are {', '.join([*files, 'help', *helps])}")


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/docs-test", add_help=False, allow_abbrev=False)
    parser.error = usage
    parser.add_argument("--trawl", required=True)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--python", required=True)
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("names", nargs="*")
    arguments = parser.parse_intermixed_args()
    if not 1 <= arguments.jobs <= 64:
        usage("--jobs takes a number from 1 to 64")
    begin = time.monotonic()
    elsewhere = Elsewhere(arguments.trawl)
    try:
        pages = list(documents(elsewhere, arguments.names))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    runners = [
        Runner(page, arguments.trawl, arguments.scratch, elsewhere, arguments.python, arguments.verbose) for page in pages]

    def timed(runner: Runner) -> float:
        start = time.monotonic()
        runner.run()
        if runner.page.name.endswith(".md"):
            runner.wrong += links.wrong(ROOT, runner.page)
        return time.monotonic() - start

    def report(running) -> None:
        for done in concurrent.futures.as_completed(running):
            runner = running[done]
            seconds = done.result()
            print("".join(line + "\n" for line in runner.log), end="")
            told = f"{runner.commands} commands, {runner.outputs} outputs, {runner.reasons} blocks run elsewhere"
            print(f"{'WRONG' if runner.wrong else 'ok   '}  {runner.page.name}: {told}, {seconds:.1f} s", flush=True)
            for fault in runner.wrong:
                print(f"  {fault}", flush=True)
            if not runner.wrong and not arguments.keep:
                shutil.rmtree(arguments.scratch / runner.page.name.replace("/", "-"), ignore_errors=True)

    (arguments.scratch / "broken").mkdir()
    # Those that wait for a quota first, so that nothing waits for them at the end.
    runners.sort(key=lambda runner: runner.page.name not in table.SLOW)
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs + 1) as pool:
        itself = pool.submit(
            broken.unnoticed, arguments.trawl, arguments.scratch / "broken", elsewhere, arguments.python)
        running = {pool.submit(timed, runner): runner for runner in runners}
        try:
            report(running)
            others = itself.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            Session.end()
    if not arguments.names:
        others += links.runbooks(ROOT)
    for fault in others:
        print(f"WRONG  {fault}")
    wrong = len(others) + sum(len(runner.wrong) for runner in runners)
    if not others and not arguments.keep:
        shutil.rmtree(arguments.scratch / "broken")
    total = sum(runner.commands for runner in runners)
    outputs = sum(runner.outputs for runner in runners)
    print(f"\n{len(runners)} documents, {total} commands executed, {outputs} outputs compared in "
          f"{time.monotonic() - begin:.0f} s: " + (f"{wrong} WRONG" if wrong else "all as they say"))
    return 1 if wrong else 0


signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
sys.exit(main())
