"""What a newcomer does: up, watch, merge."""
import json
import pathlib
import tempfile
import time
import urllib.parse

from machine import Failed
from report import Report
from stack import Stack, until
from truth import judge

STORE = "january"
SERVING = ("redis", "worker", "dashboard", "prometheus", "simulator")


def come_up(stack: Stack, report: Report) -> None:
    report.section("docker compose --profile simulator up")
    began = time.monotonic()
    stack.compose(["up", "-d", "--no-build"])
    plan = stack.containers("plan", every=True)[0]
    until("the run is planned", lambda: stack.inspect(plan)["State"]["Status"] == "exited")
    report.expect(stack.inspect(plan)["State"]["ExitCode"] == 0, "the run is planned, and the planner has ended 0")
    until("the first shard is fetched", lambda: stack.outcomes(STORE) > 0)
    report.ok("the first shard is fetched", f"{time.monotonic() - began:.1f} s after 'up'")
    for service in SERVING:
        until(f"{service} is healthy", lambda: all(
            stack.health(one) == "healthy" for one in stack.containers(service)))  # noqa: B023 - called at once
    report.ok("everything is healthy", f"{time.monotonic() - began:.1f} s after 'up'")


def hold_hardening(stack: Stack, report: Report) -> None:
    report.section("what the containers may do")
    for service in SERVING:
        for container in stack.containers(service):
            found = stack.inspect(container)
            host = found["HostConfig"]
            wrong = [name for name, holds in {
                "root": found["Config"]["User"].split(":")[0] not in ("", "0", "root"),
                "a writable root file system": host["ReadonlyRootfs"],
                "capabilities": host["CapDrop"] == ["ALL"] and not host["CapAdd"],
                "new privileges": "no-new-privileges:true" in host["SecurityOpt"],
                "no memory limit": host["Memory"] > 0,
                "no limit of processes": (host["PidsLimit"] or 0) > 0,
                "no health check": stack.health(container) == "healthy",
            }.items() if not holds]
            if wrong:
                raise Failed(f"{service} has {', '.join(wrong)}")
    report.ok("no root, nothing writable but volumes and /tmp, no capabilities, limits, healthy", ", ".join(SERVING))
    published = {
        binding["HostIp"] for service in SERVING for container in stack.containers(service)
        for bindings in stack.inspect(container)["NetworkSettings"]["Ports"].values() for binding in bindings or []}
    report.expect(published == {"127.0.0.1"}, "ports are published on loopback only")
    worker = stack.containers("worker")[0]
    visible = " ".join(stack.inspect(worker)["Config"]["Env"] + stack.inspect(worker)["Config"]["Cmd"])
    report.expect("simulator-secret" not in visible, "the client secret is in no environment and no command line")
    redis = stack.containers("redis")[0]
    processes = stack.engine.docker(["top", redis, "-eo", "pid,args"]).stdout
    report.expect(stack.settings["REDIS_PASSWORD"] not in processes, "Redis' password is on no command line")
    refused = stack.engine.docker(["exec", redis, "redis-cli", "ping"], check=False).stdout
    report.expect("NOAUTH" in refused, "Redis answers nobody without it")
    ask = "REDISCLI_AUTH=$REDIS_PASSWORD redis-cli config get 'append*' maxmemory-policy"
    policy = stack.engine.docker(["exec", redis, "sh", "-c", ask]).stdout
    report.expect(
        "appendonly\nyes" in policy and "maxmemory-policy\nnoeviction" in policy,
        "Redis writes an append-only file and evicts nothing")


def watch(stack: Stack, report: Report) -> None:
    report.section("the browser's side")
    dashboard = "http://127.0.0.1:8420"
    token = (stack.repository / "compose/simulator/dashboard-token").read_text().strip()
    report.expect(stack.status_of(f"{dashboard}/", "-L") == 200, "the dashboard shows a page, and asks for the token")
    report.expect(stack.status_of(f"{dashboard}/api/runs") == 401, "it tells nobody anything without it")
    run = stack.json("status", f"/store/{STORE}")["run"]
    shown = stack.fetch(f"{dashboard}/api/runs", "-H", f"Authorization: Bearer {token}").decode()
    report.expect(run in shown, "with the token it shows the run", run)
    workers = int(stack.settings["WORKERS"])
    seconds = until(
        "Prometheus scrapes every worker",
        lambda: value(stack, 'sum(up{job="trawl-worker"})') == workers
        and value(stack, 'up{job="trawl-dashboard"}') == 1)
    report.ok("Prometheus scrapes every worker and the dashboard", f"{seconds:.0f} s")
    rules = stack.fetch("http://127.0.0.1:9090/api/v1/rules").decode()
    report.expect('"type":"alerting"' in rules, "it has the alert rules")


def value(stack: Stack, query: str) -> float | None:
    """The only sample of an instant query."""
    answer = json.loads(stack.fetch("http://127.0.0.1:9090/api/v1/query?query=" + urllib.parse.quote(query)))
    result = answer["data"]["result"]
    return float(result[0]["value"][1]) if len(result) == 1 else None


def finish(stack: Stack, report: Report, store: str, seconds: float) -> None:
    """Waits until everything is fetched, merges, and holds the result against the truth."""
    waited = until(
        "every shard is fetched", lambda: stack.json("status", f"/store/{store}")["owed"] == 0, seconds=seconds)
    report.ok("every shard is fetched", f"after another {waited:.0f} s")
    merged = stack.trawl("merge", f"/store/{store}", check=False)
    why = merged.stderr.strip()[-300:] if merged.returncode else ""
    report.expect(merged.returncode == 0, "merge ends 0: complete and verified", why)
    verified = stack.trawl("verify", f"/store/{store}", check=False)
    report.expect(verified.returncode == 0, "verify finds every file and the books in order")
    truth = stack.simulator("/truth")
    judgement = judge(stack.store(store), truth)
    report.expect(judgement.is_true, "the result is what the API holds", str(judgement))
    # As the page says: docker compose cp worker:/store/january ./january
    with tempfile.TemporaryDirectory() as folder:
        stack.compose(["cp", f"worker:/store/{store}", f"{folder}/{store}"])
        judgement = judge(pathlib.Path(folder, store), truth)
        report.expect(judgement.is_true, "so is the copy out of the volume", str(judgement))
