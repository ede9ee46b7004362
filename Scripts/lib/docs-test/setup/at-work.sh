# A `trawl run` at work on ./january, and workers on a year.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
trawl run --from 2024-01-01 --to 2024-02-01 --shard 1h --out january --rate 4/1s --quiet &
standing_year "$DOCS_MOUNT/2023"
await some_parts january
