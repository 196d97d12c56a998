#!/bin/sh
# Prime Day from files to numbers: run.sh [people] [seed]. Needs gyre and gyre-sim in PATH and a server:
#   gyre serve --data ./data
# What each step is about: docs/guides/prime-day.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$(mktemp -d)
trap 'rm -r "$out"' EXIT

gyre apply "$here"
gyre-sim prime-day --people "${1:-3000}" --seed "${2:-1}" --out "$out"
for file in contacts.csv assets.csv enrollments.csv sends.csv responses.jsonl orders.jsonl receipts.csv spend.csv; do
  gyre import "$out/$file" --mapping "prime_${file%.*}"
done

echo "== planted"
cat "$out/truth.json"
echo
echo "== found"
gyre tracking-plan show
gyre query "select origin, code, count(*) as letters from dead_letters group by 1, 2 order by 1, 2"
gyre metrics query prime_deliveries prime_reach prime_ctr prime_conversion --by variant --period 2025-07
gyre metrics query orders revenue cltv --by source --period 2025-07
gyre metrics query ad_spend --by channel --period 2025-07
gyre campaign show prime_day
