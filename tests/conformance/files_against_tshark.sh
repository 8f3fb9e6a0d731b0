#!/bin/sh
# Every capture of the corpus, converted, holds the packets of its original; the judges are libpcap and Wireshark.
#   files_against_tshark.sh ANCHOKO
# The corpus is $ANCHOKO_CORPUS, or ../shared/captures beside the source folder.
# 1. libpcap, file by file: what `tcpdump -w` writes from the conversion is, byte for byte, what it writes from the original.
# 2. Wireshark, all at once: tshark lists the same times, lengths, link types and digests for originals and conversions,
#    merged in one order.
# 3. Files cut short: the packets are those that libpcap still reads, and the exit status is 3.
set -u
LC_ALL=C
export LC_ALL
anchoko=$1
here=$(cd "$(dirname "$0")" && pwd) || exit 1
corpus=${ANCHOKO_CORPUS:-$here/../../../shared/captures}/pcap

if [ ! -d "$corpus" ]; then
  echo "SKIP corpus-absent"
  exit 77
fi
for tool in tcpdump mergecap tshark capinfos; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIP wireshark-absent"
    exit 77
  fi
done
case $anchoko in /*) ;; *) anchoko=$PWD/$anchoko ;; esac
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
mkdir "$work/converted"
failures=0
complain() {
  echo "FAIL $*"
  failures=$((failures + 1))
}

# A 32-bit little-endian number at an offset of a file.
number_at() { od -An -tu4 -N4 -j"$2" "$1" | tr -d ' '; }

convert() { # IN OUT -> exit status
  "$anchoko" convert "$1" -o "$2" --force --verify >"$work/messages" 2>&1
}

# libpcap reads records longer than the snap length of a pcap file cut; the conversion keeps them whole, which only
# Wireshark can judge. It also keeps meaningless bits of the link type field, which pcapng has no place for.
judge_by_libpcap() { # NAME ORIGINAL CONVERTED
  tcpdump -r "$2" --nano -w "$work/original" 2>/dev/null
  tcpdump -r "$3" --nano -w "$work/conversion" 2>/dev/null
  if cmp -s "$work/original" "$work/conversion"; then
    by_libpcap=$((by_libpcap + 1))
  elif [ "$(number_at "$work/original" 16)" != "$(number_at "$work/conversion" 16)" ]; then
    lifted=$((lifted + 1))
  else
    for one in original conversion; do tail -c +25 "$work/$one" >"$work/$one.records"; done
    if cmp -s "$work/original.records" "$work/conversion.records"; then
      by_libpcap=$((by_libpcap + 1))
    else
      complain "$1: libpcap reads other packets from the conversion"
    fi
  fi
}

list_packets() { # merged file, list
  tshark -r "$1" --disable-protocol ALL -o frame.generate_md5_hash:TRUE -T fields -e frame.time_epoch -e frame.cap_len \
    -e frame.len -e frame.encap_type -e frame.md5_hash -e frame.comment >"$2" 2>/dev/null
}

total=0
by_libpcap=0
lifted=0
cd "$corpus" || exit 1
# Wireshark does not know every link type.
capinfos -M -c -- * 2>&1 >/dev/null | sed -n 's/.*The file "\(.*\)" contains record data that.*/\1/p' >"$work/unknown"
set --
for file in *; do
  total=$((total + 1))
  convert "$file" "$work/converted/$file"
  status=$?
  if [ "$status" != 0 ]; then
    complain "$file: exit status $status: $(tail -1 "$work/messages")"
    continue
  fi
  # Its fractions exceed a second; libpcap and Wireshark both take them for negative numbers, a unit test has the sum.
  [ "$file" = timestamp_invalid_nano.pcap ] && continue
  judge_by_libpcap "$file" "$file" "$work/converted/$file"
  grep -qxF "$file" "$work/unknown" || set -- "$@" "$file"
done
mergecap -a -F pcapng -w "$work/originals.pcapng" -- "$@" || complain "mergecap cannot read the originals"
(cd "$work/converted" && mergecap -a -F pcapng -w "$work/conversions.pcapng" -- "$@") ||
  complain "mergecap cannot read the conversions"
list_packets "$work/originals.pcapng" "$work/originals"
list_packets "$work/conversions.pcapng" "$work/conversions"
packets=$(wc -l <"$work/originals")
[ "$packets" -gt 1000 ] || complain "tshark lists $packets packets only"
if ! cmp -s "$work/originals" "$work/conversions"; then
  complain "tshark lists other packets for the conversions:"
  diff "$work/originals" "$work/conversions" | cut -f1-4 | head -10
fi

# Every eleventh file and every pcapng cut in three places; libpcap reads what is whole.
cuts=0
count=0
for file in *; do
  count=$((count + 1))
  [ $((count % 11)) = 0 ] || [ "${file##*.}" = pcapng ] || continue
  [ "$file" = timestamp_invalid_nano.pcap ] && continue
  size=$(wc -c <"$file")
  for part in 2 6 9; do
    head -c $((size * part / 10)) "$file" >"$work/cut"
    rm -f "$work/expected"
    tcpdump -r "$work/cut" --nano -w "$work/expected" 2>"$work/judge"
    grep -q truncated "$work/judge" || continue # cut between two records
    cuts=$((cuts + 1))
    convert "$work/cut" "$work/cut.pcapng"
    status=$?
    if [ ! -e "$work/expected" ]; then # libpcap refuses the file: cut before the first interface is known
      [ "$status" = 1 ] || [ "$status" = 3 ] || complain "$file cut to $part tenths: exit status $status"
      continue
    fi
    [ "$status" = 3 ] || complain "$file cut to $part tenths: exit status $status instead of 3"
    tcpdump -r "$work/cut.pcapng" --nano -w "$work/got" 2>/dev/null
    for one in expected got; do tail -c +25 "$work/$one" >"$work/$one.records"; done
    [ "$(number_at "$work/expected" 16)" != "$(number_at "$work/got" 16)" ] ||
      cmp -s "$work/expected.records" "$work/got.records" || complain "$file cut to $part tenths: other packets"
  done
done
[ "$cuts" -gt 20 ] || complain "only $cuts cut files were judged"

echo "$total files; $by_libpcap equal under libpcap, $lifted with records beyond their snap length left to Wireshark;" \
  "$packets packets of $# files compared under tshark; $cuts cut files; $failures failures"
[ "$failures" = 0 ]
