#!/usr/bin/env bash
# Makes data/iris/iris.csv from the copy that scikit-learn carries (Debian: python3-sklearn), and checks it.
# Usage: tools/make-iris.sh [IRIS.CSV]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=data/iris/iris.csv
source_file=${1:-}
if [ -z "$source_file" ]; then
  source_file=$(dpkg -L python3-sklearn 2>/dev/null | grep '/datasets/data/iris\.csv$' | head -n 1 || true)
  if [ -z "$source_file" ]; then
    echo 'make-iris: no iris.csv found: install python3-sklearn, or give the path of the file' >&2
    exit 1
  fi
fi

{
  echo 'sepal length,sepal width,petal length,petal width,species'
  tail -n +2 "$source_file" | tr -d '\r'
} >"$target.new"

# Four measures below 10 cm and a species of 0 to 2 in each of 150 rows, 50 of each species.
awk -F, '
  NR == 1 { next }
  NF != 5 { print "make-iris: line " NR " has " NF " columns, not 5" > "/dev/stderr"; exit 1 }
  { for (i = 1; i <= 4; i++) if ($i !~ /^[0-9]\.[0-9]$/) { print "make-iris: line " NR ", column " i ": " $i > "/dev/stderr"; exit 1 } }
  $5 !~ /^[012]$/ { print "make-iris: line " NR ": species " $5 > "/dev/stderr"; exit 1 }
  { count[$5]++ }
  END { for (s = 0; s <= 2; s++) if (count[s] != 50) { print "make-iris: " count[s] " rows of species " s ", not 50" > "/dev/stderr"; exit 1 } }
' "$target.new"

mv "$target.new" "$target"
printf '%s: 150 rows, sha256 %s\n' "$target" "$(sha256sum "$target" | cut -d' ' -f1)"
