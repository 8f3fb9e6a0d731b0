#!/bin/sh
# Every nettl trace of the corpus, and traces that editcap makes of its pcap files, converted, hold the packets of their
# original; the judge is Wireshark.
#   nettl_against_tshark.sh ANCHOKO
# The corpus is $ANCHOKO_CORPUS, or ../shared/captures beside the source folder.
# 1. tshark lists the same times, lengths, digests and directions. Records without a packet, which it lists too, are set
#    aside; so are link types, which are nettl's own there.
# 2. Where all layers were traced, every packet has one id at all of them.
# 3. The files of a ring differ in their ids.
set -u
LC_ALL=C
export LC_ALL
anchoko=$1
here=$(cd "$(dirname "$0")" && pwd) || exit 1
corpus=${ANCHOKO_CORPUS:-$here/../../../shared/captures}

if [ ! -d "$corpus/nettl" ]; then
  echo "SKIP corpus-absent"
  exit 77
fi
for tool in tshark editcap; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIP wireshark-absent"
    exit 77
  fi
done
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failures=0
packets=0
files=0
complain() {
  echo "FAIL $*"
  failures=$((failures + 1))
}

list_packets() { # file, display filter, field of the direction
  tshark -r "$1" -Y "$2" -o frame.generate_md5_hash:TRUE -T fields -e frame.time_epoch -e frame.cap_len -e frame.len \
    -e frame.md5_hash -e "$3" 2>/dev/null
}

compare() { # name, trace
  files=$((files + 1))
  "$anchoko" convert "$2" -o "$work/$1.pcapng" --verify >"$work/messages" 2>&1 ||
    complain "$1: $(tail -1 "$work/messages")"
  list_packets "$2" 'nettl.kind & 0x30000000' nettl.kind | sed 's/0x20000000$/in/;s/0x10000000$/out/' >"$work/original"
  list_packets "$work/$1.pcapng" frame frame.packet_flags_direction |
    sed 's/0x00000001$/in/;s/0x00000002$/out/' >"$work/conversion"
  count=$(wc -l <"$work/original")
  packets=$((packets + count))
  [ "$count" -gt 0 ] || complain "$1: tshark lists no packets"
  cmp -s "$work/original" "$work/conversion" || {
    complain "$1: tshark lists other packets for the conversion:"
    diff "$work/original" "$work/conversion" | head -4
  }
}

ids() { tshark -r "$1" -T fields -e frame.packet_id 2>/dev/null; }

for trace in "$corpus"/nettl/*; do
  compare "${trace##*/}" "$trace"
done
made=0
for capture in "$corpus"/pcap/*.pcap; do
  [ "$made" -lt 20 ] || break
  [ "$(od -An -tu1 -N1 -j20 "$capture")" -eq 1 ] || continue # Ethernet
  editcap -F nettl "$capture" "$work/made.TRC000" 2>/dev/null || continue
  [ "$(wc -c <"$work/made.TRC000")" -gt 128 ] || continue
  compare "${capture##*/}" "$work/made.TRC000"
  made=$((made + 1))
done
[ "$made" = 20 ] || complain "editcap made only $made traces"

layers=$work/hpux11-all-layers.TRC000.pcapng
ids "$layers" | sort | uniq -c | awk '$1 != 2 { bad = 1 } END { exit bad || NR < 100 }' ||
  complain "not every packet of $(basename "$layers") has one id at both layers"
for part in "$work"/ring.TRC*.pcapng; do ids "$part"; done | sort | uniq -d | grep -q . &&
  complain "files of a ring share ids"

echo "$files traces, $packets packets compared under tshark; $failures failures"
[ "$failures" = 0 ]
