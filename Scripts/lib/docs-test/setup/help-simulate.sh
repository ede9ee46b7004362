# The script of a bad day.
# shellcheck shell=bash
cp "$DOCS_SETUP/storm.json" .
