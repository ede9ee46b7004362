# A year that workers are fetching, of which one day was refused.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
standing_year history
await is_dead history 20230101
