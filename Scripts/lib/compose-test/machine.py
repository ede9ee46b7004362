"""What this machine has to let us do, and commands on it."""
import os
import pathlib
import shutil
import subprocess

# What the test itself runs, beside what it unpacks into its scratch directory.
TOOLS = {
    "debootstrap": "debootstrap", "runc": "runc", "iptables": "iptables", "ip": "iproute2", "nsenter": "util-linux",
    "unshare": "util-linux", "setpriv": "util-linux", "zstd": "zstd", "readelf": "binutils", "curl": "curl",
    "pgrep": "procps",
}
# Of the engine's own. A command that is run by this ends all that is in them with itself.
NAMESPACES = ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


class Failed(Exception):
    """A command or a check did not come out as it has to."""


def run(words: list[str], timeout: float = 120, check: bool = True, **options) -> subprocess.CompletedProcess:
    """Its output is kept; throws with the last lines of it unless it ends 0."""
    done = subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, timeout=timeout, check=False,
        stdin=options.pop("stdin", subprocess.DEVNULL), **options)
    if check and done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise Failed(f"{' '.join(map(str, words))}: ended {done.returncode}\n{tail}")
    return done


def unfit() -> str:
    """Why a container engine cannot run here; empty where it can."""
    if os.geteuid() != 0:
        return "needs root: it starts a container engine of its own"
    if not shutil.which("apt-get"):
        return "needs apt: engine and base images are made of Debian packages"
    if run(["dpkg", "--print-architecture"]).stdout.strip() != "amd64":
        return "the stand-in images are made for amd64"
    if not shutil.which("swift"):
        return "needs swift: the build stage's stand-in holds this machine's toolchain"
    groups = pathlib.Path("/proc/cgroups").read_text()
    for group in ("memory", "freezer", "pids"):
        if f"\n{group}\t" not in groups:
            return f"the kernel has no {group} control group"
    if "overlay" not in pathlib.Path("/proc/filesystems").read_text():
        return "the kernel has no overlay file system"
    if not shutil.which("unshare"):
        return "there is no unshare"
    spaces = run([*NAMESPACES, "true"], check=False)
    if spaces.returncode != 0:
        return f"no namespaces of its own: {spaces.stderr.strip()}"
    return missing_tools()


def missing_tools() -> str:
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if not missing:
        return ""
    apt = {"env": dict(os.environ, DEBIAN_FRONTEND="noninteractive"), "timeout": 300, "check": False}
    run(["apt-get", "update", "-qq"], **apt)
    installed = run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], **apt)
    if installed.returncode != 0:
        return f"{', '.join(missing)} cannot be installed: {installed.stderr.strip()[-200:]}"
    return ""

