"""The fault classes: for each the profiles it can happen to, and how a run that meets it has to end."""
import json
import pathlib
from dataclasses import dataclass
from typing import Callable

FOLDER = pathlib.Path(__file__).parent / "faults"


@dataclass(frozen=True)
class Profile:
    """What `trawl profiles show` says of a profile."""

    name: str
    style: str
    has_total: bool
    has_page_count: bool
    smallest_page: int
    largest_page: int

    @classmethod
    def read(cls, text: str) -> "Profile":
        document = json.loads(text)
        size = document["paging"]["pageSize"]
        return cls(
            document["name"], document["paging"]["style"], document.get("total") is not None,
            document.get("pageCount") is not None, size.get("minimum") or 1, size["maximum"])

    @property
    def endpoint(self) -> str:
        """What the simulator calls the endpoint that answers with the pages."""
        return "job-results" if self.style == "job" else self.name

    @property
    def page_size(self) -> int:
        return min(max(25, self.smallest_page), self.largest_page)

    @property
    def has_cursor(self) -> bool:
        return self.style in ("cursor", "job")

    @property
    def is_job(self) -> bool:
        return self.style == "job"


def everywhere(_: Profile) -> bool:
    return True


def with_total(profile: Profile) -> bool:
    return profile.has_total


@dataclass(frozen=True)
class FaultClass:
    name: str
    # The ends that are right, each as the exit codes of the commands given: "0", or "3→0" where the run must not end 0
    # while the fault lasts and must when the same command is given after it.
    ends: tuple[str, ...] = ("0",)
    applies: Callable[[Profile], bool] = everywhere
    # Flags of the simulator while the fault lasts, and always.
    flags: tuple[str, ...] = ()
    population: tuple[str, ...] = ()
    # Options of `trawl run`.
    options: tuple[str, ...] = ()
    # Records kept aside while the fault lasts.
    rejected: int = 0
    # Shards that stay unproven while it lasts, and lines of what is left that no reader could know to be false.
    unproven: int = 1
    changed: int = 0
    # What the run has to say of it while the fault lasts.
    says: str = ""
    # Seconds a command may take.
    limit: int = 60
    # Whether the cell does little but wait for a time-out.
    waits: bool = False
    # Status the simulator has to have sent where the fault is not a script's.
    sent: str = ""

    def script(self, profile: Profile) -> dict:
        """The scenario file, with its rules at the profile's endpoint where they name no other."""
        path = FOLDER / f"{self.name}.json"
        script = json.loads(path.read_text()) if path.exists() else {"rules": []}
        for rule in script["rules"]:
            rule.setdefault("match", {}).setdefault("endpoint", profile.endpoint)
        return script


SILENT = "--give-up-after", "3s"

# Fails once or for a while: no run may show it. What "stays" is wrong for good: no run may hide it.
CLASSES = [
    FaultClass("none"),
    FaultClass("throttle"),
    FaultClass("server-errors"),
    FaultClass("reset"),
    FaultClass("torn-body"),
    FaultClass("no-answer"),
    FaultClass("slow"),
    FaultClass("stalled", limit=120, waits=True),
    FaultClass("cut-json"),
    FaultClass("html"),
    FaultClass("content-type"),
    FaultClass("bom"),
    FaultClass("gzip-damaged"),
    FaultClass("gzip-bomb"),
    FaultClass("huge-page"),
    FaultClass("page-refused", flags=("--response-limit", "150000"), sent="400"),
    FaultClass("large-record", population=("--large-record", "5242880")),
    FaultClass("pretty"),
    FaultClass("empty-page"),
    FaultClass("empty-page-stays", ends=("5→0",), applies=with_total, says="NOT PROVEN"),
    FaultClass("repeated-page"),
    FaultClass("record-leaves"),
    FaultClass("record-arrives"),
    FaultClass("record-lacks", applies=with_total),
    FaultClass("record-lacks-stays", ends=("5→0",), applies=with_total, says="NOT PROVEN"),
    FaultClass("total-moves", applies=with_total),
    FaultClass("total-moves-stays", ends=("5→0",), applies=with_total, says="NOT PROVEN"),
    FaultClass("cursor-null", flags=("--last-cursor", "null"), applies=lambda p: p.style == "cursor"),
    FaultClass("cursor-empty", flags=("--last-cursor", "empty"), applies=lambda p: p.style == "cursor"),
    FaultClass("cursor-repeat", applies=lambda p: p.has_cursor),
    FaultClass("cursor-repeat-stays", ends=("5→0",), applies=lambda p: p.has_cursor, says="NOT PROVEN"),
    FaultClass("cursor-invalid", applies=lambda p: p.has_cursor),
    FaultClass("cursor-invalid-stays", ends=("3→0",), applies=lambda p: p.has_cursor, says="cursor"),
    FaultClass("page-count-low", applies=lambda p: p.has_page_count),
    FaultClass("page-count-high", applies=lambda p: p.has_page_count),
    FaultClass("token-expires"),
    FaultClass("login-fails"),
    FaultClass("unauthorized", ends=("4→0",), says="401"),
    FaultClass("forbidden", ends=("4→0",), says="403"),
    FaultClass("bad-ids", ends=("5→0",), rejected=4, says="KEPT ASIDE"),
    FaultClass("bad-records", ends=("5→0",), rejected=2, says="KEPT ASIDE"),
    FaultClass("duplicate-id"),
    FaultClass("repeats-stay", ends=("5→0",), says="NOT PROVEN", unproven=2, changed=2),
    FaultClass("shard-fails", ends=("3→0",), options=SILENT, says="nothing but errors"),
    FaultClass("shard-refused", ends=("3→0",), says="400"),
    FaultClass("job-fails", applies=lambda p: p.is_job),
    FaultClass("job-expires", applies=lambda p: p.is_job),
    FaultClass("job-lost", applies=lambda p: p.is_job),
    FaultClass("job-errors", applies=lambda p: p.is_job),
    FaultClass("job-limit", flags=("--job-limit", "1"), applies=lambda p: p.is_job),
    FaultClass("job-stuck", options=("--job-timeout", "5s"), applies=lambda p: p.is_job),
    FaultClass("job-late", ends=("3→0",), flags=("--now", "2024-01-02T06:00:00Z", "--availability-lag", "12h"),
               options=SILENT, applies=lambda p: p.is_job, limit=120),
]
