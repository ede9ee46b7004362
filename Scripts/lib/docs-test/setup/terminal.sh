# A `trawl run` at work on ./january, of which one day was refused.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
trawl run --from 2024-01-01 --to 2024-02-01 --out january --rate 2/1s --quiet &
await is_dead january 20240103
