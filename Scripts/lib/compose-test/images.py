"""Stand-ins for the images that the files name, for machines that reach no registry: made of Debian's own packages, and
imported under the very names, so that Dockerfile and compose.yaml are used as they are."""
import pathlib
import re
import shutil
import subprocess

import debian
from machine import Failed

# Not needed to build a package, and half of the toolchain.
TOOLCHAIN_LEFT_OUT = [
    "bin/lldb*", "bin/sourcekit-lsp", "bin/clangd", "bin/docc", "bin/swift-format", "bin/wasmkit", "lib/liblldb*",
    "share/doc", "share/docc",
]
# What the toolchain runs with, as in its own image.
TOOLCHAIN_PACKAGES = [
    "binutils", "git", "libc6-dev", "libcurl4", "libedit2", "libncurses6", "libsqlite3-0", "libxml2", "libz3-4",
    "tzdata", "zlib1g-dev",
]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class StandIns:
    def __init__(self, docker, scratch: pathlib.Path, repository: pathlib.Path):
        self._docker = docker
        self._tree = scratch / "tree"
        self._dockerfile = (repository / "compose/Dockerfile").read_text()
        self._compose = (repository / "compose/compose.yaml").read_text()

    def make(self) -> None:
        """One tree grows from image to image: the smallest first, so that it holds nothing that the others need."""
        build, runtime = re.findall(r"^FROM (\S+)", self._dockerfile, re.MULTILINE)[:2]
        redis, prometheus = (self._named(name) for name in ("redis", "prom/prometheus"))
        if all(self._docker(["image", "inspect", name], check=False).returncode == 0
               for name in (build, runtime, redis, prometheus)):
            return
        shutil.rmtree(self._tree, ignore_errors=True)
        debian.bootstrap(self._tree)
        self._import(runtime, ["CMD [\"bash\"]"])

        debian.install(["redis-server", "prometheus", "ca-certificates"], self._tree)
        self._own("data", 999)
        self._own("prometheus", 65534)
        self._import(redis, ["WORKDIR /data", "VOLUME /data", "CMD [\"redis-server\"]"])
        self._import(prometheus, ["USER 65534", "WORKDIR /prometheus", "ENTRYPOINT [\"/bin/prometheus\"]"])

        packages = debian.build_packages(self._dockerfile)
        debian.install([*packages, *TOOLCHAIN_PACKAGES], self._tree)
        self._import(build, ["CMD [\"bash\"]"], toolchain=True)
        shutil.rmtree(self._tree)

    def _named(self, name: str) -> str:
        found = re.search(rf"^\s*image:\s*({re.escape(name)}:\S+)", self._compose, re.MULTILINE)
        if not found:
            raise Failed(f"compose.yaml names no image {name}")
        return found[1]

    def _own(self, folder: str, user: int) -> None:
        place = self._tree / folder
        place.mkdir(exist_ok=True)
        shutil.chown(place, user, user)

    def _import(self, name: str, changes: list[str], toolchain: bool = False) -> None:
        words = ["tar", "-c", "--exclude=./dev", "--exclude=./proc", "--exclude=./sys", "-C", str(self._tree), "."]
        path = PATH
        if toolchain:
            swift = pathlib.Path(shutil.which("swift")).resolve().parents[1]
            words[1:1] = [f"--exclude={str(swift).lstrip('/')}/{pattern}" for pattern in TOOLCHAIN_LEFT_OUT]
            words += ["-C", "/", str(swift).lstrip("/")]
            path = f"{swift}/bin:{PATH}"
        options = [word for change in [f"ENV PATH={path}", *changes] for word in ("-c", change)]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as packer:
            self._docker(["import", *options, "-", name], stdin=packer.stdout, timeout=600)
            packer.stdout.close()
        if packer.returncode != 0:
            raise Failed(f"tar ended {packer.returncode} packing {name}")
