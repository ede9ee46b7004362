# A complete run.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
january
