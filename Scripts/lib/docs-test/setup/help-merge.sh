# A year that workers have fetched, and a month that was stopped on its way.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
trawl plan --from 2023-01-01 --to 2024-01-01 --shard 7d --out "$DOCS_MOUNT/2023" --redis "$DOCS_REDIS" --quiet >/dev/null
trawl worker --redis "$DOCS_REDIS" --until-idle --quiet
january --max-requests 10
[ "$ended" = 6 ]
