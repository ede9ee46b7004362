"""What a round extracts: a population, and how it is cut into shards."""
import json
import pathlib
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    name: str
    seed: int
    conversations: int
    selection: str
    shard: str
    page_size: int
    # Where the endpoint stops paging: shards with more hits are cut, again and again.
    depth: int

    @property
    def interval(self) -> list[str]:
        return ["--from", "2024-01-02", "--to", "2024-01-03"]

    @property
    def population(self) -> list[str]:
        return [
            *self.interval, "--conversations", str(self.conversations), "--records", "small", "--tie-burst", "20",
            "--selection", self.selection, "--seed", str(self.seed)]

    def plan(self, profile: pathlib.Path) -> list[str]:
        """The words that make the plan."""
        return [
            *self.interval, "--endpoint", str(profile), "--shard", self.shard, "--page-size", str(self.page_size)]

    def write_profile(self, trawl: str, path: pathlib.Path) -> None:
        """The built-in profile of an API that pages less deep."""
        text = subprocess.run(
            [trawl, "profiles", "show", "details-query"], capture_output=True, text=True, check=True).stdout
        profile = json.loads(text)
        profile["name"] = "details-query-shallow"
        profile["paging"]["depth"] = self.depth
        path.write_text(json.dumps(profile, indent=1) + "\n")


def shape(kind: int, seed: int, shards: int) -> Shape:
    """Two kinds. `split`: many small shards of which the busy ones are cut. `overlap`: an interval returns all that was
    going on, so that most records are in several shards and only one line of each may be in the result."""
    minutes = max(1, 1440 // shards)
    if kind == 0:
        return Shape("split", seed, 13 * shards, "started", f"{minutes}m", 5, 25)
    return Shape("overlap", seed, 4 * shards, "day-overlap", f"{2 * minutes}m", 50, 600)
