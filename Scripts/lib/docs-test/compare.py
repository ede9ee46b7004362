"""Whether a command printed what the document says it prints.

The rule: to the byte, but for
  - empty lines at the end;
  - `…`, which stands for any text in its line, or, alone in a line, for any lines;
  - blocks called `text like`: digits stand for any number, and any white space for any other.
"""
import difflib
import re


def pattern(expected: str, like: bool) -> re.Pattern:
    rows: list[str] = []
    for line in expected.rstrip().splitlines():
        if line.strip() == "…":
            rows.append(r"(?:[^\n]*\n)*?")
            continue
        row = re.escape(line).replace("…", r"[^\n]*")
        if like:
            row = re.sub(r"(?:\\ )+", r"\\s+", re.sub(r"\d+(?:(?:,|\\\.)\d+)*", r"[\\d,.]+", row))
        rows.append(row + r"\n")
    return re.compile("".join(rows) + r"\s*")


def same(expected: str, printed: str, like: bool) -> bool:
    return pattern(expected, like).fullmatch(printed) is not None


def difference(expected: str, printed: str) -> str:
    lines = difflib.unified_diff(
        expected.splitlines(), printed.splitlines(), "the document", "printed", lineterm="", n=2)
    return "\n".join(lines)
