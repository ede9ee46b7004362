"""One document: its blocks executed in order, and its words held against the product."""
import re

import commands
import compare
import documents
from session import Failure, Session

# Blocks that hold no commands, and blocks that hold what was printed.
DATA = {"json", "yaml", "toml", "ini", "csv", "mermaid", "diagram", "screen", "log", "swift", "promql"}
OUTPUT = {"text", "text like"}
# These report their progress on standard error; all others are quiet when all is well.
REPORTS = re.compile(r"\btrawl (?:run|plan|worker|merge|simulate|doctor|repair|dashboard)\b")


class Runner:
    def __init__(self, page, trawl: str, scratch, elsewhere, python: str, verbose: bool):
        self.page, self.trawl, self.scratch, self.elsewhere = page, trawl, scratch, elsewhere
        self.python, self.verbose = python, verbose
        self.commands = self.outputs = self.reasons = 0
        self.wrong: list[str] = []
        self.log: list[str] = []

    def check(self) -> None:
        """What can be said without executing anything."""
        previous = None
        for block in self.page.blocks:
            if not block.kind:
                self.wrong.append(f"{block.place}: the block does not say what it is (sh, text, json, diagram …)")
            elif block.kind not in DATA | OUTPUT | {"sh", "python"}:
                self.wrong.append(f"{block.place}: no kind of block is called '{block.kind}'")
            if block.kind not in ("sh", "python"):
                for line in block.lines if block.kind not in OUTPUT else []:
                    if commands.COMMAND.match(line):
                        self.wrong.append(f"{block.place}: a command in a block called '{block.kind}': {line.strip()}")
                        break
            if block.kind in OUTPUT and (previous is None or previous.kind not in ("sh", "python")):
                self.wrong.append(f"{block.place}: an output without commands above it")
            if block.reason is not None and block.kind in ("sh", "python"):
                self.reasons += 1
                fault = self.elsewhere.wrong(block)
                if fault:
                    self.wrong.append(fault)
            previous = block
        for place, line in self.page.prose:
            fault = self.elsewhere.prose(line)
            if fault:
                self.wrong.append(f"{place}: {fault}")

    def run(self) -> None:
        try:
            self.check()
            if any(block.kind in ("sh", "python") and block.reason is None for block in self.page.blocks):
                self.execute()
        except (Failure, ValueError) as error:
            self.wrong.append(f"{self.page.name}: {error}")

    def execute(self) -> None:
        setting = documents.setting(self.page.name)
        folder = self.scratch / self.page.name.replace("/", "-")
        session = Session(self.trawl, folder, setting.simulate, setting.credentials, self.python)
        try:
            setup = documents.setup_file(self.page.name, ".sh")
            if setup:
                session.source(setup)
            blocks = self.page.blocks
            for number, block in enumerate(blocks):
                after = blocks[number + 1] if number + 1 < len(blocks) else None
                expected = after if after is not None and after.kind in OUTPUT else None
                if block.reason is None and block.kind in ("sh", "python"):
                    if not self.block(session, block, expected):
                        break  # what follows builds on it
            session.stop()
            if self.outputs < setting.outputs:
                self.wrong.append(f"{self.page.name}: {self.outputs} outputs were compared, not {setting.outputs}")
        finally:
            session.close()

    def block(self, session: Session, block, expected) -> bool:
        if block.kind == "python":
            script = session.home / "block.py"
            script.write_text(block.text)
            parts = [commands.Command(f"{session.python} {script}", block.place)]
        else:
            parts = commands.split(block)
        printed: list[str] = []
        for command in parts:
            self.commands += 1
            if command.serves:
                session.serve(command.text)
                continue
            wanted = documents.EXITS.get(self.page.name, {}).get(command.bare, command.exit)
            code, output, error = session.run(command.text)
            printed.append(output)
            if self.verbose:
                self.log.append(f"{command.place}: {command.text}\n{indented(output + error)}")
            if code != wanted:
                self.wrong.append(
                    f"{command.place}: ended {code}, not {wanted}: {command.text}\n{indented(output + error)}")
                return False
            if expected is not None and error and not REPORTS.search(command.text):
                self.wrong.append(f"{command.place}: on standard error: {command.text}\n{indented(error)}")
        if expected is not None:
            self.outputs += 1
            like = expected.kind == "text like"
            if not any(compare.same(expected.text, text, like) for text in ("".join(printed), printed[-1])):
                self.wrong.append(
                    f"{expected.place}: this is not what was printed:\n"
                    + indented(compare.difference(expected.text, "".join(printed))))
        return True


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines()).rstrip("\n")
