#!/bin/sh
# What the emulated nettl writes, Wireshark reads with the times, lengths and bytes of the packets that it was given.
#   emulated_nettl.sh ANCHOKO-LAB MAKE_CAPTURE
set -u
LC_ALL=C
export LC_ALL
lab=$1
make_capture=$2
for tool in tshark capinfos; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIP wireshark-absent"
    exit 77
  fi
done
work=$(mktemp -d) || exit 1
ANCHOKO_LAB_HOST=$work/host
export ANCHOKO_LAB_HOST
nettl() { "$lab" nettl "$@"; }
stop() {
  nettl -stop >/dev/null 2>&1
  rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM
mkdir "$ANCHOKO_LAB_HOST"
failures=0
complain() {
  echo "FAIL $*"
  failures=$((failures + 1))
}

host() { # release, more lines
  rm -rf "$ANCHOKO_LAB_HOST/state"
  cat >"$ANCHOKO_LAB_HOST/host.conf" <<END
os hpux
release $1
name hpux1
interface lan0 none0 02:00:00:00:00:01 192.0.2.1
packets $work/in.pcap
fact nettl-traceoff-flush at-once
$2
END
}

# While it writes, the daemon lives.
finished() {
  daemon=$(sed -n 's/^trace .* //p' "$ANCHOKO_LAB_HOST/state/nettl")
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$daemon" 2>/dev/null || return 0
    sleep 0.25
  done
  complain "the trace daemon does not end"
}

trace() { # name, words of -traceon …
  name=$1
  shift
  nettl -traceon pduin pduout -entity "$@" -file "$work/$name" || complain "$name: -traceon"
  nettl -status trace >"$work/status" || complain "$name: -status"
  grep -qF "$work/$name.TRC*" "$work/status" || complain "$name: the status does not name the file"
  nettl -traceoff -entity all || complain "$name: -traceoff"
  finished
}

fields() { # file, fields …
  file=$1
  shift
  for field; do set -- "$@" -e "$field"; shift; done
  tshark -r "$file" -o frame.generate_md5_hash:TRUE -E occurrence=f -T fields "$@" 2>/dev/null
}

compare() { # name, expected, found
  [ -s "$2" ] || complain "$1: nothing is expected"
  cmp -s "$2" "$3" || {
    complain "$1: tshark lists other packets:"
    diff "$2" "$3" | head -4
  }
  echo "$1: $(wc -l <"$3") packets"
}

"$make_capture" "$work/in.pcap" 300000 mixed 11 || exit 1
fields "$work/in.pcap" frame.time_epoch frame.len frame.cap_len frame.md5_hash >"$work/whole"

for one in B.11.31:LINKALL:.TRC000 B.11.31:IETHER:.TRC000 B.11.23:IGELAN:.TRC000 B.11.11:BTLAN:.TRC000 \
  B.11.00:NS_LS_DRIVER:.TRC0 B.11.31:NS_LS_DRIVER:.TRC000; do
  release=${one%%:*}
  rest=${one#*:}
  entity=${rest%%:*}
  name=$release-$entity
  host "$release" "$([ "$name" != B.11.31-NS_LS_DRIVER ] || echo nettl-drivers lan0=NS_LS_DRIVER)"
  trace "$name" "$entity" -tm 90000
  fields "$work/$name${rest#*:}" frame.time_epoch frame.len frame.cap_len frame.md5_hash >"$work/found"
  compare "$name" "$work/whole" "$work/found"
done

# -m keeps so much of each packet and tells the whole length.
host B.11.31 ""
trace short LINKALL -tm 90000 -m 96
fields "$work/in.pcap" frame.time_epoch frame.len frame.cap_len |
  awk '{ if ($3 > 96) $3 = 96; print }' OFS='\t' >"$work/expected"
fields "$work/short.TRC000" frame.time_epoch frame.len frame.cap_len >"$work/found"
compare short "$work/expected" "$work/found"

# The IP layer's records are the packets without their links.
trace layer NS_LS_IP -tm 90000
tshark -r "$work/in.pcap" -Y '(eth.type == 0x0800 || vlan.etype == 0x0800) && ip.len' -E occurrence=f -T fields \
  -e frame.time_epoch -e ip.len -e ip.id 2>/dev/null >"$work/expected"
tshark -r "$work/layer.TRC000" -E occurrence=f -T fields -e frame.time_epoch -e frame.len -e ip.id 2>/dev/null >"$work/found"
compare layer "$work/expected" "$work/found"

# A ring: the files, newest last, hold the last packets, and no more of them than fit.
trace ring LINKALL -tm 100 -n 3 -mem 32
for number in 2 1 0; do
  fields "$work/ring.TRC00$number" frame.time_epoch frame.len frame.cap_len frame.md5_hash
done >"$work/found"
tail -n "$(wc -l <"$work/found")" "$work/whole" >"$work/expected"
compare ring "$work/expected" "$work/found"
[ ! -e "$work/ring.TRC003" ] || complain "ring: a fourth file"
for file in "$work"/ring.TRC*; do
  [ "$(wc -c <"$file")" -le 51200 ] || complain "ring: $file is too large"
done

# Appended to: both traces in one file.
trace twice LINKALL -tm 90000
trace twice LINKALL -tm 90000
cat "$work/whole" "$work/whole" >"$work/expected"
fields "$work/twice.TRC000" frame.time_epoch frame.len frame.cap_len frame.md5_hash >"$work/found"
compare twice "$work/expected" "$work/found"

# A capture filter of 11i v3, against Wireshark's own.
echo 'subsystem LINKALL mac_type == 0x0800 && th_dport < 1024' >"$work/filter"
nettl -setfilter "$work/filter" || complain "-setfilter"
nettl -filteron LINKALL || complain "-filteron"
trace filtered LINKALL -tm 90000
tshark -r "$work/in.pcap" -Y 'eth.type == 0x0800 && ip.version == 4 && ip.proto == 6 && tcp.dstport < 1024' -T fields \
  -e frame.time_epoch 2>/dev/null >"$work/expected"
fields "$work/filtered.TRC000" frame.time_epoch >"$work/found"
compare filtered "$work/expected" "$work/found"

echo "$failures failures"
[ "$failures" = 0 ]
