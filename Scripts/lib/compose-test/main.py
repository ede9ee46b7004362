"""The whole of Scripts/compose-test: an engine, the images, the newcomer's run, the faults, and nothing left behind."""
import argparse
import pathlib
import signal
import sys
import time

import image
import newcomer
from debian import unreachable
from engine import Engine
from faults import LEASE, STARVED, Faults
from images import StandIns
from machine import Failed, unfit
from report import Report, complain
from stack import PROJECT, Stack


def usage(text: str):
    complain(f"Scripts/compose-test: {text}")
    sys.exit(64)


SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def ended(number, _frame):
    # The clean-up is in `finally`, and is not to be cut short.
    for other in SIGNALS:
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main() -> int:
    parser = argparse.ArgumentParser(prog="Scripts/compose-test", add_help=False, allow_abbrev=False)
    parser.error = usage
    parser.add_argument("--repository", required=True, type=pathlib.Path)
    parser.add_argument("--scratch", required=True, type=pathlib.Path)
    parser.add_argument("--required", action="store_true")
    arguments = parser.parse_args()
    reason = unfit() or unreachable()
    if reason:
        complain(f"Scripts/compose-test: {'FAIL' if arguments.required else 'SKIP'}: {reason}")
        return 1 if arguments.required else 0

    for number in SIGNALS:
        signal.signal(number, ended)
    report = Report()
    engine = Engine(arguments.scratch)
    stack = Stack(engine, arguments.repository, {
        "REDIS_PASSWORD": "e2f0c1a9b7", "WORKERS": "2", "TRAWL_WORKER_OPTIONS": f"--lease {LEASE}s",
        # More than the newcomer's workers take, so that the faults' run can be sped up at its end.
        "SIMULATOR_RATE": "3000/60s",
    })
    try:
        report.section("a container engine of its own")
        engine.unpack()
        report.ok("it runs", f"{engine.start():.1f} s")
        leave(stack)
        begin = time.monotonic()
        StandIns(engine.docker, arguments.scratch, arguments.repository).make()
        report.ok("stand-ins for the base images", f"{time.monotonic() - begin:.0f} s")
        image.build(stack, report)
        newcomer.come_up(stack, report)
        newcomer.hold_hardening(stack, report)
        newcomer.watch(stack, report)
        newcomer.finish(stack, report, newcomer.STORE, seconds=120)
        Faults(stack, report).run()
        down(stack, report)
    except Failed as failure:
        complain(f"FAIL: {failure}")
        log = arguments.scratch / "containers.log"
        log.write_text(stack.logs())
        complain("\n".join(log.read_text().splitlines()[-40:]))
        return 1
    finally:
        leave(stack)
        engine.stop()
    report.end("compose-test")
    return 0


def down(stack: Stack, report: Report) -> None:
    report.section("docker compose down")
    begin = time.monotonic()
    stack.compose(["down", "-v"])
    seconds = time.monotonic() - begin
    left = [
        *stack.engine.docker(["ps", "-aq"]).stdout.split(),
        *stack.engine.docker(["volume", "ls", "-q", "--filter", f"name={PROJECT}_"]).stdout.split(),
        *stack.engine.docker(["network", "ls", "-q", "--filter", f"name={PROJECT}_"]).stdout.split()]
    report.expect(not left, "no container, volume or network is left", ", ".join(left) or f"{seconds:.1f} s")


def leave(stack: Stack) -> None:
    """Nothing of the project outlives a test that failed, or comes back in the next one of the same directory."""
    try:
        stack.engine.docker(["rm", "-f", STARVED], check=False)
        stack.compose(["down", "-v", "-t", "1", "--remove-orphans"], check=False)
    except OSError:
        pass  # there was no engine yet


if __name__ == "__main__":
    sys.exit(main())
