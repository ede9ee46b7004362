"""All checks, in order. The argument is a scratch directory, which is HOME as well."""

import pathlib
import signal
import sys

import answer_checks
import extraction_checks
import sdk_checks
from report import Report
from simulator import Simulator
from swagger import Swagger


def end(number, _):
    sys.exit(128 + number)


def main(scratch):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    report = Report(hidden=[str(scratch), str(pathlib.Path.cwd())])
    swagger = Swagger()
    try:
        report.section("the official SDK walks a day", sdk_checks.walks)
        report.section("the official SDK is refused", sdk_checks.refusals)
        report.section("the official SDK at the rate limit", sdk_checks.rate_limit)
        report.section("the definitions", answer_checks.definitions, swagger)
        report.section("pages", answer_checks.pages, swagger)
        report.section("large records", answer_checks.long_tail, swagger)
        report.section("errors", answer_checks.errors, swagger)
        report.section("scripted errors", answer_checks.scripted_errors, swagger, scratch)
        report.section("reading JSON as text", extraction_checks.stripper)
        report.section("bytes through trawl run", extraction_checks.fixtures, scratch)
    finally:
        Simulator.stop_all()
    return report.summary()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
