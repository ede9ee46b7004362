# A worker that tells how it is.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
trawl worker --redis "$DOCS_REDIS" --listen "$DOCS_WORKER" --quiet &
await curl -fs -o ready "http://127.0.0.1:$DOCS_WORKER/readyz"
