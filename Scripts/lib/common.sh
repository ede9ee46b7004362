# Shared by the scripts that run the product: where the binary is, and processes that end with the script.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
trawl=${TRAWL_BINARY:-$root/.build/release/trawl}
export GENESYSCLOUD_OAUTHCLIENT_ID=simulator GENESYSCLOUD_OAUTHCLIENT_SECRET=simulator-secret

children=()
scratch=$(mktemp -d)
cleanup() {
    for child in "${children[@]:-}"; do
        [ -z "$child" ] || kill -9 "$child" 2>/dev/null || true
    done
    wait 2>/dev/null || true
    [ -n "${KEEP_SCRATCH:-}" ] || rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# start_simulator ARGUMENTS…: starts one on a free port and sets $url to its address and $simulator to its process.
start_simulator() {
    local output="$scratch/simulator.$RANDOM"
    "$trawl" simulate --port 0 "$@" >"$output" 2>&1 &
    simulator=$!
    children+=("$simulator")
    until grep -q 'http://' "$output" 2>/dev/null; do
        kill -0 "$simulator" 2>/dev/null || { cat "$output" >&2; exit 1; }
        sleep 0.05
    done
    url=$(grep -o 'http://[0-9.:]*' "$output" | head -1)
}

stop_simulator() {
    kill -9 "$simulator" 2>/dev/null || true
    wait "$simulator" 2>/dev/null || true
}

# tree_hash STORE: one hash over every merged file, name and content.
tree_hash() {
    (cd "$1" && find merged -type f | LC_ALL=C sort | xargs sha256sum | sha256sum | cut -c1-16)
}

# content_hash STORE: the hash of the merged lines, in order.
content_hash() {
    (cd "$1" && find merged -type f | LC_ALL=C sort | xargs zstd -dcq | sha256sum | cut -c1-16)
}

truth_hash() {
    curl -sf "$url/truth" | sha256sum | cut -c1-16
}
