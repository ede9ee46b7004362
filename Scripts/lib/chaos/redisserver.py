"""A redis-server of a round's own, in one of the ways operators keep its data, and a client that only pokes."""
import pathlib
import signal
import socket
import subprocess
import time

MODES = {
    "aof-always": ["--save", "", "--appendonly", "yes", "--appendfsync", "always"],
    "aof-everysec": ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec"],
    "memory": ["--save", "", "--appendonly", "no"],
    "rdb": ["--save", "", "--appendonly", "no"],
}


class Unreachable(Exception):
    """Redis did not answer, so nothing can be said of what became of the command."""


class Redis:
    """One command at a time over a unix socket, each on a connection of its own."""

    def __init__(self, path: pathlib.Path):
        self.path = path

    def ask(self, *words, timeout: float = 2.0):
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(timeout)
                connection.connect(str(self.path))
                parts = [str(word).encode() for word in words]
                connection.sendall(
                    b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(part), part) for part in parts))
                with connection.makefile("rb") as answers:
                    return self._read(answers)
        except (OSError, ValueError, IndexError) as error:
            raise Unreachable(str(error)) from error

    def _read(self, answers):
        line = answers.readline()
        if not line.endswith(b"\r\n"):
            raise ValueError("cut off")
        kind, text = line[:1], line[1:-2]
        if kind == b"-":
            raise ValueError(text.decode(errors="replace"))
        if kind == b"+":
            return text.decode()
        if kind == b":":
            return int(text)
        if kind == b"$":
            return None if text == b"-1" else answers.read(int(text) + 2)[:-2].decode(errors="replace")
        return [self._read(answers) for _ in range(int(text))]

    def keys(self) -> list[str]:
        found: set[str] = set()
        cursor = "0"
        while True:
            cursor, some = self.ask("SCAN", cursor, "MATCH", "*trawl:*", "COUNT", 1000)
            found.update(some)
            if cursor == "0":
                return sorted(found)


class RedisServer:
    """The shared Redis of a round. Killed with all it had in memory, it comes back with what its mode has kept."""

    def __init__(self, processes, folder: pathlib.Path, mode: str):
        self.processes, self.mode = processes, mode
        self.folder = folder / "redis"
        self.folder.mkdir()
        self.client = Redis(self.folder / "redis.sock")
        self.process: subprocess.Popen | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.client.path}"

    def start(self) -> None:
        self.process = self.processes.start(
            ["redis-server", "--port", "0", "--unixsocket", str(self.client.path), "--dir", str(self.folder),
             "--maxmemory-policy", "noeviction", "--enable-debug-command", "yes", *MODES[self.mode]], "redis")
        end = time.monotonic() + 20
        while True:
            try:
                self.client.ask("PING")
                return
            except Unreachable:
                if time.monotonic() > end or self.process.poll() is not None:
                    raise
                time.sleep(0.01)

    def kill(self) -> None:
        self.processes.send(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.processes.stopped.discard(self.process.pid)

    def tear(self, length: int) -> None:
        """What a power cut does to an append-only file: its end is missing. Only while the server is down."""
        for path in (self.folder / "appendonlydir").glob("*.incr.aof"):
            size = path.stat().st_size
            with path.open("r+b") as file:
                file.truncate(max(0, size - length))
