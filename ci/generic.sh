#!/bin/sh
# A gate for any build service: layout, lints, tests, proofs, what a change means, and the decision on evidence.
#
#   POLICY=acme.policy BASE=origin/main sh generic.sh evidence/acme-7b.yaml logs/cybench.eval
#
# POLICY    the policy, a path from the root of the repository, which is the folder this runs in
# BASE      the branch that a change is to be merged into; without it nothing is compared
# FAIL_ON   what a comparison refuses: unapproved (default), looser, stricter or nothing
# ACTIONS   the actions to decide, separated by spaces; all when none is named
# AS_OF     the day to decide as of; today (UTC) without it
# REPORTS   a folder for the reports: tests.xml, difference.md, decision.json
#
# Whatever is named behind it is evidence; without evidence nothing is decided. Everything is run, also after a failure,
# and the exit status is the gravest of all: 0 when nothing refuses, 2 when something could not be judged, else 1 or 3.
set -u

: "${POLICY:?name the policy, POLICY=acme.policy}"
BASE=${BASE:-} FAIL_ON=${FAIL_ON:-unapproved} ACTIONS=${ACTIONS:-} REPORTS=${REPORTS:-}
AS_OF=${AS_OF:-$(date -u +%Y-%m-%d)}
gravest=0

# what a command ended with, kept when it is graver than all before: 2, then 1, then 3
ended() {
  echo "-- $1: exit $2"
  case "$gravest,$2" in
    *,0 | 2,* | 1,3) ;;
    *,1 | *,3) gravest=$2 ;;
    *) gravest=2 ;;
  esac
}

tests=${POLICY%.md}
tests=${tests%.policy}.test.policy
if [ -e "$tests" ]; then policyc fmt --check -- "$POLICY" "$tests"; else policyc fmt --check -- "$POLICY"; fi
ended layout $?

policyc lint -- "$POLICY"
ended lints $?

policyc test -- "$POLICY"
ended tests $?
if [ -n "$REPORTS" ]; then
  mkdir -p "$REPORTS" && policyc test --format junit -- "$POLICY" > "$REPORTS/tests.xml"
fi

policyc prove --if-any -- "$POLICY"
ended proofs $?

compare() {
  case "$FAIL_ON" in
    unapproved) set -- --enforce ;;
    looser | stricter) set -- --fail-on "$FAIL_ON" ;;
    nothing) set -- ;;
    *) echo "FAIL_ON is unapproved, looser, stricter or nothing" >&2; return 2 ;;
  esac
  began=$(git merge-base "$BASE" HEAD) || { echo "where this change began is not in the clone: fetch all of it" >&2; return 2; }
  names=$(git ls-tree -r --name-only "$began") || return 2
  if ! printf '%s\n' "$names" | grep -Ec '\.policy(\.md)?"?$' > /dev/null; then
    echo "The first policy of this repository: there is nothing to compare it with."
    return 0
  fi
  if [ -n "$REPORTS" ]; then policyc diff "$@" --format markdown -- "$began:$POLICY" "$POLICY" > "$REPORTS/difference.md"; fi
  policyc diff "$@" -- "$began:$POLICY" "$POLICY"
}
if [ -n "$BASE" ]; then
  compare
  ended comparison $?
fi

if [ $# -gt 0 ]; then
  set -- --alone --as-of "$AS_OF" -- "$POLICY" "$@"
  for action in $ACTIONS; do set -- --for "$action" "$@"; done
  if [ -n "$REPORTS" ]; then policyc check --format json "$@" > "$REPORTS/decision.json"; fi
  policyc check "$@"
  ended decision $?
fi
exit "$gravest"
