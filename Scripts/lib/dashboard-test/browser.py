"""A headless Chromium, and what is expected of every page in it."""

import pathlib
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe

LOOKS = {
    "light": dict(viewport={"width": 1280, "height": 900}, color_scheme="light"),
    "dark": dict(viewport={"width": 1280, "height": 900}, color_scheme="dark"),
    "phone": dict(viewport={"width": 375, "height": 812}, color_scheme="light", has_touch=True, is_mobile=True),
    "phone-dark": dict(viewport={"width": 375, "height": 812}, color_scheme="dark", has_touch=True, is_mobile=True),
}


class Browser:
    def __init__(self, playwright, pictures, report):
        self.browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        self.pictures = pathlib.Path(pictures)
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.report = report
        self.pages = []
        report.on_failure = self.keep

    def open(self, url, look="light", **more):
        context = self.browser.new_context(**{**LOOKS[look], **more})
        page = context.new_page()
        page.set_default_timeout(15000)
        page.errors, page.foreign = [], []
        page.on("console", lambda message: message.type in ("error", "warning") and page.errors.append(message.text))
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        own = urlsplit(url).netloc
        page.on("request", lambda request: urlsplit(request.url).netloc != own and page.foreign.append(request.url))
        self.pages.append(page)
        page.goto(url)
        return page

    def close(self, page):
        self.pages.remove(page)
        page.context.close()

    def keep(self, name):
        """What every page shows when a check fails."""
        for index, page in enumerate(self.pages):
            safe = "".join(letter if letter.isalnum() else "-" for letter in name)[:60]
            try:
                page.screenshot(path=self.pictures / f"failed-{safe}-{index}.png", full_page=True)
            except Exception as error:
                print(f"      no picture: {error}")

    def picture(self, page, name, full=True):
        page.wait_for_timeout(300)
        page.screenshot(path=self.pictures / f"{name}.png", full_page=full)

    def accessible(self, page, name):
        found = Axe().run(page).response["violations"]
        self.report.check(f"{name}: axe finds nothing", not found, [
            (one["id"], [(node["target"], node.get("failureSummary", "")[:150]) for node in one["nodes"][:3]])
            for one in found])

    def narrow(self, page, name):
        wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        self.report.check(f"{name}: nothing is wider than the screen", wide <= 0, wide)

    def clean(self, page, name, expected=()):
        errors = [error for error in page.errors if not any(part in error for part in expected)]
        self.report.check(f"{name}: no errors in the console", not errors, errors)
        self.report.check(f"{name}: nothing was asked of any other server", not page.foreign, page.foreign)
