# Workers on a year, whose run has another id here than in the pages, and a `trawl run` on ./january that is soon done.
# shellcheck shell=bash
. "$DOCS_SETUP/lib.sh"
standing_year "$DOCS_MOUNT/2023" 2/1s
printf '20230101-20240101-k3x9q2\t%s\n' "$(jq -r .run "$DOCS_MOUNT/2023/plan.json")" >"$DOCS_SUBSTITUTIONS"
trawl run --from 2024-01-01 --to 2024-02-01 --out january --rate 4/1s --quiet &
await some_parts january
