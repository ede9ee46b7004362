"""Runs that are found in other ways than through a Redis that everybody knows."""

import json
import shutil

from page_checks import badge, legend, open_run
from scene import ask, until


def private(report, browser, scene):
    """A `trawl run` with a Redis of its own is found by its store; when it is over, the store tells."""
    run = scene.start("run", "run", "--from", "2024-01-01", "--to", "2024-01-03", "--shard", "6h", "--out", "private",
                      "--api-url", scene.api, "--rate", "120/60s", "--workers", "1")
    until("a store", lambda: (scene.scratch / "private" / "plan.json").exists())
    process, url = scene.dashboard("private-dash", scene.scratch / "private", "--allow-actions")
    name = json.loads((scene.scratch / "private" / "plan.json").read_text())["run"]
    page = open_run(browser, url, name)
    report.eventually("a 'trawl run' with a private Redis is found at work", lambda: badge(page), "running", 30)
    page.get_by_role("button", name="Pause", exact=True).click()
    report.eventually("and can be paused", lambda: badge(page), "paused")
    page.get_by_role("button", name="Resume").click()
    code = run.wait(180)
    report.check("it ends well", code == 0, (code, scene.said("run", "err")[-500:]))
    report.eventually("when it is over, its store is shown", lambda: badge(page), "complete", 30)
    report.check("with all its shards", legend(page, "done") == 8, legend(page, "done"))
    report.check("and no sign of trouble", not page.locator("#banner").is_visible())
    browser.clean(page, "private run")
    browser.close(page)
    scene.end(process)


def elsewhere(report, browser, scene, run):
    """The store of a run is not where its planner had it."""
    away = scene.scratch / "moved"
    shutil.move(scene.scratch / "january", away)
    process, url = scene.dashboard("elsewhere", "--redis", scene.redis_url)
    page = browser.open(url)
    card = page.locator(".card.run", has_text=run)
    report.eventually("a run without a store is listed from Redis alone, and says so",
                      lambda: card.inner_text() if card.count() else "",
                      lambda text: "From Redis alone" in text and "no such directory" in text)
    card.click()
    page.wait_for_selector(".notes .alert")
    report.check("its page says how to mend that", "--store RUN=DIR" in page.locator(".notes").inner_text())
    browser.accessible(page, "run without a store")
    browser.clean(page, "run without a store", expected=("409",))
    browser.close(page)
    scene.end(process)
    process, url = scene.dashboard("moved-dash", "--redis", scene.redis_url, "--store", f"{run}={away}")
    found = lambda: json.loads(ask(f"{url}/api/runs/{run}")[2]).get("store")
    report.eventually("--store says where it is", found, str(away))
    scene.end(process)
    shutil.move(away, scene.scratch / "january")
