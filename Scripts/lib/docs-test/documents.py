"""What a document presupposes: the API it talks to, and whether it sets its own credentials.

Where there is `setup/NAME.sh` (`help/dead` has `setup/help-dead.sh`), or the table names one, it is run first, in the
document's shell and scratch directory; it makes the runs that the document takes for granted. `setup/NAME.faults.json`
is the script of faults of the document's simulator.
"""
import dataclasses
import pathlib

SETUP = pathlib.Path(__file__).resolve().parent / "setup"

# Three small years: every interval that a document extracts lies in them. `…` is what README exports for both.
YEARS = ["--from", "2021-12-31", "--to", "2025-01-02", "--conversations", "4000", "--records", "small",
         "--client", "simulator:simulator-secret", "--client", "the-client-id:the-client-secret", "--client", "…:…"]


@dataclasses.dataclass
class Setting:
    simulate: list[str] = dataclasses.field(default_factory=lambda: YEARS)
    # Whether the environment has credentials when the document begins. False where it says how to set them.
    credentials: bool = True
    # At least so many outputs must be compared in it.
    outputs: int = 0
    # The name of its setup, where that is not its own.
    setup: str | None = None


SETTINGS = {
    "README.md": Setting(credentials=False, outputs=2),
    "docs/dashboard.md": Setting(outputs=1, setup="at-work"),
    "docs/quickstart.md": Setting(credentials=False),
    "docs/using-the-data.md": Setting(credentials=False, outputs=12),
    "help/trawl": Setting(credentials=False),
    "help/cancel": Setting(setup="at-work"),
    "help/dashboard": Setting(setup="dashboard"),
    "help/pause": Setting(setup="at-work"),
    "help/runs": Setting(setup="at-work"),
    "help/logs": Setting(setup="soon-done"),
    "help/status": Setting(setup="soon-done"),
    "help/workers": Setting(setup="at-work"),
    "help/export": Setting(setup="complete-month"),
    "help/repair": Setting(setup="complete-month"),
    "help/verify": Setting(setup="complete-month"),
}


# What help pages say of exit codes below their examples, for the state that the setup makes.
EXITS = {
    "help/merge": {"trawl merge january --allow-gaps": 3},
    "help/repair": {"trawl repair january 20240102T000000Z-20240103T000000Z --apply": 3},
    "help/status": {"trawl status january": 3, "trawl status /mnt/history/2023 --redis redis://redis.internal:6379": 3},
}

# These take their time over a quota or a minute of chaos.
SLOW = {"help/run", "help/verify", "help/doctor"}


def setting(name: str) -> Setting:
    found = SETTINGS.get(name, Setting())
    faults = setup_file(name, ".faults.json")
    return dataclasses.replace(found, simulate=[*found.simulate, "--faults", str(faults)]) if faults else found


def setup_file(name: str, ending: str) -> pathlib.Path | None:
    own = name.removeprefix("docs/").removesuffix(".md").replace("/", "-")
    path = SETUP / ((SETTINGS.get(name, Setting()).setup or own) + ending)
    return path if path.exists() else None
