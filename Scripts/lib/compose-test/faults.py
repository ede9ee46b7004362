"""One run, and everything that is done to its containers meanwhile."""
import time

import newcomer
from machine import Failed
from report import Report
from stack import Stack, until

STORE = "faults"
# Short, so that leases run out within a minute's test.
LEASE = 4
# The container of the worker that runs out of memory.
STARVED = "trawl-starved"


class Faults:
    def __init__(self, stack: Stack, report: Report):
        self._stack = stack
        self._report = report

    def run(self) -> None:
        stack, report = self._stack, self._report
        report.section("a run through faults")
        before = stack.json_of(stack.simulator("/stats"))["apiRequests"]
        stack.trawl(
            "plan", "--from", "2024-01-01", "--to", "2024-02-01", "--shard", "2h", "--page-size", "50", "--out",
            f"/store/{STORE}", "--api-url", "http://simulator:8080", "--insecure-http")
        until("work has begun", lambda: stack.outcomes(STORE) > 3)
        self._scale()
        self._kill()
        self._crash()
        self._pause()
        self._partition()
        self._out_of_memory()
        self._kill_redis()
        self._stop_workers()
        done = stack.outcomes(STORE)
        stack.trawl("limit", "set", stack.settings["SIMULATOR_RATE"])
        report.ok("the rest of it at another rate, by 'trawl limit set'", f"{done} shards were through")
        newcomer.finish(stack, report, STORE, seconds=180)
        spent = stack.json_of(stack.simulator("/stats"))["apiRequests"] - before
        needed = stack.json("status", f"/store/{STORE}")["requests"]
        report.ok("requests made for it", f"{spent}, {needed} of them for what is kept")

    # --- Each of these leaves the cluster at work

    def _progress(self, more: int = 1, seconds: float = 60) -> float:
        """Seconds until so many more shards are through."""
        wanted = self._stack.outcomes(STORE) + more
        return until("more shards are fetched", lambda: self._stack.outcomes(STORE) >= wanted, seconds)

    def _live(self) -> list[dict]:
        return [one for one in self._stack.json("workers")["workers"] if not one["silent"]]

    def _scale(self) -> None:
        seconds = self._stack.up("--scale", "worker=5", "worker")
        self._report.expect(
            len(self._stack.containers("worker")) == 5, "--scale worker=5", f"healthy in {seconds:.1f} s")
        until("five workers report", lambda: len(self._live()) == 5)
        self._report.ok("'trawl workers' lists five")

    def _kill(self) -> None:
        victim = self._stack.containers("worker")[0]
        self._stack.engine.docker(["kill", victim])
        seconds = self._progress(more=20)
        self._report.ok("a worker's container is killed: the others go on", f"20 shards further in {seconds:.1f} s")
        seconds = self._stack.up("--scale", "worker=5", "worker")
        self._report.expect(len(self._stack.containers("worker")) == 5, "'up' again replaces it", f"{seconds:.1f} s")

    def _crash(self) -> None:
        victim = self._stack.containers("worker")[1]
        before = self._stack.inspect(victim)
        self._stack.engine.inside(["kill", "-9", str(before["State"]["Pid"])])
        seconds = until(
            "the engine has restarted it",
            lambda: self._stack.inspect(victim)["RestartCount"] > before["RestartCount"]
            and self._stack.health(victim) == "healthy")
        self._report.ok("a worker's process is killed: the engine starts it again", f"healthy after {seconds:.1f} s")

    def _pause(self) -> None:
        victim = self._stack.containers("worker")[2]
        self._stack.engine.docker(["pause", victim])
        # The point of it: longer than its leases last, so that others fetch what it still believes to hold.
        time.sleep(2.5 * LEASE)
        self._stack.engine.docker(["unpause", victim])
        seconds = until("the frozen worker is healthy", lambda: self._stack.health(victim) == "healthy")
        self._report.ok(
            "a worker is frozen for two and a half leases and goes on", f"healthy {seconds:.1f} s after it thawed")

    def _partition(self) -> None:
        network, redis = "trawl_inside", self._stack.containers("redis")[0]
        self._stack.engine.docker(["network", "disconnect", network, redis])
        time.sleep(2 * LEASE)
        self._stack.engine.docker(["network", "connect", "--alias", "redis", network, redis])
        seconds = self._progress()
        self._report.ok(f"Redis is cut off for {2 * LEASE} s", f"a shard further {seconds:.1f} s after it was back")
        seconds = until("all workers are healthy", self._all_healthy)
        self._report.ok("all workers are healthy", f"{seconds:.1f} s later")

    def _all_healthy(self) -> bool:
        workers = self._stack.containers("worker")
        return len(workers) == 5 and all(self._stack.health(one) == "healthy" for one in workers)

    def _out_of_memory(self) -> None:
        """One more worker, with little memory; when it is at work, its /tmp is filled, which counts as its memory."""
        stack = self._stack
        worker = stack.inspect(stack.containers("worker")[0])
        secret = next(one["Source"] for one in worker["Mounts"] if one["Destination"] == "/run/secrets/client-secret")
        stack.engine.docker([
            "create", "--name", STARVED, "--hostname", "starved", "--memory", "48m", "--memory-swap", "48m",
            "--read-only", "--tmpfs", "/tmp:mode=1777,size=64m", "--network", "trawl_inside", "-v", "trawl_store:/store",
            "-v", f"{secret}:/run/secrets/client-secret:ro",
            *(word for one in worker["Config"]["Env"] for word in ("-e", one)), worker["Config"]["Image"],
            *worker["Config"]["Cmd"]])
        try:
            stack.engine.docker(["network", "connect", "trawl_outside", STARVED])
            stack.engine.docker(["start", STARVED])
            until("it is at work", lambda: any(one["host"] == "starved" and one["shards"] for one in self._live()))
            stack.engine.docker(["exec", STARVED, "sh", "-c", "head -c 64M /dev/zero > /tmp/full"], check=False)
            until("it has ended", lambda: not stack.inspect(STARVED)["State"]["Running"])
            # On a busy machine the engine hears of the reason after it has written down the end.
            until(
                "the engine knows that memory was the reason",
                lambda: stack.inspect(STARVED)["State"]["OOMKilled"] or self._ran_out(), seconds=10)
            code = stack.inspect(STARVED)["State"]["ExitCode"]
            self._report.expect(
                code == 137, "a worker at work runs out of memory and is killed by the kernel", f"exit {code}")
        finally:
            stack.engine.docker(["rm", "-f", STARVED])
        self._report.ok("the others go on", f"5 shards further in {self._progress(more=5):.1f} s")

    def _ran_out(self) -> bool:
        """Whether the kernel ended something in the container for want of memory, in the last minutes."""
        return "oom" in self._stack.engine.docker(
            ["events", "--since", "5m", "--until", str(int(time.time()) + 1), "--filter", f"container={STARVED}",
             "--format", "{{.Action}}"]).stdout.split()

    def _kill_redis(self) -> None:
        redis = self._stack.containers("redis")[0]
        self._stack.engine.docker(["kill", redis])
        time.sleep(LEASE)
        begin = time.monotonic()
        self._stack.up("redis")
        self._progress()
        self._report.ok(
            f"Redis is killed and is away for {LEASE} s",
            f"a shard further {time.monotonic() - begin:.1f} s after its start")
        until("all workers are healthy", self._all_healthy)

    def _stop_workers(self) -> None:
        workers = self._stack.containers("worker")
        begin = time.monotonic()
        self._stack.compose(["stop", "worker"])
        seconds = time.monotonic() - begin
        ends = [self._stack.inspect(one)["State"]["ExitCode"] for one in workers]
        if ends != [0] * len(workers):
            raise Failed(f"drained workers ended {ends}: {self._stack.logs('worker')[-800:]}")
        left = self._stack.json("status", f"/store/{STORE}")
        self._report.expect(
            left["redis"]["leased"] == 0, "'stop' drains: all five end 0 and give back what they hold",
            f"{seconds:.1f} s")
        self._stack.up("--scale", "worker=5", "worker")
