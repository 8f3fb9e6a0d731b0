#!/bin/sh
# Every member of what `info`, `convert` and `merge` print with --json stands in the documentation.
#   json_members.sh PROGRAM PAGE
# Exit status: 0 all, 1 some do not.
set -eu

program=$1
page=$2
tools=$(cd "$(dirname "$0")/tools" && pwd)
command -v jq >/dev/null || {
  echo "SKIP cli-needs-jq: json_members"
  exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
"$tools/make_pcap" a.pcap udp53 tcp443
echo none >none.pcap
"$program" convert a.pcap -o a.pcapng --json -q >convert.json
"$program" merge a.pcap a.pcapng -o b.snoop --to snoop --json -q >merge.json 2>messages
"$program" info a.pcap a.pcapng none.pcap --json >info.json 2>messages || [ $? -eq 3 ]
# What these three hold has names of its own: facts of a format, what a format lacks, link types.
jq -r 'paths | map(select(type == "string")) | . as $path | range(length) as $i
  | select($path[:$i] | any(. == "facts" or . == "not_held" or . == "unfiltered") | not) | $path[$i]' \
  convert.json merge.json info.json | sort -u >members
[ "$(wc -l <members)" -gt 60 ]
lacking=0
while IFS= read -r member; do
  grep -Fq "\`$member\`" "$page" && continue
  echo "$page: lacks the member $member"
  lacking=1
done <members
exit $lacking
