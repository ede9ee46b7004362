# What the setup scripts of several documents share.
# shellcheck shell=bash

# Waits until a command succeeds, for a minute at most.
await() {
    local end=$((SECONDS + 60))
    until "$@"; do
        [ $SECONDS -lt $end ] || { echo "never: $*" >&2; return 1; }
        sleep 0.1
    done
}

# A finished run of January in ./january, with its exit code in $ended.
january() {
    ended=0
    trawl run --from 2024-01-01 --to 2024-02-01 --out january --quiet "$@" >/dev/null || ended=$?
}

# The year 2023 planned on the documents' Redis, as on several machines, and a worker at work on it that takes its time.
standing_year() {
    mkdir -p "$1"
    trawl plan --from 2023-01-01 --to 2024-01-01 --out "$1" --redis "$DOCS_REDIS" --quiet >/dev/null
    trawl worker --redis "$DOCS_REDIS" --rate "${2:-4/1s}" --quiet &
    await some_parts "$1"
}

some_parts() { [ -n "$(ls "$1/parts" 2>/dev/null)" ]; }
is_dead() { trawl dead list "$1" 2>/dev/null | grep -q "$2"; }
