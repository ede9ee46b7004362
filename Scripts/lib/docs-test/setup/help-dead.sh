# A run of which the first day was refused.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
january
[ "$ended" = 3 ]
