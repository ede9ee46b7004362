"""One line per check, and how many passed."""

import sys
import traceback


class Report:
    def __init__(self, hidden=()):
        self.passed = 0
        self.failed = 0
        self._hidden = hidden

    def check(self, name, faults):
        """Passes when `faults` is empty. Shows the first few otherwise."""
        faults = list(faults)
        if faults:
            self.failed += 1
            self._line(f"FAIL  {name}")
            for fault in faults[:5]:
                self._line(f"      {fault}")
            if len(faults) > 5:
                self._line(f"      and {len(faults) - 5} more")
        else:
            self.passed += 1
            self._line(f"ok    {name}")

    def note(self, text):
        self._line(f"      {text}")

    def section(self, title, body, *arguments):
        """Runs checks that belong together; an exception is a failed check and ends only this section."""
        self._line(f"== {title}")
        try:
            body(self, *arguments)
        except Exception:
            self.check(f"{title}: runs to its end", traceback.format_exc().strip().splitlines()[-6:])

    def summary(self):
        self._line(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed or not self.passed else 0

    def _line(self, text):
        for directory in self._hidden:
            text = text.replace(directory, "…")
        # A lone surrogate of an answer must not end the checks.
        print(text.encode("utf-8", "backslashreplace").decode("utf-8"), flush=True)


def unequal(what, found, expected):
    """A fault when two values differ."""
    return [] if found == expected else [f"{what}: {_brief(found)}, expected {_brief(expected)}"]


def _brief(value):
    text = repr(value)
    return text if len(text) <= 200 else text[:200] + "…"
