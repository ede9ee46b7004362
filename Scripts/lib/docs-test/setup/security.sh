# A `trawl run` at work on ./week, and the secret in $SECRET.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
SECRET=$GENESYSCLOUD_OAUTHCLIENT_SECRET
trawl run --from 2024-01-01 --to 2024-02-01 --shard 1h --out week --rate 4/1s --quiet &
await some_parts week
# What else runs on this machine is no part of the document, and may end while it is looked at: only the processes of
# this session, and their children that have one of their own.
here=$(ps -o sid= -p $$)
pgrep() {
    local pid parent
    for pid in $(command pgrep "$@"); do
        parent=$(ps -o ppid= -p "$pid" 2>/dev/null)
        case $here in "$(ps -o sid= -p "$pid" 2>/dev/null)" | "$(ps -o sid= -p "${parent// /}" 2>/dev/null)") echo "$pid" ;; esac
    done
}
