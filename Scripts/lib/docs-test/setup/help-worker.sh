# A planned month; its run has another id here than in the help page.
# shellcheck shell=bash
trawl plan --from 2024-01-01 --to 2024-02-01 --out january --redis "$DOCS_REDIS" --quiet >/dev/null
printf '20240101-20240201-k3x9q2\t%s\n' "$(jq -r .run january/plan.json)" >"$DOCS_SUBSTITUTIONS"
