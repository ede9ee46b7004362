"""Prints one row: how much of the quota each whole window after the first used."""
import json
import sys

path, mode, workers, limit = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
stats = json.load(open(path))
windows = sorted(stats["windows"], key=lambda window: window["start"])
# The first window holds the start-up, the last one is cut off by the deadline.
whole = windows[1:-1]
use = [100 * window["admitted"] / limit for window in whole]
refused = sum(window["refused"] for window in windows)
print(f"{mode:<10} {workers:<8} {stats['apiRequests']:<10} {refused:<8} "
      + (f"mean {sum(use) / len(use):.1f} %, least {min(use):.1f} %, most {max(use):.1f} % ({len(use)} windows)" if use else "no whole window"))
