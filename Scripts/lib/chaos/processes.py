"""The processes of a round: started here, or found by the round's folder in their command line. Nobody else's."""
import os
import pathlib
import signal
import subprocess


class Processes:
    """Starts processes, and finds what they started, so that all of it can be stopped, killed and waited for."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self._started: list[subprocess.Popen] = []
        # Those that were stopped and not continued yet: they hear no other signal but SIGKILL.
        self.stopped: set[int] = set()

    def start(self, words: list[str], name: str, **options) -> subprocess.Popen:
        """What it says is added to the log of that name."""
        with (self.folder / f"{name}.log").open("ab") as log:
            log.write(f"$ {' '.join(words)}\n".encode())
            log.flush()
            process = subprocess.Popen(
                words, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True, **options)
        self._started.append(process)
        return process

    def send(self, pid: int, number: int) -> bool:
        """Whether the process was there."""
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return False
        if number == signal.SIGSTOP:
            self.stopped.add(pid)
        elif number == signal.SIGCONT:
            self.stopped.discard(pid)
        return True

    def commands(self) -> dict[int, list[str]]:
        """The command line of each living process that works in the round's folder, this one left out."""
        found = {}
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
                if (path / "stat").read_text().rpartition(")")[2].split()[0] == "Z":
                    continue
            except (OSError, IndexError):
                continue  # ended meanwhile
            if int(path.name) != os.getpid() and any(str(self.folder) + "/" in word for word in words):
                found[int(path.name)] = words
        return found

    def workers(self) -> dict[int, str]:
        """The name of each worker, by process."""
        return {
            pid: words[words.index("--name") + 1]
            for pid, words in self.commands().items() if "worker" in words[:3] and "--name" in words}

    def resume_all(self) -> None:
        for pid in list(self.stopped):
            self.send(pid, signal.SIGCONT)
            self.stopped.discard(pid)

    def end_all(self) -> None:
        """Ends all that was started here, with all that these have started."""
        for _ in range(3):
            for pid in self.commands():
                self.send(pid, signal.SIGKILL)
            for process in self._started:
                if process.poll() is None:
                    process.kill()
                    process.wait()
