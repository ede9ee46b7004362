"""The compose project, driven as its user drives it."""
import json
import pathlib
import time

from engine import Engine
from machine import Failed

PROJECT = "trawl"


class Stack:
    def __init__(self, engine: Engine, repository: pathlib.Path, settings: dict[str, str]):
        self.engine = engine
        self.repository = repository
        self._file = str(repository / "compose/compose.yaml")
        # The example is what a newcomer starts from; what differs from it is said here.
        self._example = str(repository / "compose/.env.example")
        self.settings = settings

    def compose(self, words: list[str], timeout: float = 300, check: bool = True):
        return self.engine.docker(
            ["compose", "-f", self._file, "--env-file", self._example, "--profile", "simulator", *words],
            timeout=timeout, check=check, variables=self.settings)

    def up(self, *words: str) -> float:
        """Until everything is healthy; returns the seconds."""
        begin = time.monotonic()
        self.compose(["up", "-d", "--wait", "--no-build", *words])
        return time.monotonic() - begin

    def trawl(self, *words: str, check: bool = True):
        return self.compose(["run", "--rm", "-T", "--no-deps", "trawl", *words], check=check)

    @staticmethod
    def json_of(answer: bytes) -> dict:
        return json.loads(answer)

    def json(self, *words: str) -> dict:
        # What is not complete is no failure here: `status` ends 3 then.
        return json.loads(self.trawl(*words, "--json", check=False).stdout.splitlines()[-1])

    # --- Containers

    def containers(self, service: str, every: bool = False) -> list[str]:
        """Ids of a service's containers, by number; with those that ended, if asked for."""
        found = self.engine.docker(
            ["ps", "-q", *(["-a"] if every else []), "--filter", f"label=com.docker.compose.project={PROJECT}",
             "--filter", f"label=com.docker.compose.service={service}", "--filter",
             "label=com.docker.compose.oneoff=False"]).stdout.split()
        number = "com.docker.compose.container-number"
        return sorted(found, key=lambda one: int(self.inspect(one)["Config"]["Labels"][number]))

    def inspect(self, container: str) -> dict:
        return json.loads(self.engine.docker(["inspect", container]).stdout)[0]

    def health(self, container: str) -> str:
        state = self.inspect(container)["State"]
        return state.get("Health", {}).get("Status", "none") if state["Running"] else "stopped"

    def address(self, service: str, network: str = "outside") -> str:
        container = self.containers(service)[0]
        return self.inspect(container)["NetworkSettings"]["Networks"][f"{PROJECT}_{network}"]["IPAddress"]

    def logs(self, *services: str) -> str:
        done = self.compose(["logs", "--no-color", *services], check=False)
        return done.stdout + done.stderr

    # --- What is reached from outside

    def fetch(self, url: str, *options: str, timeout: int = 20) -> bytes:
        return self.engine.inside(["curl", "-sf", "-m", str(timeout), *options, url]).stdout.encode()

    def status_of(self, url: str, *options: str) -> int:
        done = self.engine.inside(
            ["curl", "-s", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", *options, url], check=False)
        return int(done.stdout or 0)

    def simulator(self, path: str) -> bytes:
        return self.fetch(f"http://{self.address('simulator')}:8080{path}", timeout=60)

    # --- The store, which lies in a volume of this machine

    def store(self, name: str) -> pathlib.Path:
        volume = json.loads(self.engine.docker(["volume", "inspect", f"{PROJECT}_store"]).stdout)[0]
        return pathlib.Path(volume["Mountpoint"]) / name

    def outcomes(self, name: str) -> int:
        """How many shards of a run have one."""
        return sum(1 for path in (self.store(name) / "out").glob("*.json"))


def until(what: str, happened, seconds: float = 60) -> float:
    """Waits until it has happened, and says how long that took."""
    begin = time.monotonic()
    while not happened():
        if time.monotonic() - begin > seconds:
            raise Failed(f"not within {seconds:.0f} s: {what}")
        time.sleep(0.1)
    return time.monotonic() - begin
