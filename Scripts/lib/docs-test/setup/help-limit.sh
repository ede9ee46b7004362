# Workers that use a limiter.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
standing_year history
