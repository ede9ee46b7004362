"""All checks, in order. The argument is a scratch directory, which is HOME as well."""

import pathlib
import signal
import sys

import answer_checks
import contract_checks
import endpoint_checks
import extraction_checks
import job_checks
import sdk_checks
from contract import Contract
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
    contract = Contract(swagger)
    Simulator.contract = contract
    sdk_checks.watch(contract)
    try:
        report.section("the definitions", answer_checks.definitions, swagger)
        report.section("the contract", contract_checks.is_sharp, contract, swagger.is_official)
        report.section("the official SDK walks a day", sdk_checks.walks)
        report.section("the official SDK is refused", sdk_checks.refusals)
        report.section("the official SDK at the rate limit", sdk_checks.rate_limit)
        report.section("the official SDK runs a job", job_checks.life)
        report.section("what a job finds", job_checks.selections)
        report.section("the data lake", job_checks.lake)
        report.section("jobs that come to a bad end", job_checks.ends, scratch)
        report.section("how many jobs run", job_checks.limits)
        report.section("the official SDK is refused by jobs", job_checks.refusals)
        report.section("pages", answer_checks.pages)
        report.section("large records", answer_checks.long_tail, swagger)
        report.section("errors", answer_checks.errors)
        report.section("errors of jobs", endpoint_checks.jobs)
        report.section("scripted errors", endpoint_checks.scripted, scratch)
        report.section("logins and limits", endpoint_checks.logins)
        report.section("dialects", endpoint_checks.dialects)
        report.section("every answer", contract_checks.every_answer, contract)
        report.section("reading JSON as text", extraction_checks.stripper)
        report.section("bytes through trawl run", extraction_checks.fixtures, scratch)
    finally:
        Simulator.stop_all()
    return report.summary()


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
