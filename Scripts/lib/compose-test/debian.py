"""Debian packages as material: unpacked beside the system, and trees made of them. The system's apt is left alone."""
import pathlib
import re
import shutil

from machine import Failed, run

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def mirror() -> str:
    """Where this machine's apt gets Debian from."""
    sites = run(["apt-get", "indextargets", "--format", "$(SITE) $(RELEASE)"]).stdout.splitlines()
    for line in sites:
        site, _, release = line.partition(" ")
        if release == "bookworm":
            return site
    raise Failed("apt has no source for Debian 12 (bookworm)")


def unreachable() -> str:
    """Why there are no packages to be had; empty where there are."""
    try:
        site = mirror()
    except Failed as failure:
        return str(failure)
    asked = run(["curl", "-sfI", "-m", "20", f"{site}/dists/bookworm/InRelease"], check=False)
    return "" if asked.returncode == 0 else f"{site} cannot be reached (curl ended {asked.returncode})"


class Suite:
    """One release of Debian, with lists and a cache of its own."""

    def __init__(self, name: str, folder: pathlib.Path):
        self.folder = folder
        (folder / "lists/partial").mkdir(parents=True, exist_ok=True)
        (folder / "cache/archives/partial").mkdir(parents=True, exist_ok=True)
        (folder / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirror()} {name} main\n")
        self._options = [
            "-o", f"Dir::Etc::sourcelist={folder}/sources.list", "-o", "Dir::Etc::sourceparts=-",
            "-o", f"Dir::State::lists={folder}/lists", "-o", f"Dir::Cache={folder}/cache",
            "-o", "APT::Sandbox::User=root",
        ]
        self._is_updated = False

    def unpack(self, packages: list[str], into: pathlib.Path) -> None:
        """Downloads the packages, without what they depend on, and unpacks them there."""
        mark = into / ".unpacked"
        if mark.exists() and mark.read_text() == " ".join(packages):
            return
        if not self._is_updated:
            run(["apt-get", *self._options, "update", "-qq"], timeout=300)
            self._is_updated = True
        place = self.folder / "debs" / into.name
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        run(["apt-get", *self._options, "download", "-qq", *packages], timeout=600, cwd=place)
        into.mkdir(parents=True, exist_ok=True)
        for package in sorted(place.glob("*.deb")):
            run(["dpkg", "-x", package, into])
        mark.write_text(" ".join(packages))


def bootstrap(tree: pathlib.Path) -> None:
    """The smallest Debian 12."""
    run(["debootstrap", "--variant=minbase", "bookworm", tree, mirror()], timeout=900)


def install(packages: list[str], tree: pathlib.Path) -> None:
    """Installs packages in a tree; nothing in it is started."""
    shutil.copy("/etc/resolv.conf", tree / "etc/resolv.conf")
    policy = tree / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    apt = ["chroot", tree, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    run([*apt, "update"], timeout=300)
    run([*apt, "install", "-y", "--no-install-recommends", *packages], timeout=900)
    run([*apt, "clean"])


def build_packages(dockerfile: str) -> list[str]:
    """The packages that the build stage asks apt for."""
    line = re.search(r'^ARG BUILD_PACKAGES="([^"]+)"', dockerfile.replace("\\\n", " "), re.MULTILINE)
    if not line:
        raise Failed("the Dockerfile has no ARG BUILD_PACKAGES")
    return line[1].split()
