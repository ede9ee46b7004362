"""One document's world: a scratch directory, a shell, a simulator and a Redis."""
import os
import pathlib
import re
import shlex
import signal
import socket
import subprocess
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
# How long one command may take, on a machine that does many other things.
PATIENCE = 300


class Failure(Exception):
    """What is wrong with the document, in words for its author."""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(what: str, happened, seconds: float = 60):
    end = time.monotonic() + seconds
    while True:
        answer = happened()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.02)


class Session:
    """Everything in it ends with `close`, and nothing of it is shared with another document."""

    open: set["Session"] = set()
    is_over = False
    lock = threading.Lock()

    def __init__(self, trawl: str, scratch: pathlib.Path, simulate: list[str], credentials: bool, python: str):
        self.scratch, self.python = scratch, python
        self.home = scratch / "me"
        self.logs = scratch / "logs"
        for folder in (self.home, self.logs, scratch / "mnt/history"):
            folder.mkdir(parents=True)
        self.count = 0
        self.started: list[subprocess.Popen] = []
        with Session.lock:
            if Session.is_over:
                raise Failure("interrupted")
            Session.open.add(self)
        self.server = None  # the command that serves in the foreground, and its files
        self.ports = {"8080": free_port(), "8420": free_port(), "9464": free_port()}
        redis = free_port()
        self.start(
            ["redis-server", "--port", str(redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir",
             str(scratch), "--maxmemory-policy", "noeviction"], "redis")
        simulator = self.start([trawl, "simulate", "--port", "0", *simulate], "simulator")
        output = self.logs / "simulator.out"
        self.api = wait_for("the document's simulator", lambda: self.address(output, simulator))
        # In this order in a command, and the other way round in what it printed.
        self.substitutions = [
            ("redis.internal:6379", f"127.0.0.1:{redis}"), ("localhost:6379", f"127.0.0.1:{redis}"),
            ("/mnt/history", f"{scratch}/mnt/history"), ("/home/me", str(self.home))]
        self.substitutions += [(f"127.0.0.1:{old}", f"127.0.0.1:{new}") for old, new in self.ports.items()]
        self.substitutions += [(f"localhost:{old}", f"127.0.0.1:{new}") for old, new in self.ports.items()]
        self.substitutions += [(f"0.0.0.0:{old}", f"0.0.0.0:{new}") for old, new in self.ports.items()]
        self.substitutions += [(f"--port {old}", f"--port {new}") for old, new in self.ports.items()]
        self.substitutions += [(f"--listen {old}", f"--listen {new}") for old, new in self.ports.items()]
        environment = {
            "PATH": f"{HERE / 'bin'}:{os.environ['PATH']}", "HOME": str(self.home), "LANG": "C.UTF-8", "TMPDIR": str(scratch),
            "DOCS_TRAWL": trawl, "DOCS_API": self.api, "DOCS_DASHBOARD": str(self.ports["8420"]), "DOCS_WORKER": str(self.ports["9464"]),
            "DOCS_REDIS": f"redis://127.0.0.1:{redis}", "DOCS_MOUNT": f"{scratch}/mnt/history", "DOCS_SETUP": str(HERE / "setup"),
            "DOCS_SUBSTITUTIONS": str(scratch / "substitutions"), "PYTHONDONTWRITEBYTECODE": "1"}
        if credentials:
            environment |= {
                "GENESYSCLOUD_OAUTHCLIENT_ID": "simulator", "GENESYSCLOUD_OAUTHCLIENT_SECRET": "simulator-secret"}
        answers, tell = os.pipe()
        self.shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"], cwd=self.home, env=environment, stdin=subprocess.PIPE,
            stdout=(self.logs / "shell.out").open("wb"), stderr=subprocess.STDOUT, pass_fds=(tell,),
            start_new_session=True)
        self.started.append(self.shell)
        os.close(tell)
        os.set_blocking(answers, False)
        self.answers, self.heard = answers, ""
        if tell != 9:
            self.say(f"exec 9>&{tell} {tell}>&-\n")

    def address(self, output: pathlib.Path, process: subprocess.Popen) -> str | None:
        if process.poll() is not None:
            raise Failure(f"the document's simulator ended: {output.read_text()}")
        found = re.search(r"http://[0-9.:]+", output.read_text())
        return found[0] if found else None

    def start(self, words: list[str], name: str) -> subprocess.Popen:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=(self.logs / f"{name}.out").open("wb"), stderr=subprocess.STDOUT,
            start_new_session=True)
        self.started.append(process)
        return process

    def there(self, text: str) -> str:
        for old, new in self.substitutions:
            text = text.replace(old, new)
        return text

    def back(self, text: str) -> str:
        for old, new in self.substitutions:
            text = text.replace(new, old)
        return text

    def source(self, setup: pathlib.Path) -> None:
        """Runs a setup script in the shell, and takes over the substitutions it has written: old, tab, new."""
        code, output, error = self.run(f"set -e; . {setup}; set +e", False)
        if code:
            raise Failure(f"{setup.name} ended {code}:\n{output}{error}")
        more = self.scratch / "substitutions"
        if more.exists():
            self.substitutions += [tuple(line.split("\t")) for line in more.read_text().splitlines()]

    def run(self, text: str, translated: bool = True) -> tuple[int, str, str]:
        """Runs a command to its end; its exit code, standard output and standard error."""
        if translated:
            # A setup script may leave a function that puts things right for alternatives that stand one below the other.
            self.give(f"! declare -F before >/dev/null || before {shlex.quote(text)}", "")
            if self.hear():
                raise Failure(f"the setup's `before` failed before {text}")
        output, error = self.give(text if not translated else self.there(text), "")
        code = self.hear()
        return code, self.back(output.read_text(errors="replace")), self.back(error.read_text(errors="replace"))

    def serve(self, text: str) -> None:
        """Starts a command that serves until it is stopped, in the place of the last one, and waits for its first words."""
        self.stop()
        output, error = self.give("exec env " + self.there(text), "&")
        self.hear()
        self.server = (text, output, error)
        try:
            wait_for(text, lambda: output.stat().st_size + error.stat().st_size)
        except Failure:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends what serves; its end must be in order."""
        if self.server is None:
            return
        text, output, error = self.server
        self.server = None
        self.say('kill -TERM "$serving"; wait "$serving"; echo $? >&9\n')
        code = self.hear()
        if code not in (0, 143):
            raise Failure(f"{text}\nended {code}:\n{output.read_text()}{error.read_text()}")

    def give(self, text: str, how: str) -> tuple[pathlib.Path, pathlib.Path]:
        self.count += 1
        script, output, error = (self.logs / f"{self.count:03}.{end}" for end in ("sh", "out", "err"))
        script.write_text(text + "\n")
        line = f". {script} >{output} 2>{error} </dev/null"
        if how:
            # The files must be there before anybody looks.
            output.touch()
            error.touch()
            self.say(f"{line} 9>&- & serving=$!; echo 0 >&9\n")
        else:
            self.say(f"{line} 9>&-; echo $? >&9\n")
        return output, error

    def say(self, line: str) -> None:
        self.shell.stdin.write(line.encode())
        self.shell.stdin.flush()

    def hear(self) -> int:
        def line() -> bool:
            try:
                self.heard += os.read(self.answers, 4096).decode()
            except BlockingIOError:
                pass
            if self.shell.poll() is not None:
                raise Failure("the shell has ended")
            return "\n" in self.heard

        wait_for("a command", line, PATIENCE)
        code, self.heard = self.heard.split("\n", 1)
        return int(code)

    def close(self) -> None:
        """Ends all that is left, the backgrounded as well. In order first, so that nothing is orphaned.

        From any thread: a command that another one waits for fails.
        """
        with Session.lock:
            if self not in Session.open:
                return
            Session.open.remove(self)
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in self.started:
                try:
                    os.killpg(process.pid, number)
                except ProcessLookupError:
                    pass
            end = time.monotonic() + 10
            while number == signal.SIGTERM and time.monotonic() < end and self.left():
                time.sleep(0.02)
        for process in self.started:
            process.wait()

    @classmethod
    def end(cls) -> None:
        """Closes all that are open; none can be opened any more."""
        with cls.lock:
            cls.is_over = True
            left = list(cls.open)
        for session in left:
            session.close()

    def left(self) -> bool:
        for process in self.started:
            process.poll()
            try:
                os.killpg(process.pid, 0)
                return True
            except ProcessLookupError:
                continue
        return False
