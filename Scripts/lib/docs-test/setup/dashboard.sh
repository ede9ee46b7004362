# A `trawl run` at work on ./january, workers on a year whose run is called RUN, and a token that is not asked for yet.
# shellcheck shell=bash
. "$DOCS_SETUP/at-work.sh"
export TRAWL_DASHBOARD_TOKEN=a-token-for-this-test
printf '/api/runs/RUN/\t/api/runs/%s/\n' "$(jq -r .run "$DOCS_MOUNT/2023/plan.json")" >"$DOCS_SUBSTITUTIONS"
