#!/usr/bin/env bash
# Lines of C# and F# by project: files, all lines, and lines that hold code (neither blank nor comment).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

git ls-files -z -- '*.cs' '*.fs' | xargs -0 -r awk '
  FNR == 1 {
    count = split(FILENAME, part, "/")
    project = count > 2 ? part[1] "/" part[2] : part[1]
    files[project]++
  }
  { lines[project]++ }
  !/^[ \t]*($|\/\/|\(\*.*\*\)[ \t]*$)/ { code[project]++ }
  END { for (project in files) print project, files[project], lines[project], code[project] }
' | LC_ALL=C sort | awk '
  BEGIN { printf "%-34s %6s %8s %8s\n", "project", "files", "lines", "code" }
  { printf "%-34s %6d %8d %8d\n", $1, $2, $3, $4; files += $2; lines += $3; code += $4 }
  END { printf "%-34s %6d %8d %8d\n", "total", files, lines, code }
'
