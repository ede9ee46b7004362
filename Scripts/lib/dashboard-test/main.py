"""All checks, in order. The argument is a scratch directory, which is HOME as well."""

import pathlib
import shutil
import signal
import sys

from playwright.sync_api import sync_playwright

import access_checks
import page_checks
import place_checks
from browser import Browser
from report import Report
from scene import Scene

#: What goes into docs/images, and what it is called there.
KEPT = {
    "run-light": "dashboard-run", "run-dark": "dashboard-run-dark", "run-phone": "dashboard-phone", "years-light": "dashboard-years",
    "runs-light": "dashboard-runs", "stale-light": "dashboard-stale", "skip-light": "dashboard-skip",
}


def end(number, _):
    sys.exit(128 + number)


def faults():
    """Two shards are refused once, some pages fail, and once everybody is throttled."""
    refused = [
        {"match": {"interval": f"{start}/"}, "times": 1,
         "fault": {"kind": "status", "status": 400, "message": "the interval cannot be queried"}}
        for start in ("2024-01-04T06:00:00.000Z", "2024-01-12T12:00:00.000Z")]
    return refused + [
        {"match": {"interval": "2024-01-09T0"}, "times": 3, "fault": {"kind": "status", "status": 503}},
        {"match": {"request": 150}, "fault": {"kind": "429-storm", "duration": "2s", "retryAfter": 3}},
    ]


def main(scratch, keeps):
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    root = pathlib.Path(__file__).resolve().parents[3]
    pictures = root / ".build" / "dashboard-test"
    shutil.rmtree(pictures, ignore_errors=True)
    report = Report()
    with Scene(scratch) as scene, sync_playwright() as playwright:
        scene.simulator("--from", "2024-01-01", "--to", "2024-02-01", "--conversations", 40000, "--records", "small",
                        "--rate", "480/60s", "--rate-mode", "bucket", "--latency", "300ms", faults=faults())
        scene.redis()
        run = scene.plan("january", "--from", "2024-01-01", "--to", "2024-02-01", "--shard", "6h", "--rate", "480/60s")
        history = scene.plan("history", "--from", "2023-01-01", "--to", "2026-01-01", "--rate", "480/60s")
        for name in ("one", "two"):
            scene.worker(f"worker-{name}", "--run", run, "--slots", 4, "--rate", "480/60s")
        _, url = scene.dashboard("dashboard", "--redis", scene.redis_url, "--allow-actions")
        browser = Browser(playwright, pictures, report)
        report.section("the list of runs", page_checks.list_of_runs, browser, url, run, history)
        page = page_checks.open_run(browser, url, run)
        report.section("a run, live", page_checks.live, browser, page)
        report.section("a shard", page_checks.shard, browser, page)
        report.section("pause and resume", page_checks.pause_and_resume, browser, scene, page, run)
        report.section("dead letters", page_checks.dead, browser, scene, page, url, run)
        report.section("dark, and as wide as a phone", page_checks.looks, browser, url, run)
        report.section("from years to minutes", page_checks.keyboard, browser, url, history)
        report.section("a connection that drops", page_checks.stale, browser, scene, run)
        report.section("only shown", page_checks.only_shown, browser, scene, run)
        report.section("tokens in a browser", page_checks.login, browser, scene, run)
        report.section("other sites", access_checks.cross_site, scene, history)
        report.section("the end of a run", page_checks.completion, scene, page)
        browser.clean(page, "run")
        report.section("reading only", access_checks.read_only, scene, run)
        report.section("tokens", access_checks.tokens, scene, run)
        report.section("a private Redis", place_checks.private, browser, scene)
        report.section("a store elsewhere", place_checks.elsewhere, browser, scene, run)
        report.section("mistakes in the command", access_checks.command_line, scene)
        browser.browser.close()
    if keeps and not report.failed:
        images = root / "docs" / "images"
        images.mkdir(exist_ok=True)
        for name, kept in KEPT.items():
            shutil.copyfile(pictures / f"{name}.png", images / f"{kept}.png")
    return report.summary()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], "--screenshots" in sys.argv[2:]))
