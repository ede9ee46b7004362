"""What documents say of commands that are not executed here: blocks with a reason, and commands in the prose.

`<!-- not run: REASON -->` above a block takes one of these reasons, and no other:
  long           scripts of their own that take minutes: each must exist and know the options that are given
  by SCRIPT      SCRIPT executes it: every word of the block that is no placeholder stands in that script, its folder
                 Scripts/lib/NAME, or a file that either of them names; arguments of trawl are held against its help
  needs a cluster
                 `kubectl`, which no machine of ours has: the files of this repository that it names must exist
"""
import pathlib
import re
import shlex
import subprocess
import threading

import commands

ROOT = pathlib.Path(__file__).resolve().parents[3]
SPAN = re.compile(r"`([^`]+)`")


class Elsewhere:
    def __init__(self, trawl: str):
        self.trawl = trawl
        self.pages: dict[str, str] = {}
        self.lock = threading.Lock()

    def help(self, command: str) -> str:
        with self.lock:
            if command not in self.pages:
                words = [self.trawl, *([command] if command else []), "--help"]
                self.pages[command] = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            return self.pages[command]

    def names(self) -> list[str]:
        """The commands of `trawl --help`."""
        return re.findall(r"^ {2,}(?:[a-z]+ {2,})?([a-z]+) {2,}\S", self.help(""), re.MULTILINE)

    def wrong(self, block) -> str | None:
        """What is wrong with a block that is not executed."""
        if block.reason == "long":
            for command in commands.split(block):
                words = shlex.split(command.bare)
                if not words[0].startswith("Scripts/"):
                    return f"{command.place}: only scripts are long, and this is none: {command.bare}"
                fault = self.script(words)
                if fault:
                    return f"{command.place}: {fault}"
            return None
        if block.reason == "needs a cluster":
            for command in commands.split(block):
                for path in re.findall(r"\bcompose/[\w./-]*\w", command.bare):
                    if not (ROOT / path).exists() and not (ROOT / f"{path}.example").exists():
                        return f"{command.place}: there is no {path}"
                if not re.match(r"kubectl |cp ", command.bare):
                    return f"{command.place}: this needs no cluster: {command.bare}"
            return None
        by = re.fullmatch(r"by (\S+)", block.reason)
        if not by:
            return f"{block.place}: not run for a reason that is none: {block.reason} (Scripts/docs-test --help has them)"
        if not (ROOT / by[1]).is_file():
            return f"{block.place}: there is no {by[1]} that could run it"
        text = gathered(by[1])
        for command in commands.split(block):
            fault = self.said(command, text)
            if fault:
                return f"{command.place}: {by[1]} does not run this: {fault}"
        return None

    def said(self, command, text: str) -> str | None:
        """What of a command is nowhere in the text of the script that runs it."""
        plain = re.sub(r"(?m)(^|\s)#.*$", "", command.text)
        # A script edits no file by hand: there must be one.
        for name in re.findall(r"\bsudo -e \S*/(\S+)", plain):
            if not list((ROOT / "packaging").rglob(name)):
                return f"no package brings a {name}"
        # It is root already.
        plain = re.sub(r"\bsudo (-e \S+)?", "", plain)
        # The script has other directories and dates: what follows a command of ours is held against its help page.
        ours = re.search(r"\btrawl (" + "|".join(self.names()) + r")\b(.*)", plain)
        if ours:
            plain = plain[:ours.start(2)]
            for option in re.findall(r"(?<!\S)--[a-z-]+", ours[2]):
                if not self.has(ours[1], option):
                    return f"`trawl {ours[1]} --help` knows no {option}"
        for word in re.split(r"[\s|&;<>()\"'=]+", plain):
            # What differs from place to place: variables, placeholders, versions, numbers, substitutions of sed.
            word = re.sub(r"[-@]\d+$", "", word)
            varies = re.search(r"[$…*]|^[A-Z_]+$|^\d+$|^\\$|^s/|\d\.\d", word) or f"{word}=" in command.text
            if word and not varies and word not in text:
                return f"nothing in it says {word!r}"
        return None

    def has(self, command: str, option: str) -> bool:
        return re.search(re.escape(option) + r"(?![\w-])", self.help(command)) is not None

    def script(self, words: list[str]) -> str | None:
        path = ROOT / words[0]
        if not path.is_file():
            return f"there is no {words[0]}"
        text = gathered(words[0])
        for word in words[1:]:
            if word.startswith("--"):
                option = word.split("=")[0]
                known = re.search(re.escape(option) + r"(?![\w-])", text) or (
                    option == "--filter" and 'swift test --skip-build "$@"' in text)
                if not known:
                    return f"{words[0]} has no {option}"
        return None

    def prose(self, text: str) -> str | None:
        """What is wrong with the commands in a paragraph of prose."""
        for span in SPAN.findall(text):
            try:
                words = shlex.split(span)
            except ValueError:
                words = span.split()
            if not words:
                continue
            if re.fullmatch(r"Scripts/[\w-]+", words[0]):
                fault = self.script(words)
                if fault:
                    return fault
            if words[0] == "trawl" and len(words) > 1 and re.fullmatch(r"[a-z]+", words[1]):
                if words[1] not in self.names():
                    return f"there is no command {words[1]!r} in `trawl --help`: {span}"
                for word in words[2:]:
                    option = word.split("=")[0]
                    if option.startswith("--") and not self.has(words[1], option):
                        return f"`trawl {words[1]} --help` knows no {option}: {span}"
        return None


def gathered(name: str) -> str:
    """The text of a script, of its folder, and of the files of this repository that they name."""
    folder = ROOT / "Scripts/lib" / pathlib.Path(name).name
    texts = [(ROOT / name).read_text()]
    texts += [path.read_text() for path in sorted(folder.glob("*")) if path.is_file()]
    named = set(re.findall(r"\b(?:Scripts|packaging|compose)/[\w./-]*\w", "\n".join(texts)))
    texts += [(ROOT / one).read_text() for one in sorted(named) if (ROOT / one).is_file()]
    return "\n".join(texts)
