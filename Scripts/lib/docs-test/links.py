"""Where documents point to, within the repository."""
import pathlib
import re

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(path: pathlib.Path) -> set[str]:
    """The headings of a page as the forges make anchors of them."""
    found: set[str] = set()
    fenced = False
    for line in path.read_text().splitlines():
        fenced ^= line.lstrip().startswith("```")
        heading = None if fenced else re.match(r"#+ +(.*)", line)
        if heading:
            kept = re.sub(r"[^\w\- ]", "", heading[1].strip().lower())
            found.add(kept.replace(" ", "-"))
    return found


def target(root: pathlib.Path, here: pathlib.Path, link: str) -> str | None:
    """What is wrong with a link; None where it leads somewhere, or out of the repository."""
    if re.match(r"[a-z]+:", link):
        return None
    path, _, anchor = link.partition("#")
    file = (here.parent / path).resolve() if path else here
    if not file.exists():
        return f"there is no {path}"
    if anchor and file.suffix == ".md" and anchor not in anchors(file):
        return f"{file.relative_to(root)} has no heading #{anchor}"
    return None


def wrong(root: pathlib.Path, page) -> list[str]:
    faults = []
    for place, line in page.prose:
        for link in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            fault = target(root, root / page.name, link)
            if fault:
                faults.append(f"{place}: {fault}: {link}")
    return faults


def runbooks(root: pathlib.Path) -> list[str]:
    """Every alert has a place in the runbook, and every place an alert."""
    file = root / "compose/alerts.yaml"
    if not file.exists():
        return []
    text = file.read_text()
    faults = []
    named = set()
    for alert, rest in re.findall(r"- alert: (\w+)\n((?:(?! *- alert:).*\n?)*)", text):
        url = re.search(r"runbook_url: *[\"']?(?:\S*/)?docs/operations\.md#([\w-]+)", rest)
        if not url:
            faults.append(f"compose/alerts.yaml: {alert} has no runbook_url in docs/operations.md")
            continue
        named.add(url[1])
        if url[1] not in anchors(root / "docs/operations.md"):
            faults.append(f"compose/alerts.yaml: {alert}: docs/operations.md has no heading #{url[1]}")
        elif alert not in (root / "docs/operations.md").read_text():
            faults.append(f"compose/alerts.yaml: {alert}: docs/operations.md does not name it")
    if not named:
        faults.append("compose/alerts.yaml: no alert was found")
    return faults
