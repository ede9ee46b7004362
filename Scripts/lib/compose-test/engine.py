"""A container engine of its own: in namespaces that end with it, with nothing installed."""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

from debian import Suite
from machine import NAMESPACES, Failed, run

BUILD_TOOLS = ["docker-compose", "docker-buildx"]


def compose_plugin(scratch: pathlib.Path) -> pathlib.Path:
    """`docker compose`, which also runs by itself where no engine is needed. Debian 12 has none; the next one's runs."""
    Suite("trixie", scratch / "trixie").unpack(BUILD_TOOLS, scratch / "plugins")
    return scratch / "plugins/usr/libexec/docker/cli-plugins/docker-compose"


class Engine:
    """Running from start to stop. Mounts, networks and processes are in namespaces that end with it."""

    def __init__(self, scratch: pathlib.Path):
        self.scratch = scratch
        self._packages = scratch / "engine"
        self._socket = scratch / "docker.sock"
        self._holder: subprocess.Popen | None = None
        self._init = 0
        self._log = scratch / "dockerd.log"
        self._group = f"trawl-test-{os.getpid()}"
        config = scratch / "docker-config"
        (config / "cli-plugins").mkdir(parents=True, exist_ok=True)
        self.environment = {
            "PATH": f"{self._packages}/usr/bin:{self._packages}/usr/sbin:{os.environ['PATH']}", "HOME": str(scratch),
            "DOCKER_HOST": f"unix://{self._socket}", "DOCKER_CONFIG": str(config), "DOCKER_BUILDKIT": "1",
            "BUILDKIT_PROGRESS": "plain",
        }

    def unpack(self) -> None:
        Suite("bookworm", self.scratch / "bookworm").unpack(["docker.io", "containerd", "tini"], self._packages)
        compose_plugin(self.scratch)
        for plugin in (self.scratch / "plugins/usr/libexec/docker/cli-plugins").iterdir():
            link = pathlib.Path(self.environment["DOCKER_CONFIG"]) / "cli-plugins" / plugin.name
            if not link.exists():
                link.symlink_to(plugin)

    def start(self) -> float:
        """Returns the seconds it took."""
        begin = time.monotonic()
        # What an earlier engine on the same directory left.
        for name in ("exec", "docker.pid", "docker.sock"):
            path = self.scratch / name
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        settings = {
            "data-root": f"{self.scratch}/data", "exec-root": f"{self.scratch}/exec",
            "pidfile": f"{self.scratch}/docker.pid", "hosts": [f"unix://{self._socket}"],
            "storage-driver": "overlay2", "cgroup-parent": f"/{self._group}",
            # Without the right to raise limits, containers cannot be given the engine's own defaults.
            "default-ulimits": {"nofile": {"Name": "nofile", "Soft": 4096, "Hard": 4096}},
        }
        (self.scratch / "daemon.json").write_text(json.dumps(settings))
        with self._log.open("wb") as log:
            self._holder = subprocess.Popen(
                # Whatever becomes of the test, this ends with it, and then everything in its namespaces does.
                ["setpriv", "--pdeathsig", "KILL", *NAMESPACES, "sh", "-c",
                 f"ip link set lo up && exec {self._packages}/usr/bin/tini -g -- "
                 f"dockerd --config-file {self.scratch}/daemon.json"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env=dict(os.environ, **self.environment))
        while self._try(["version"]).returncode != 0:
            if self._holder.poll() is not None or time.monotonic() > begin + 60:
                tail = "\n".join(self._log.read_text(errors="replace").splitlines()[-10:])
                raise Failed(f"the engine does not start:\n{tail}")
            time.sleep(0.05)
        self._init = int(run(["pgrep", "-P", str(self._holder.pid)]).stdout.split()[0])
        return time.monotonic() - begin

    def _try(self, words: list[str]) -> subprocess.CompletedProcess:
        return run(["docker", *words], check=False, env=dict(os.environ, **self.environment))

    def docker(
        self, words: list[str], timeout: float = 120, check: bool = True, **options
    ) -> subprocess.CompletedProcess:
        environment = dict(os.environ, **self.environment, **options.pop("variables", {}))
        return run(["docker", *words], timeout=timeout, check=check, env=environment, **options)

    def inside(self, words: list[str], timeout: float = 60, check: bool = True) -> subprocess.CompletedProcess:
        """Runs a command among the engine's processes and in its network, where published ports are."""
        return run(
            ["nsenter", "-t", str(self._init), "--net", "--mount", "--pid", *words], timeout=timeout, check=check)

    def stop(self) -> None:
        """Whatever runs in it ends with it. Also after half a start."""
        if self._holder is None:
            return
        if self._init:
            try:
                os.kill(self._init, signal.SIGTERM)
                self._holder.wait(20)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                pass
        self._holder.kill()
        self._holder.wait()
        self._holder = None
        self._remove_groups()

    def _remove_groups(self) -> None:
        """The control groups of containers that did not end by themselves."""
        groups = pathlib.Path("/sys/fs/cgroup")
        for top in [groups / self._group, *groups.glob(f"*/{self._group}")]:
            for group in sorted([top, *top.glob("**/")], reverse=True):
                if group.exists():
                    group.rmdir()
