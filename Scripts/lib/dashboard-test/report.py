"""One line per check, and how many passed."""

import sys
import time
import traceback


class Report:
    def __init__(self):
        self.passed = self.failed = 0
        self.begin = time.monotonic()
        #: Called with the name of a check that failed, to keep what there is to be seen.
        self.on_failure = lambda name: None

    def check(self, name, condition, found=None):
        """A check whose condition holds, or not; then what was found is shown."""
        if condition:
            self.passed += 1
            print(f"ok    {name}", flush=True)
            return
        self.failed += 1
        print(f"FAIL  {name}" + ("" if found is None else f"\n      found: {found!r}"[:600]), flush=True)
        self.on_failure(name)

    def eventually(self, name, probe, wanted=True, seconds=30):
        """Passes when the probe gives what is wanted in time."""
        end = time.monotonic() + seconds
        while True:
            value = probe()
            if (wanted(value) if callable(wanted) else value == wanted) or time.monotonic() > end:
                break
            time.sleep(0.1)
        self.check(name, wanted(value) if callable(wanted) else value == wanted, value)

    def section(self, title, body, *arguments):
        """Checks that belong together; an exception is a failed check and ends only this section."""
        print(f"== {title}", flush=True)
        try:
            body(self, *arguments)
        except Exception:
            traceback.print_exc(file=sys.stdout)
            self.check(f"{title}: runs to its end", False)

    def summary(self):
        print(f"{self.passed} passed, {self.failed} failed, {time.monotonic() - self.begin:.0f} s", flush=True)
        return 1 if self.failed or not self.passed else 0
