"""Runs a command and prints its largest resident memory in MB and its wall seconds, then passes on its exit code."""
import os
import sys
import time

begin = time.monotonic()
process = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)])
_, status, usage = os.wait4(process, 0)
print(f"{usage.ru_maxrss * 1024 / 1e6:.0f} MB, {time.monotonic() - begin:.1f} s")
sys.exit(os.waitstatus_to_exitcode(status))
