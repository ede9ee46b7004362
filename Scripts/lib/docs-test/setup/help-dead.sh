# A run of which the first day was refused.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
january
[ "$ended" = 3 ]
# The examples are alternatives, and `retry` leaves nothing dead: the next run fails again.
before() { case $1 in *'dead skip'*) january ;; esac; }
