"""What a document holds: its fenced blocks, with what stands above them, and its prose."""
import dataclasses
import pathlib
import re

FENCE = re.compile(r"^( {0,3})```(.*)$")
# The one remark that keeps a block of commands from being executed.
NOT_RUN = re.compile(r"^<!-- not run: (.*) -->$")


@dataclasses.dataclass
class Block:
    kind: str  # the info string
    lines: list[str]
    place: str  # file:line of the first line inside
    reason: str | None  # why it is not executed

    @property
    def text(self) -> str:
        return "".join(line + "\n" for line in self.lines)


@dataclasses.dataclass
class Page:
    name: str
    blocks: list[Block]
    prose: list[tuple[str, str]]  # place and paragraph


def read(path: pathlib.Path, name: str) -> Page:
    blocks: list[Block] = []
    prose: list[tuple[str, str]] = []
    block: Block | None = None
    above = indent = ""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if block is not None:
            if fence and not fence[2].strip():
                block = None
            else:
                block.lines.append(line.removeprefix(indent))
        elif fence:
            indent = fence[1]
            reason = NOT_RUN.match(above)
            block = Block(fence[2].strip(), [], f"{name}:{number + 1}", reason[1] if reason else None)
            blocks.append(block)
            above = ""
        else:
            if prose and above and line.strip():
                prose[-1] = (prose[-1][0], f"{prose[-1][1]} {line.strip()}")
            elif line.strip():
                prose.append((f"{name}:{number}", line.strip()))
            above = line.strip()
    if block is not None:
        raise ValueError(f"{block.place}: the block has no end")
    return Page(name, blocks, prose)
