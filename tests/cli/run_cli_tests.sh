#!/bin/sh
# Runs the real program the way a person does, and compares what comes out.
#
#   run_cli_tests.sh PROGRAM FILE.test [TOOL…]
#
# A TOOL is a program that the blocks may call, as those in tools/.
# A test file is a list of blocks; lines that do not begin with one of these words are comments:
#   # FILE: NAME        makes a file before anything runs; its lines follow as "#| text"
#   # RUN: COMMAND      begins a block: run by sh in a folder of its own that all blocks of the file share
#   # NEEDS: WORD…      leaves the block out, with a line "SKIP cli-needs-WORD: …", unless all are there: root, a file
#                     with its full path, or a program
#   # EXIT: N           exit status; 0 when absent
#   # OUT: TEXT         the lines of stdout, in full and in order        # ERR: TEXT      the same for stderr
#   # OUT-HAS: TEXT     some line of stdout holds this                   # ERR-HAS: TEXT
#   # OUT-NOT: TEXT     no line of stdout holds this                     # ERR-NOT: TEXT
#   # OUT-ANY:          stdout may be anything                           # ERR-ANY:
#   # JSON: FILTER      stdout is one JSON document for which jq's FILTER is true
# TEXT is literal but for {{extended regular expressions}}. A stream that no line speaks of must be empty.
# Exit status: 0 all blocks as expected, 1 some not, 2 the test file is wrong.
set -u

if [ $# -lt 2 ] || [ ! -x "$1" ] || [ ! -r "$2" ]; then
  echo "usage: run_cli_tests.sh PROGRAM FILE.test [TOOL…]" >&2
  exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
test_file=$2
name=$(basename "$test_file")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$work"
mkdir "$work/bin" "$work/blocks" "$work/home" "$work/here"
# A copy, because another user may not look into the build folder.
cp "$1" "$work/bin/anchoko"
chmod 755 "$work/bin/anchoko" "$work/here"
shift 2
cp "$here"/tools/* "$@" "$work/bin/"

# Splits the file: blocks/N.run, .needs, .expect (with line numbers); and writes its files.
awk -v blocks="$work/blocks" -v here="$work/here" '
  function wrong(what) { print FILENAME ":" FNR ": " what > "/dev/stderr"; bad = 1; exit 2 }
  function need_block() { if (n == 0) wrong("no RUN line stands before this") }
  /^# FILE: / { file = here "/" substr($0, 9); printf "" > file; next }
  /^#\|/ { if (file == "") wrong("no FILE line stands before this"); text = substr($0, 3); sub(/^ /, "", text); print text > file; next }
  { if (file != "") close(file); file = "" }
  /^# RUN: / { n++; print substr($0, 8) > (blocks "/" n ".run"); print FNR > (blocks "/" n ".line"); printf "" > (blocks "/" n ".expect"); next }
  /^# NEEDS: / { need_block(); print substr($0, 10) > (blocks "/" n ".needs"); next }
  /^# (EXIT|OUT|ERR|OUT-HAS|ERR-HAS|OUT-NOT|ERR-NOT|OUT-ANY|ERR-ANY|JSON):/ {
    need_block()
    word = $2; text = $0; sub(/^# [A-Z-]+: ?/, "", text); sub(/:$/, "", word)
    print FNR "\t" word "\t" text > (blocks "/" n ".expect"); next
  }
  /^# [A-Z][A-Z-]*:/ { wrong("unknown word " $2) }
  END { if (!bad) print n + 0 > (blocks "/count") }
' "$test_file" || exit 2
count=$(cat "$work/blocks/count")
if [ "$count" -eq 0 ]; then
  echo "$test_file: no RUN line" >&2
  exit 2
fi

# One stream against its lines. Variables: stream, prefix (OUT or ERR).
compare() {
  awk -v prefix="$2" -v place="$test_file" -v stream_file="$3" '
    # Text with {{regex}} parts to one extended regular expression.
    function pattern(text,   result, at, end) {
      result = ""
      while ((at = index(text, "{{")) > 0) {
        end = index(substr(text, at), "}}")
        if (end == 0) break
        result = result literal(substr(text, 1, at - 1)) "(" substr(text, at + 2, end - 3) ")"
        text = substr(text, at + end + 1)
      }
      return result literal(text)
    }
    function literal(text,   result, i, c) {
      result = ""
      for (i = 1; i <= length(text); i++) {
        c = substr(text, i, 1)
        if (index("\\^$.[]|()*+?{}", c) > 0) c = (c == "\\" || c == "^") ? "\\" c : "[" c "]"
        result = result c
      }
      return result
    }
    function report(line, what) { print place ":" line ": " what; bad = 1 }
    BEGIN { while ((getline line < stream_file) > 0) lines[++count] = line }
    {
      split($0, field, "\t"); word = field[2]; text = $0; sub(/^[0-9]+\t[A-Z-]+\t/, "", text)
      if (word == prefix) { wanted[++wants] = text; where[wants] = field[1] }
      else if (word == prefix "-ANY" || (prefix == "OUT" && word == "JSON")) loose = 1
      else if (word == prefix "-HAS" || word == prefix "-NOT") {
        loose = 1; found = 0
        for (i = 1; i <= count; i++) if (lines[i] ~ pattern(text)) found = 1
        if (word == prefix "-HAS" && !found) report(field[1], "no line of std" tolower(prefix) " holds: " text)
        if (word == prefix "-NOT" && found) report(field[1], "a line of std" tolower(prefix) " holds: " text)
      }
    }
    END {
      if (wants > 0 || !loose) {
        for (i = 1; i <= wants || i <= count; i++) {
          if (i > wants) { report(wants ? where[wants] : FNR, "unexpected line of std" tolower(prefix) ": " lines[i]); break }
          if (i > count) { report(where[i], "std" tolower(prefix) " ends before: " wanted[i]); break }
          if (lines[i] !~ ("^" pattern(wanted[i]) "$")) {
            report(where[i], "std" tolower(prefix) " line " i " is: " lines[i] "\n  expected: " wanted[i]); break
          }
        }
      }
      exit bad
    }' "$1"
}

met() {
  case $1 in
    root) [ "$(id -u)" -eq 0 ] ;;
    /*) [ -e "$1" ] ;;
    *) PATH=$work/bin:$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null 2>&1 ;;
  esac
}

failed=0
skipped=0
i=0
while [ $i -lt "$count" ]; do
  i=$((i + 1))
  block=$work/blocks/$i
  line=$(cat "$block.line")
  missing=
  if [ -f "$block.needs" ]; then
    read -r needs <"$block.needs"
    for word in $needs; do met "$word" || missing=${missing:-$word}; done
  fi
  if grep -q "$(printf '\tJSON\t')" "$block.expect"; then met jq || missing=${missing:-jq}; fi
  if [ -n "$missing" ]; then
    echo "SKIP cli-needs-$missing: $name:$line"
    skipped=$((skipped + 1))
    continue
  fi
  status=0
  (
    cd "$work/here" || exit 99
    unset NO_COLOR XDG_CONFIG_HOME XDG_STATE_HOME COLUMNS
    export HOME="$work/home" PATH="$work/bin:$PATH:/usr/sbin:/sbin" LC_ALL=C.UTF-8 TERM=xterm TZ=UTC
    exec sh "$block.run"
  ) >"$work/out" 2>"$work/err" </dev/null || status=$?
  expected=$(awk -F '\t' '$2 == "EXIT" { print $3 }' "$block.expect")
  good=1
  if [ "$status" -ne "${expected:-0}" ]; then
    echo "$test_file:$line: exit status $status, expected ${expected:-0}"
    good=0
  fi
  compare "$block.expect" OUT "$work/out" || good=0
  compare "$block.expect" ERR "$work/err" || good=0
  awk -F '\t' '$2 == "JSON" { sub(/^[0-9]+\t[A-Z]+\t/, ""); print }' "$block.expect" >"$work/json"
  while IFS= read -r filter; do
    if ! jq -e -s "length == 1 and (.[0] | $filter)" "$work/out" >"$work/jq" 2>&1; then
      echo "$test_file:$line: not one JSON document for which this is true: $filter"
      sed 's/^/  jq: /' "$work/jq"
      good=0
    fi
  done <"$work/json"
  if [ $good -eq 0 ]; then
    failed=$((failed + 1))
    sed 's/^/  ran: /' "$block.run"
    sed 's/^/  stdout| /' "$work/out" | head -n 60
    sed 's/^/  stderr| /' "$work/err" | head -n 60
  fi
done

echo "$name: $((count - failed - skipped)) passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ]
