"""What a person sees and does, in a browser."""

import json
import signal

from scene import TOKEN, ask, until


def number(text):
    digits = "".join(letter for letter in text if letter.isdigit())
    return int(digits) if digits else 0


def legend(page, state):
    return number(page.locator(".legend li", has_text=f" {state} ").locator("b").inner_text())


def tile(page, label):
    return number(page.locator(".tile", has_text=label).locator(".value").inner_text())


def badge(page):
    return page.locator("h1 .badge").inner_text()


def open_run(browser, url, run, look="light"):
    page = browser.open(f"{url}/runs/{run}", look)
    page.wait_for_selector(".cell")
    page.wait_for_selector(".pulse.live")
    return page


def list_of_runs(report, browser, url, run, history):
    page = browser.open(url)
    page.wait_for_selector(".card.run")
    report.eventually("all runs are listed, the one at work first",
                      lambda: page.locator(".run .name").all_inner_texts(), [run, history])
    card = page.locator(".card.run", has_text=run)
    before = card.inner_text()
    report.eventually("the list is live", card.inner_text, lambda text: text != before)
    browser.accessible(page, "list")
    browser.picture(page, "runs-light", full=False)
    card.click()
    page.wait_for_selector(".cell")
    report.check("a run opens without a new page", page.url.endswith(f"/runs/{run}") and page.title().startswith(run))
    page.go_back()
    page.wait_for_selector(".card.run")
    browser.clean(page, "list")
    browser.close(page)


def live(report, browser, page):
    records = tile(page, "Records")
    done = legend(page, "done")
    report.eventually("records rise without a reload", lambda: tile(page, "Records"), lambda now: now > records)
    report.eventually("shards turn done without a reload", lambda: legend(page, "done"), lambda now: now > done)
    report.eventually("workers say what they do",
                      lambda: page.locator(".workers tbody tr").first.inner_text(),
                      lambda text: any(word in text for word in ("requesting", "waiting", "working", "pausing")))
    report.eventually("throughput stands beside the quota",
                      lambda: page.locator(".p-requests").get_attribute("aria-label"),
                      lambda text: "the quota is 7" in text and "now" in text)
    lines = "[...document.querySelectorAll('.p-requests .line')].length"
    report.check("the past is drawn", page.evaluate(lines) > 0)
    points = "document.querySelector('.p-requests .line')?.getAttribute('d').split('L').length ?? 0"
    report.eventually("the line grows", lambda: page.evaluate(points), lambda n: n > 8)
    before = page.evaluate(points)
    page.reload()
    # Looks since the reload alone would be two or three by then.
    report.eventually("a reload keeps the past", lambda: page.evaluate(points), lambda n: n >= before, 3)


def shard(report, browser, page):
    page.wait_for_selector(".cell.s-done")
    card = page.locator(".shard-card")
    report.eventually("the shards in hand are listed, with pages and worker", card.inner_text, lambda text: all(
        word in text for word in ("In hand", "page", "record")))
    page.locator(".cell.s-done").first.hover()
    text = card.inner_text()
    report.check("pointing at a shard shows all of it", all(
        word in text for word in ("done", "Attempts", "Token", "Verdict", "proven", "Pages", "Requests", "Part")), text)
    page.mouse.move(5, 5)

    def leased():
        cell = page.locator(".cell.s-leased")
        if not cell.count():
            return ""
        try:
            cell.first.hover(timeout=1000)
        except Exception:
            return ""
        return card.inner_text()
    report.eventually("a shard in hand shows worker, pages, 429s and the correlation id", leased, lambda text: all(
        word in text for word in ("Worker", "Lease until", "Pages", "429s", "Correlation id")))
    page.mouse.move(5, 5)


def keyboard(report, browser, url, history):
    """From years to minutes without a mouse."""
    page = open_run(browser, url, history)
    strip, window = page.locator(".strip"), page.locator(".window")
    browser.picture(page, "years-light", full=False)
    shards = lambda: number(window.inner_text().rsplit("·", 1)[1])
    whole = shards()
    report.check("three years are drawn as cells of many shards", whole == 1096 and page.locator(".cell").count() < 300,
                 (whole, page.locator(".cell").count()))
    strip.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    active = lambda: page.evaluate("document.getElementById(document.querySelector('.strip').getAttribute('aria-activedescendant'))?.ariaLabel")
    label = active()
    report.check("the arrow keys move from cell to cell", label and "pending" in label, label)
    report.eventually("what is focused is said", lambda: page.locator("#say").inner_text(), label)
    page.keyboard.press("End")
    report.check("End goes to the last cell", "2026" in (active() or "") or "Dec 2025" in (active() or ""), active())
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    report.eventually("Enter zooms into the cell", shards, lambda now: now < 30)
    report.eventually("single shards are drawn there", lambda: page.locator(".cell.single").count(), lambda n: 0 < n < 30)
    page.keyboard.press("Enter")
    report.eventually("and into a shard among its neighbours", shards, lambda now: now <= 6)
    for _ in range(12):
        if page.locator("[aria-label='Zoom in']").is_disabled():
            break
        before = window.inner_text()
        page.keyboard.press("+")
        until("another window", lambda: window.inner_text() != before, 10)
    report.check("+ zooms down to a minute", "60 s" in window.inner_text(), window.inner_text())
    report.check("the window stands in the address", "#" in page.url, page.url)
    text = window.inner_text()
    page.reload()
    page.wait_for_selector(".cell")
    report.eventually("… and survives a reload", window.inner_text, text)
    strip.focus()
    for _ in range(20):
        if page.locator("[aria-label='Zoom out']").is_disabled():
            break
        before = window.inner_text()
        page.keyboard.press("Escape")
        until("another window", lambda: window.inner_text() != before, 10)
    report.eventually("Escape leads back to the whole run", shards, whole)

    box = strip.bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, y)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=5)
    report.check("a drag shows what it selects", page.locator(".selection").is_visible())
    page.mouse.up()
    report.eventually("a drag zooms to a tenth", shards, lambda now: 90 < now < 130)
    report.check("the whole run is shown above, with the window in it", page.locator(".brush").is_visible())
    before = shards()
    page.mouse.wheel(0, -300)
    report.eventually("the wheel zooms in", shards, lambda now: now < before)
    page.get_by_label("Show the whole run").click()
    report.eventually("the button shows all", shards, whole)
    browser.accessible(page, "three years")
    browser.clean(page, "three years")
    browser.close(page)


def pause_and_resume(report, browser, scene, page, run):
    page.get_by_role("button", name="Pause", exact=True).click()
    report.eventually("Pause pauses the run", lambda: badge(page), "paused")
    report.eventually("… and says so", lambda: page.locator("#notice").inner_text() if page.locator("#notice").count() else "",
                      lambda text: "paused" in text, 3)
    report.eventually("the workers finish what they hold", lambda: legend(page, "leased"), 0, 60)

    def rise():
        before = tile(page, "Requests")
        page.wait_for_timeout(2500)
        return tile(page, "Requests") - before
    # What workers did last, they report a moment later.
    report.eventually("nothing is asked of the API meanwhile", rise, 0, 10)
    report.check("the page says why", "paused" in page.locator(".shortfall").inner_text())
    status = scene.run("status", scene.scratch / "january", "--redis", scene.redis_url).stdout
    report.check("'trawl status' sees it as well", "paused" in status, status)
    page.get_by_role("button", name="Resume").click()
    report.eventually("Resume has it go on", lambda: badge(page), "running")
    report.eventually("… and shards are in hand again", lambda: legend(page, "leased"), lambda n: n > 0)
    log = scene.said("dashboard", "err")
    report.check("both are logged with who and when",
                 all(f"action={name}" in log for name in ("pause", "resume")) and "who=local" in log and "from=127.0.0.1" in log,
                 log[-800:])
    report.eventually("both are among the run's events", lambda: page.locator(".events").inner_text(), lambda text: all(
        f"{name} by local from 127.0.0.1" in text for name in ("pause", "resume")))


def dead(report, browser, scene, page, url, run):
    rows = page.locator(".dead-card tbody tr")
    report.eventually("shards that gave up are listed, with the API's words", lambda: rows.count(), 2, 90)
    report.check("the correlation id is there", "correlation id" in rows.first.inner_text(), rows.first.inner_text())
    page.evaluate("document.querySelector('.strip').dataset.mark = 'first'")
    address = page.url
    page.locator(".notes").get_by_role("link", name="dead letters").click()
    report.check("the link to the dead letters leads to them, with the focus", page.evaluate(
        "document.activeElement.id === 'dead' && document.activeElement.getBoundingClientRect().top < innerHeight"))
    report.check("… on the page that was there, with its window in the address",
                 page.locator(".strip[data-mark=first]").count() == 1 and page.url == address, page.url)
    page.locator(".skip-link").focus()
    page.keyboard.press("Enter")
    report.eventually("a jump to the content changes the address", lambda: page.url.endswith("#main"), True)
    report.check("… and keeps the page", page.locator(".strip[data-mark=first]").count() == 1)
    browser.accessible(page, "run with dead shards")
    browser.picture(page, "run-light")
    for look in ("dark", "phone"):
        other = open_run(browser, url, run, look)
        other.wait_for_selector(".p-requests .line")
        browser.picture(other, f"run-{look}")
        browser.close(other)
    first, second = (row.locator("td").first.locator(".code").inner_text() for row in rows.all())

    page.get_by_role("button", name=f"Skip shard {first}").click()
    dialog = page.locator("dialog")
    dialog.wait_for()
    browser.accessible(page, "the question before a skip")
    browser.picture(page, "skip-light", full=False)
    dialog.get_by_role("button", name="Skip the shard").click()
    report.check("a skip without a reason is not sent", dialog.is_visible())
    page.keyboard.press("Escape")
    report.check("Escape closes the question and nothing is done", not dialog.is_visible() and rows.count() == 2)
    report.check("the focus is back where it was",
                 page.evaluate("document.activeElement.dataset.key") == f"skip {first}",
                 page.evaluate("document.activeElement.outerHTML"))
    page.keyboard.press("Enter")
    dialog.wait_for()
    page.keyboard.type("lost by the vendor, ticket 4711")
    page.keyboard.press("Enter")
    report.eventually("with a reason it is skipped", lambda: legend(page, "skipped"), 1)
    listed = json.loads(scene.run("dead", "list", scene.scratch / "january", "--json").stdout)["dead"]
    reasons = {entry["shard"]: (entry["skipped"] or {}).get("reason") for entry in listed}
    report.check("the store has it, with the reason", reasons.get(first) == "lost by the vendor, ticket 4711", reasons)

    done = legend(page, "done")
    page.get_by_role("button", name=f"Retry shard {second}").click()
    report.eventually("a retried shard is dead no more", lambda: legend(page, "dead"), 0)
    state = lambda: json.loads(ask(f"{url}/api/runs/{run}/shards/{second}")[2]).get("state")
    report.eventually("a worker fetches it", state, "done", 90)
    page.get_by_role("button", name=f"Retry shard {first}").click()
    report.eventually("a skip can be taken back", lambda: json.loads(ask(f"{url}/api/runs/{run}/shards/{first}")[2]).get("state"),
                      "done", 120)
    log = scene.said("dashboard", "err")
    report.check("skip and retries are logged", log.count("action=retry") == 2 and log.count("action=skip") == 1, log[-800:])
    report.check("what happened to it is kept", json.loads(ask(f"{url}/api/runs/{run}/shards/{first}")[2])["deaths"] != [])


def completion(report, scene, page):
    report.eventually("the run comes to its end", lambda: badge(page), "fetched", 180)
    merged = scene.run("merge", scene.scratch / "january")
    report.check("its result is merged and complete", merged.returncode == 0, merged.stderr[-500:])
    report.eventually("the page says so", lambda: badge(page), "complete", 70)
    report.check("and has no more buttons", page.locator(".run-title button").count() == 0)


def looks(report, browser, url, run):
    """Dark, and as wide as a phone."""
    for look in ("dark", "phone", "phone-dark"):
        page = open_run(browser, url, run, look)
        page.wait_for_selector(".p-requests .line")
        if look == "dark":
            page.locator(".strip").focus()
            page.keyboard.press("ArrowRight")
        else:
            page.locator(".cell").first.tap()
            page.wait_for_selector(".shard-card .when")
        browser.accessible(page, f"run, {look}")
        browser.narrow(page, f"run, {look}")
        browser.picture(page, f"ended-{look}")
        browser.clean(page, f"run, {look}")
        browser.close(page)
        page = browser.open(url, look)
        page.wait_for_selector(".card.run")
        browser.accessible(page, f"list, {look}")
        browser.narrow(page, f"list, {look}")
        browser.close(page)
    page = open_run(browser, url, run)
    page.emulate_media(reduced_motion="reduce")
    moving = page.evaluate("document.getAnimations().filter(a => a.playState === 'running').length")
    report.check("nothing moves for those who want it so", moving == 0, moving)
    browser.close(page)


def stale(report, browser, scene, run):
    """A connection that drops, in three ways."""
    process, url = scene.dashboard("stale", "--redis", scene.redis_url)
    port = url.rsplit(":", 1)[1]
    page = open_run(browser, url, run)
    banner = page.locator("#banner")
    is_stale = lambda: page.locator("body.stale").count() == 1 and banner.is_visible()
    report.check("no banner while all is well", not banner.is_visible())
    process.send_signal(signal.SIGSTOP)
    report.eventually("a server that falls silent is noticed, though the connection stands", is_stale, True, 15)
    text = banner.inner_text()
    report.check("the banner says how old everything is", "What you see is from" in text and "ago" in text, text)
    report.eventually("the age grows", banner.inner_text, lambda now: now != text)
    report.check("numbers are dimmed", page.evaluate(
        "getComputedStyle(document.querySelector('.tile .value')).color !== getComputedStyle(document.body).color"))
    browser.accessible(page, "stale")
    browser.picture(page, "stale-light", full=False)
    process.send_signal(signal.SIGCONT)
    report.eventually("it comes back by itself", is_stale, False, 15)
    report.check("the page says so", page.locator(".pulse").inner_text() == "live")
    scene.end(process)
    report.eventually("a server that is gone is noticed", is_stale, True, 15)
    process, _ = scene.dashboard("stale", "--redis", scene.redis_url, port=port)
    report.eventually("a new one is found without a reload", is_stale, False, 20)

    scene.redis_process.send_signal(signal.SIGSTOP)
    report.eventually("a Redis that does not answer is told of", banner.inner_text,
                      lambda text: "server cannot read this now" in text, 40)
    report.eventually("/readyz says so, too", lambda: ask(f"{url}/readyz")[0], 503, 30)
    scene.redis_process.send_signal(signal.SIGCONT)
    report.eventually("and when it answers again, the page is live", is_stale, False, 30)
    browser.clean(page, "stale", expected=("ERR_CONNECTION_REFUSED", "ERR_INCOMPLETE_CHUNKED", "ERR_CONNECTION_RESET", "ERR_EMPTY_RESPONSE", "503"))
    browser.close(page)
    scene.end(process)


def only_shown(report, browser, scene, run):
    process, url = scene.dashboard("shown", "--redis", scene.redis_url)
    page = open_run(browser, url, run)
    report.check("without --allow-actions there are no buttons to act",
                 page.locator(".run-title button, .dead-card button, .shard-card button").count() == 0)
    report.check("and the page says that it only shows", page.locator("#mode").inner_text() == "read-only")
    status = page.evaluate("run => fetch(`/api/runs/${run}/pause`, {method: 'POST', headers: {'X-Trawl-Action': '1'}}).then(a => a.status)", run)
    report.check("and a script in it cannot, either", status == 403, status)
    browser.close(page)
    scene.end(process)


def login(report, browser, scene, run):
    process, url = scene.dashboard("login", "--redis", scene.redis_url, "--allow-actions", TRAWL_DASHBOARD_TOKEN=TOKEN)
    page = browser.open(url)
    report.check("the page asks for the token", page.url.endswith("/login"), page.url)
    browser.accessible(page, "login")
    page.get_by_label("Access token").fill("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=alert]")
    report.check("a wrong one is told of", "not known" in page.locator("[role=alert]").inner_text())
    browser.accessible(page, "login refused")
    page.get_by_label("Access token").fill(TOKEN)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_selector(".card.run")
    report.eventually("the right one shows the runs, live", lambda: page.locator(".pulse").inner_text(), "live")
    report.check("scripts do not see the cookie", page.evaluate("document.cookie") == "")
    page.get_by_role("button", name="Log out").click()
    page.wait_for_selector("#token")
    page.goto(url)
    report.check("after logging out it asks again", page.url.endswith("/login"), page.url)
    browser.clean(page, "login", expected=("401",))
    browser.close(page)
    scene.end(process)
