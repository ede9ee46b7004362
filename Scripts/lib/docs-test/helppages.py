"""The examples of `trawl --help` and of every `trawl COMMAND --help`, as documents of one block."""
import re

from blocks import Block, Page

# The headings of the first page, and of the others.
HEADINGS = re.compile(r"^(?:Try it without an account|Extract a year|Examples):$")


def pages(elsewhere) -> list[Page]:
    return [page(f"help/{name or 'trawl'}", elsewhere.help(name)) for name in ["", *elsewhere.names()]]


def page(name: str, text: str) -> Page:
    lines: list[str] = []
    first = 0
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        inside = bool(HEADINGS.match(line)) or inside and line.startswith("  ")
        first = first or (number if inside else 0)
        if first:
            # An empty line for each that is no example, so that the places stay right.
            # So with what goes into a file of YAML.
            example = inside and line.startswith("  ") and not re.match(r"  \w+: ", line)
            lines.append(line.removeprefix("  ") if example else "")
    place = f"trawl {name.removeprefix('help/')} --help:{first}"
    return Page(name, [Block("sh", lines, place, None)] if first else [], [])
