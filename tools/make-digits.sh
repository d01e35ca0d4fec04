#!/usr/bin/env bash
# Makes data/digits/digits.csv.gz from the copy that scikit-learn carries (Debian: python3-sklearn), and checks it.
# Usage: tools/make-digits.sh [DIGITS.CSV.GZ]
# The rows are those of the UCI file, in its order; only the compression is done again, without a time stamp, so that
# the result is the same bytes whenever it is made with the same gzip.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

target=data/digits/digits.csv.gz
source_file=${1:-}
if [ -z "$source_file" ]; then
  source_file=$(dpkg -L python3-sklearn python3-sklearn-lib 2>/dev/null | grep '/digits\.csv\.gz$' | head -n 1 || true)
  if [ -z "$source_file" ]; then
    echo 'make-digits: no digits.csv.gz found: install python3-sklearn, or give the path of the file' >&2
    exit 1
  fi
fi

rows=$(mktemp)
trap 'rm -f "$rows"' EXIT
gzip -dc "$source_file" | tr -d '\r' >"$rows"

# 64 pixels of 0 to 16 and a label of 0 to 9 in each of 1,797 rows.
awk -F, '
  NF != 65 { print "make-digits: row " NR " has " NF " columns, not 65" > "/dev/stderr"; exit 1 }
  { for (i = 1; i <= 64; i++) if ($i !~ /^[0-9]+$/ || $i > 16) { print "make-digits: row " NR ", column " i ": " $i > "/dev/stderr"; exit 1 } }
  $65 !~ /^[0-9]$/ { print "make-digits: row " NR ": label " $65 > "/dev/stderr"; exit 1 }
  END { if (NR != 1797) { print "make-digits: " NR " rows, not 1797" > "/dev/stderr"; exit 1 } }
' "$rows"

gzip -9nc "$rows" >"$target.new"
mv "$target.new" "$target"
printf '%s: 1797 rows, %d bytes, sha256 of the rows %s\n' "$target" "$(wc -c <"$target")" "$(sha256sum "$rows" | cut -d' ' -f1)"
