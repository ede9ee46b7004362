"""One line for each thing that was checked, as it happens."""
import sys
import time

from machine import Failed


class Report:
    def __init__(self):
        self._begin = time.monotonic()
        self.checks = 0

    def section(self, title: str) -> None:
        print(f"== {title} ({time.monotonic() - self._begin:.0f} s)", flush=True)

    def ok(self, what: str, figure: str = "") -> None:
        self.checks += 1
        print(f"   ok  {what}{': ' + figure if figure else ''}", flush=True)

    def expect(self, holds: bool, what: str, figure: str = "") -> None:
        if not holds:
            raise Failed(f"not so: {what}{': ' + figure if figure else ''}")
        self.ok(what, figure)

    def end(self, script: str) -> None:
        print(f"{script}: {self.checks} checks passed in {time.monotonic() - self._begin:.0f} s", flush=True)


def complain(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
