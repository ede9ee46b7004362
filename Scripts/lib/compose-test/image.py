"""The image, made by the real Dockerfile."""
import json
import time

from machine import run
from report import Report
from stack import Stack

IMAGE = "trawl:local"


def build(stack: Stack, report: Report) -> None:
    report.section("the image")
    begin = time.monotonic()
    stack.compose(["build", "simulator"], timeout=3600)
    seconds = time.monotonic() - begin
    found = json.loads(stack.engine.docker(["image", "inspect", IMAGE]).stdout)[0]
    base = json.loads(stack.engine.docker(["image", "inspect", "debian:bookworm-slim"]).stdout)[0]
    report.ok(
        "built by compose/Dockerfile",
        f"{seconds:.0f} s, {(found['Size'] - base['Size']) / 1e6:.0f} MB on top of {base['Size'] / 1e6:.0f} MB")

    def inside(*words: str, entry: str = "trawl", check: bool = True):
        return stack.engine.docker(
            ["run", "--rm", "--read-only", "--network", "none", "--cap-drop", "ALL", "--entrypoint", entry, IMAGE,
             *words], check=check)

    libraries = inside("/usr/local/bin/trawl", entry="ldd").stdout
    report.expect(
        "not found" not in libraries and "swift" not in libraries,
        "it holds every shared library that the binary needs, and Swift's own are inside the binary",
        f"{libraries.count('=>')} libraries")
    report.expect(inside("--version").stdout.startswith("trawl "), "it runs read-only, without a network, as nobody")
    zones = inside(
        "plan", "--from", "2024-03-30", "--to", "2024-04-02", "--timezone", "Europe/Berlin", "--dry-run", check=False)
    report.expect(zones.returncode == 0, "it knows time zones", zones.stderr.strip())
    report.expect(found["Config"]["User"] == "65532:65532", "its user is not root", found["Config"]["User"])
    tools = [
        tool for tool in ("gcc", "swift", "make", "curl") if inside(tool, entry="which", check=False).returncode == 0]
    report.expect(not tools, "no compiler and no client is in it", " ".join(tools))
    binary = stack.engine.scratch / "trawl"
    made = stack.engine.docker(["create", IMAGE]).stdout.strip()
    stack.engine.docker(["cp", f"{made}:/usr/local/bin/trawl", str(binary)])
    stack.engine.docker(["rm", made])
    sections = run(["readelf", "--wide", "--section-headers", binary]).stdout
    report.expect(
        ".symtab" not in sections and ".debug_info" not in sections, "the binary is stripped",
        f"{binary.stat().st_size / 1e6:.0f} MB")
    binary.unlink()
    refused = inside("health", "http://127.0.0.1:1/readyz", check=False)
    report.expect(refused.returncode == 1, "`trawl health` is there and says no")
