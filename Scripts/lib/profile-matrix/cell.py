"""One cell: a profile under a fault class, run for real and compared with the simulator's truth."""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import threading
import time
import urllib.request
from collections import Counter

from classes import FaultClass, Profile

INTERVAL = "--from", "2024-01-01", "--to", "2024-01-02"
CONVERSATIONS = "400"
# What no end of a run may look like, whatever the fault.
CRASH = re.compile(r"Fatal error|Backtrace|crashed|Thread \d+|Swift/|uncaught", re.IGNORECASE)


class Wrong(Exception):
    """The cell is not as it must be."""


class Processes:
    """What the cells have running, so that all of it can be ended at once."""

    _running: set[subprocess.Popen] = set()
    _is_over = False
    _lock = threading.Lock()

    @classmethod
    def start(cls, words: list[str], log) -> subprocess.Popen:
        with cls._lock:
            if cls._is_over:
                raise Wrong("stopped")
            process = subprocess.Popen(
                words, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
            cls._running.add(process)
            return process

    @classmethod
    def forget(cls, process: subprocess.Popen) -> None:
        with cls._lock:
            cls._running.discard(process)

    @classmethod
    def end(cls) -> None:
        """Tells all to end and lets none start. A run takes its workers and its Redis with it."""
        with cls._lock:
            cls._is_over = True
            for process in cls._running:
                process.terminate()


class Simulator:
    """`trawl simulate` with the flags of a cell."""

    def __init__(self, trawl: str, folder: pathlib.Path, name: str, port: int, flags: list[str]):
        self.log = folder / f"{name}.log"
        with self.log.open("w") as log:
            self.process = Processes.start(
                [trawl, "simulate", "--port", str(port), *INTERVAL, "--conversations", CONVERSATIONS, *flags], log)
        end = time.monotonic() + 20
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", self.log.read_text())):
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise Wrong(f"the simulator did not start: {self.log.read_text().strip()}")
            time.sleep(0.005)
        self.url, self.port = found.group(0), int(found.group(1))

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return answer.read()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        Processes.forget(self.process)


class Cell:
    """Runs the commands of one cell in a folder of its own, which holds all they said."""

    def __init__(self, trawl: str, folder: pathlib.Path, profile: Profile, fault: FaultClass):
        self.trawl, self.folder, self.profile, self.fault = trawl, folder, profile, fault
        self.store = folder / "store"
        # How the run ended while the fault lasted, the commands' exit codes, and what is wrong.
        self.verdict = ""
        self.codes: list[int] = []
        self.wrong = ""
        self.seconds = 0.0

    def run(self) -> None:
        begin = time.monotonic()
        self.folder.mkdir(parents=True)
        try:
            self._run()
        except Wrong as error:
            self.wrong = str(error)
        except Exception as error:  # a cell that cannot be judged is not right
            self.wrong = f"{type(error).__name__}: {error}"
        self.seconds = time.monotonic() - begin
        if self.wrong:
            (self.folder / "WRONG").write_text(self.wrong + "\n")

    @property
    def end(self) -> str:
        return "→".join(map(str, self.codes))

    def _run(self) -> None:
        fault, profile = self.fault, self.profile
        script = fault.script(profile)
        (self.folder / "faults.json").write_text(json.dumps(script, indent=2) + "\n")
        simulator = Simulator(
            self.trawl, self.folder, "simulator", 0,
            [*fault.population, *fault.flags, "--faults", str(self.folder / "faults.json")])
        try:
            origin, port = simulator.url, simulator.port
            truth = simulator.get("/truth" + ("?source=jobs" if profile.is_job else "")).splitlines()
            said = self._trawl("run", self._words(origin), fault.limit)
            self.verdict = self._verdict()
            self._check_struck(json.loads(simulator.get("/stats")), bool(script["rules"]))
        finally:
            simulator.stop()
        if CRASH.search(said):
            raise Wrong("a process crashed")
        if not any(end.split("→")[0] == self.end for end in fault.ends):
            raise Wrong(f"ended {self.end}, not {' or '.join(fault.ends)}: {self._last(said)}")
        if self.codes == [0]:
            return self._check_whole(truth)
        self._check_left(truth, said)
        self._mend()
        simulator = Simulator(self.trawl, self.folder, "simulator-again", port, list(fault.population))
        try:
            said = self._trawl("run-again", self._words(origin), fault.limit)
        finally:
            simulator.stop()
        if self.end not in fault.ends:
            raise Wrong(f"the same command ended {self.codes[-1]} without the fault: {self._last(said)}")
        self._check_whole(truth)

    def _words(self, origin: str) -> list[str]:
        # Six hours a shard: two of the four hold most of the day, on some eight pages.
        return [
            "run", *INTERVAL, "--out", str(self.store), "--api-url", f"{origin}/dialect/{self.profile.name}",
            "--endpoint", self.profile.name, "--shard", "6h", "--page-size", str(self.profile.page_size),
            "--workers", "2", "--rate", "none", "--compress", "none", "--no-color", *self.fault.options]

    def _trawl(self, name: str, words: list[str], limit: int) -> str:
        """Runs a command to its end, notes its exit code, and returns all it said."""
        path = self.folder / f"{name}.log"
        with path.open("w") as log:
            log.write(f"$ trawl {' '.join(words)}\n")
            log.flush()
            process = Processes.start([self.trawl, *words], log)
            try:
                code = process.wait(limit)
            except subprocess.TimeoutExpired as error:
                # Its workers and its Redis end with it; what hangs is ended after a while.
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                raise Wrong(f"still running after {limit} s") from error
            finally:
                Processes.forget(process)
        self.codes.append(code)
        return path.read_text(errors="replace")

    def _verdict(self) -> str:
        manifest = self.store / "manifest.json"
        if manifest.exists():
            return json.loads(manifest.read_text())["verdict"]
        return {0: "?", 4: "denied"}.get(self.codes[-1], "dead" if self._dead() else "given up")

    def _dead(self) -> bool:
        folder = self.store / "dead"
        return folder.is_dir() and any(folder.iterdir())

    @staticmethod
    def _last(said: str) -> str:
        return said.strip().splitlines()[-1] if said.strip() else "it said nothing"

    def _check_struck(self, stats: dict, has_rules: bool) -> None:
        if has_rules and not stats["faults"]:
            raise Wrong("the fault never struck")
        statuses = {status for counts in stats["requests"].values() for status in counts}
        if self.fault.sent and self.fault.sent not in statuses:
            raise Wrong(f"the simulator never sent {self.fault.sent}: {stats['requests']}")
        if stats["mixedPaging"]:
            raise Wrong("a page number was sent beside a token")

    # Comparing with the truth.

    def _merged(self, store: pathlib.Path) -> list[bytes]:
        lines: list[bytes] = []
        for path in sorted((store / "merged").rglob("*.ndjson")):
            lines += path.read_bytes().splitlines()
        return lines

    @staticmethod
    def _differences(truth: list[bytes], merged: list[bytes]) -> tuple[int, int, int]:
        """Records that are missing, there twice, and there but not as they should be."""
        ids = Counter(json.loads(line)["conversationId"] for line in merged)
        wanted = {json.loads(line)["conversationId"] for line in truth}
        known = set(truth)
        return (
            len(wanted - set(ids)), sum(count - 1 for count in ids.values()),
            sum(line not in known for line in merged))

    def _check_whole(self, truth: list[bytes]) -> None:
        merged = self._merged(self.store)
        if merged != truth:
            missing, doubled, changed = self._differences(truth, merged)
            raise Wrong(f"ended 0 with {missing} missing, {doubled} doubled, {changed} not as the API has them")
        if not (self.store / "_SUCCESS").exists():
            raise Wrong("ended 0 without _SUCCESS")
        self._check_verified(self.store)

    def _check_verified(self, store: pathlib.Path) -> None:
        verify = subprocess.run(
            [self.trawl, "verify", str(store)], capture_output=True, text=True, timeout=60, check=False)
        # A result that is not complete is, with its files and books intact, no damage.
        if verify.returncode != 0 and not (self.codes[-1] == 5 and "damage" not in verify.stdout + verify.stderr):
            raise Wrong(f"trawl verify ended {verify.returncode}: {(verify.stdout + verify.stderr).strip()}")

    def _check_left(self, truth: list[bytes], said: str) -> None:
        """A run that did not end 0 claims nothing, and what it left is true as far as it goes."""
        if (self.store / "_SUCCESS").exists():
            raise Wrong(f"ended {self.end} and wrote _SUCCESS")
        if self.fault.says not in said:
            raise Wrong(f"ended {self.end} without a word of {self.fault.says!r}: {self._last(said)}")
        store = self.store
        if self.codes[-1] != 5:
            # Merged as it is, on the side: the run goes on with the store itself.
            store = self.folder / "left"
            shutil.copytree(self.store, store, symlinks=True, ignore=shutil.ignore_patterns(".redis"))
            subprocess.run(
                [self.trawl, "merge", str(store), "--allow-gaps", "--compress", "none", "--quiet"],
                capture_output=True, timeout=60, check=False)
        missing, doubled, changed = self._differences(truth, self._merged(store))
        if doubled or changed > self.fault.changed:
            raise Wrong(f"what is left has {doubled} doubled, {changed} not as the API has them")
        if said.count("NOT PROVEN:") != (self.fault.unproven if self.fault.says == "NOT PROVEN" else 0):
            raise Wrong(f"{said.count('NOT PROVEN:')} shards unproven, not {self.fault.unproven}")
        if not self.fault.rejected:
            return
        rejected = (store / "rejected.ndjson").read_bytes().splitlines()
        if len(rejected) != self.fault.rejected or missing != self.fault.rejected:
            raise Wrong(f"{len(rejected)} kept aside and {missing} missing, not {self.fault.rejected}")

    def _mend(self) -> None:
        """What the run's last words and docs/repair.md tell the operator to do, besides giving the command again."""
        if self._dead():
            self._command("dead", "retry", str(self.store), "--all")
        if self.codes[-1] != 5:
            return
        manifest = json.loads((self.store / "manifest.json").read_text())
        shards = [shard["shard"] for shard in manifest["shards"] if shard["proof"]["rejected"]]
        self._command("repair", str(self.store), *shards, "--apply")

    def _command(self, *words: str) -> None:
        done = subprocess.run(
            [self.trawl, *words], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL)
        (self.folder / f"{words[0]}.log").write_text(done.stdout + done.stderr)
