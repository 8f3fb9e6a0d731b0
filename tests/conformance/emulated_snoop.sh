#!/bin/sh
# The emulated snoop writes what its packets are, and behaves at stops and faults as the reference for snoop says.
#   emulated_snoop.sh ANCHOKO_LAB MAKE_CAPTURE
# Judges: Wireshark lists the same times, lengths and digests for its files as for the packets; tcpdump chooses the same
# packets as filters of the same meaning.
set -u
LC_ALL=C
export LC_ALL
lab=$1
make_capture=$2
command -v tshark >/dev/null || { echo "SKIP wireshark-absent"; exit 77; }
command -v tcpdump >/dev/null || { echo "SKIP cli-needs-tcpdump"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failures=0
complain() {
  echo "FAIL $*"
  failures=$((failures + 1))
}
expect() { # what, wanted, got
  [ "$2" = "$3" ] || complain "$1: '$3' instead of '$2'"
}
# Started as root, snoop reads on as nobody; the folder may stay closed, for all is open by then.
host() { # lines of host.conf
  {
    printf 'os solaris\nname sol\ninterface net0 lo 02:00:00:00:00:01 192.0.2.1\npackets %s/in.pcap\n' "$work"
    printf '%s\n' "$@"
  } >"$work/host.conf"
}
snoop() { "$lab" snoop "$@"; }
ANCHOKO_LAB_HOST=$work
export ANCHOKO_LAB_HOST
listed() {
  tshark -r "$1" -o frame.generate_md5_hash:TRUE -T fields -e frame.time_epoch -e frame.len -e frame.cap_len \
    -e frame.md5_hash 2>/dev/null
}
# Runs it in the background, sends a signal after some seconds, leaves its exit status in $status.
stopped() { # seconds, signal, options...
  seconds=$1 signal=$2
  shift 2
  "$lab" snoop "$@" >"$work/stdout" 2>"$work/stderr" &
  pid=$!
  sleep "$seconds"
  kill -"$signal" $pid
  wait $pid
  status=$?
}

# So few that bufmod holds all of them for its second.
"$make_capture" "$work/in.pcap" 50000 mixed 7 >/dev/null || complain "make_capture fails"
listed "$work/in.pcap" >"$work/original"
[ "$(wc -l <"$work/original")" -gt 50 ] || complain "too few packets to compare"

# Files of every release and pad.
for lines in 'release 5.10' 'release 5.11' 'release 5.11
variant illumos' 'release 5.11
fact snoop-pad 4'; do
  host "$lines" "fact snoop-times as-taken"
  stopped 1.5 INT -q -o "$work/out"
  expect "status after SIGINT" 0 "$status"
  expect "stdout after a stop: one line end" "1 0a" "$(wc -c <"$work/stdout") $(od -An -tx1 "$work/stdout" | tr -d ' ')"
  listed "$work/out" >"$work/copy"
  cmp -s "$work/original" "$work/copy" || complain "$lines: tshark lists other packets"
done

# Filters: live, the recommended form, and from the file.
host 'release 5.11'
while IFS='|' read -r wanted text; do
  tcpdump -r "$work/in.pcap" -w "$work/wanted.pcap" "$wanted" 2>/dev/null
  listed "$work/wanted.pcap" | cut -f2- >"$work/wanted"
  [ -s "$work/wanted" ] || complain "$wanted: no packet to choose"
  stopped 1.4 TERM -q -o "$work/chosen" "greater 0 and ($text)"
  listed "$work/chosen" | cut -f2- >"$work/live"
  snoop -q -i "$work/out" -o "$work/chosen" "$text" 2>/dev/null
  listed "$work/chosen" | cut -f2- >"$work/file"
  cmp -s "$work/wanted" "$work/live" || complain "$wanted: live, other packets than tcpdump chooses"
  cmp -s "$work/wanted" "$work/file" || complain "$wanted: from a file, other packets than tcpdump chooses"
done <<'end'
net 192.0.2.0/26|ip and (ip[12:4] & 0xffffffc0 = 0xc0000200 or ip[16:4] & 0xffffffc0 = 0xc0000200)
port 53|(ip and ip[6:2] & 0x1fff = 0 and (ip[9] = 6 or ip[9] = 17 or ip[9] = 132) and port 53)
tcp and tcp[13] & 2 != 0 or udp|(ip and tcp and tcp[13] & 2 != 0) or udp
less 100|length <= 100
end

# What a stop loses, and how it ends.
stopped 0.3 INT -o "$work/tail"
expect "status of an early stop" 0 "$status"
expect "size of a file without packets" 12 "$(wc -c <"$work/tail")"
expect "stderr" "Using device net0 (promiscuous mode)
$(printf '\r0 ')" "$(cat "$work/stderr")"
trap '' HUP
stopped 0.3 HUP -q -o "$work/tail"
trap - HUP
expect "status after SIGHUP under nohup" 0 "$status"
stopped 0.3 QUIT -q -o "$work/tail"
expect "status after SIGQUIT" 1 "$status"
snoop -c 3 -o "$work/counted" 2>"$work/stderr" >"$work/stdout"
expect "status after -c" 0 $?
expect "stdout after -c" "" "$(cat "$work/stdout")"
expect "counter" "$(printf '\r0 \r1 \r2 \r3 3 packets captured')" "$(tail -n +2 "$work/stderr")"
expect "packets after -c" 3 "$(listed "$work/counted" | wc -l | tr -d ' ')"
stopped 1.5 INT -q -s 60 -o /dev/stdout
tshark -r "$work/stdout" -T fields -e frame.cap_len >"$work/copy" 2>/dev/null
expect "snaplen of a stream" 60 "$(sort -n "$work/copy" | tail -1)"
expect "end of a stream" 0a "$(tail -c 1 "$work/stdout" | od -An -tx1 | tr -d ' ')"
# Userland sees what the snaplen left: ports lie beyond it, and such a load rejects the packet.
stopped 1.4 INT -q -s 34 -o "$work/short" "greater 0 and (ip and port 53)"
expect "packets whose ports were cut off" 12 "$(wc -c <"$work/short")"
stopped 0.3 INT -q -P -o "$work/tail"
expect "mode" "Using device net0 (non promiscuous)" "$(cat "$work/stderr")"

# Faults.
host 'release 5.11' 'user joe'
snoop -q -o "$work/none" 2>"$work/stderr"
expect "status without rights" 1 $?
expect "message without rights" 'snoop: cannot open "net0": Permission denied' "$(cat "$work/stderr")"
host 'release 5.11' 'fault snoop-disk-full 5000'
snoop -q -o "$work/full" 2>"$work/stderr"
expect "status on a full disk" 1 $?
expect "message on a full disk" "snoop: cannot write packet to capture file: No space left on device" \
  "$(tail -1 "$work/stderr" | sed 's/packet header/packet/')"
expect "size on a full disk" 5000 "$(wc -c <"$work/full")"
host 'release 5.11' 'fault snoop-slow-stop 5'
"$lab" snoop -q -o "$work/tail" 2>/dev/null >&2 &
pid=$!
sleep 0.3
kill -INT $pid
sleep 0.3
kill -TERM $pid
wait $pid
expect "status after a second signal" 1 $?
host 'release 5.11' 'fault snoop-dies 2'
"$lab" snoop -q -o "$work/dead" >/dev/null 2>&1 &
wait $!
expect "status of a killed one" 137 $?
expect "packets of a killed one" 2 "$(listed "$work/dead" | wc -l | tr -d ' ')"
host 'release 5.11' 'fault snoop-unclean-end'
stopped 1.5 INT -q -o "$work/cut"
expect "status of an unclean end" 137 "$status"
tshark -r "$work/cut" >/dev/null 2>&1 && complain "a cut file is called whole"

# dladm.
host 'release 5.11' 'interface net1 lo 02:00:00:00:00:02'
expect "dladm show-link" "net0
net1" "$("$lab" dladm show-link -p -o link)"
expect "dladm show-phys" "net1:up" "$("$lab" dladm show-phys -p -o link,state net1)"
"$lab" dladm show-link -p >/dev/null 2>&1 && complain "dladm: -p without -o"
"$lab" dladm show-dev >/dev/null 2>&1 && complain "dladm: show-dev of Solaris 10"
host 'release 5.10'
expect "dladm show-dev" "net0 link=up speed=1000 duplex=full" "$("$lab" dladm show-dev -p)"
"$lab" dladm show-phys >/dev/null 2>&1 && complain "dladm: show-phys on Solaris 10"

[ "$failures" -eq 0 ] || exit 1
echo "the emulated snoop: $(wc -l <"$work/original") packets, all as expected"
