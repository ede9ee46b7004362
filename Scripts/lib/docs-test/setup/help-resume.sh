# A paused `trawl run` on ./january, and a year that was cancelled.
# shellcheck shell=bash
. "$DOCS_SETUP/at-work.sh"
trawl pause january
trawl cancel "$DOCS_MOUNT/2023" --redis "$DOCS_REDIS"
