"""A block of shell, cut into commands."""
import dataclasses
import re
import subprocess

EXIT = re.compile(r"#.*\bexit (\d+)\b")
# These serve until they are stopped, so nobody types the next line behind them.
SERVER = re.compile(r"^(?:[A-Z_]+=\S* )*trawl (?:simulate|dashboard|worker(?!.*--until-idle))\b[^&|;]*$")
# A line that begins so is a command, whatever the block is called.
COMMAND = re.compile(
    r"^\s*(?:\$ )?(?:sudo )?(?:(?:trawl|curl|docker|podman|kubectl|systemctl|journalctl|redis-cli|redis-server|apt|apt-get"
    r"|dpkg|swift|git|pip|pip3|python3|promtool|export|jq|zstd|sha256sum)\s+\S|Scripts/[\w-]+|for \w+ in )")


@dataclasses.dataclass
class Command:
    text: str
    place: str

    @property
    def exit(self) -> int:
        """The code it must end with: 0, or what a comment on its last line says."""
        said = EXIT.search(self.text.splitlines()[-1])
        return int(said[1]) if said else 0

    @property
    def bare(self) -> str:
        """Without the comment behind it; only for commands of one line."""
        return re.sub(r"\s+#.*$", "", self.text.strip())

    @property
    def serves(self) -> bool:
        return bool(SERVER.match(self.bare))


def whole(text: str) -> bool:
    """Whether the shell could run it as it stands, and would not ask for more lines."""
    if text.rstrip("\n").endswith("\\"):
        return False
    tried = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return tried.returncode == 0 and not tried.stderr


def split(block) -> list[Command]:
    """The commands in order. Raises ValueError where the last one has no end."""
    file, first = block.place.rsplit(":", 1)
    commands: list[Command] = []
    pending: list[str] = []
    for offset, line in enumerate(block.lines):
        if not pending and (not line.strip() or line.lstrip().startswith("#")):
            continue
        if not pending:
            place = f"{file}:{int(first) + offset}"
        pending.append(line)
        if whole("\n".join(pending) + "\n"):
            commands.append(Command("\n".join(pending), place))
            pending = []
    if pending:
        raise ValueError(f"{place}: no shell can read this: {pending[0]}")
    return commands
