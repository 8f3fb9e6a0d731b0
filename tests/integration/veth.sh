#!/bin/sh
# Live captures on both ends of a veth pair, judged by libpcap.
#
#   veth.sh ANCHOKO TOOLS      the binary under test, and the folder of inject_frames, small_talk and judge
#
# For each filter and its `not (…)`, with and without pushdown, at both ends at the same time: the packets in the pcapng
# are those that libpcap names in an unfiltered capture of the same traffic. Nothing is left behind, and that unfiltered
# tcpdump, which is not anchoko's, is left alone.
#
# Everything happens in mount, process and network namespaces of its own, which end with it. Exit status 0 passed,
# 1 failed, 77 skipped (no root).
set -eu

skip() {
  echo "SKIP $1"
  exit 77
}

[ "$(id -u)" -eq 0 ] || skip "needs-root: network namespaces and AF_PACKET need root"
if [ "${ANCHOKO_VETH_INSIDE-}" != yes ]; then
  unshare --mount --pid --net --fork --kill-child true 2>/dev/null || skip "needs-namespaces: they cannot be made here"
  export ANCHOKO_VETH_INSIDE=yes
  exec unshare --mount --pid --mount-proc --fork --kill-child "$0" "$@"
fi

anchoko=$1
tools=$2
filters_per_round=${ANCHOKO_VETH_FILTERS_PER_ROUND:-6}
work=$(mktemp -d)
end_a=anchoko-$$-a
end_b=anchoko-$$-b
started=""
server=""

# Only what this script started is ever ended.
# shellcheck disable=SC2317
clean_up() {
  status=$?
  trap - EXIT INT TERM HUP
  for pid in $started $server; do kill "$pid" 2>/dev/null || :; done
  ip netns delete "$end_a" 2>/dev/null || :
  ip netns delete "$end_b" 2>/dev/null || :
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP

fail() {
  echo "FAIL $*"
  exit 1
}

# A background command of a shell ignores SIGINT from birth; a command that a person starts does not.
in_end() {
  namespace=$1
  shift
  exec ip netns exec "$namespace" env --default-signal=INT "$@"
}

# ---- two hosts and a cable -------------------------------------------------------------------------------------------
# Empty folders of our own where anchoko may leave things, and where `ip netns` keeps names.
mkdir -p /run/netns
mount -t tmpfs -o mode=755 tmpfs /run/netns
mount -t tmpfs -o mode=1777,size=8g tmpfs /var/tmp
mkdir "$work/home" "$work/tmp" "$work/out"
export HOME="$work/home" XDG_STATE_HOME="$work/home/state" XDG_CONFIG_HOME="$work/home/config" TMPDIR="$work/tmp"

make_end() { # NAMESPACE, own MAC, own addresses; the other's MAC and addresses
  run="ip netns exec $1"
  # No address, route or listener that the kernel talks about on its own.
  $run sysctl -q -w net.ipv6.conf.all.autoconf=0 net.ipv6.conf.all.accept_ra=0 net.ipv6.conf.all.accept_dad=0 \
    net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.router_solicitations=0 net.ipv6.conf.cable.accept_dad=0 \
    net.ipv6.conf.cable.router_solicitations=0 net.ipv6.conf.cable.addr_gen_mode=1 net.ipv6.conf.cable.accept_ra=0
  $run ip link set lo up
  $run ip link set cable address "$2"
  $run ip link set cable up
  $run ip address add "$3/24" dev cable
  $run ip address add "$4/64" dev cable nodad
  $run ip neighbour replace "$6" lladdr "$5" nud permanent dev cable
  $run ip neighbour replace "$7" lladdr "$5" nud permanent dev cable
}

ip netns add "$end_a"
ip netns add "$end_b"
ip -n "$end_a" link add cable type veth peer name cable netns "$end_b"
make_end "$end_a" 00:00:5e:00:53:01 192.0.2.1 2001:db8::1 00:00:5e:00:53:02 192.0.2.2 2001:db8::2
make_end "$end_b" 00:00:5e:00:53:02 192.0.2.2 2001:db8::2 00:00:5e:00:53:01 192.0.2.1 2001:db8::1

in_end "$end_b" "$tools/small_talk" serve >"$work/server" &
server=$!

# ---- one round: several filters, all captures at the same time ---------------------------------------------------------
start_reference() { # NAMESPACE NAME
  in_end "$1" tcpdump -n -U -B 32768 -Z root -i cable -w "$work/out/$2.pcap" 2>"$work/out/$2.log" &
  started="$started $!"
  references="$references $!"
}

start_capture() { # NAMESPACE NAME FILTER [OPTION]
  name=$2
  namespace_of=$1
  filter=$3
  shift 3
  in_end "$namespace_of" "$anchoko" capture -f "$filter" -i cable --for 120s -o "$work/out/$name.pcapng" "$@" \
    >"$work/out/$name.stdout" 2>"$work/out/$name.log" &
  started="$started $!"
  captures="$captures $!:$name"
}

packet_sockets() { # NAMESPACE
  ip netns exec "$1" awk 'NR > 1 { count++ } END { print count + 0 }' /proc/net/packet
}

await_sockets() { # NUMBER at each end
  patience=300
  while [ "$(packet_sockets "$end_a")" -lt "$1" ] || [ "$(packet_sockets "$end_b")" -lt "$1" ]; do
    for capture in $captures; do
      if ! kill -0 "${capture%%:*}" 2>/dev/null; then
        cat "$work/out/${capture#*:}.log"
        fail "anchoko ended before it was told to: ${capture#*:}"
      fi
    done
    patience=$((patience - 1))
    [ "$patience" -gt 0 ] || fail "captures do not listen within a minute"
    sleep 0.2
  done
  sleep 1 # the socket is there before its filter is
}

make_traffic() {
  ip netns exec "$end_a" "$tools/inject_frames" cable begin >/dev/null
  sleep 0.3
  ip netns exec "$end_a" "$tools/small_talk" 192.0.2.2 2001:db8::2
  injected_a=$(ip netns exec "$end_a" "$tools/inject_frames" cable frames)
  injected_b=$(ip netns exec "$end_b" "$tools/inject_frames" cable frames)
  sleep 0.5
  ip netns exec "$end_b" "$tools/inject_frames" cable end >/dev/null
  sleep 0.5
}

# Sets `lost` when a kernel buffer overflowed somewhere: then nothing can be said, and the round is repeated.
end_captures() {
  for capture in $captures; do kill -INT "${capture%%:*}" 2>/dev/null || :; done
  for capture in $captures; do
    status=0
    wait "${capture%%:*}" || status=$?
    if [ "$status" -eq 3 ]; then
      lost=yes
    elif [ "$status" -ne 0 ]; then
      cat "$work/out/${capture#*:}.log"
      fail "exit status $status: ${capture#*:}"
    fi
  done
}

check_nothing_left() {
  for comm in /proc/[0-9]*/comm; do
    name=$(cat "$comm" 2>/dev/null) || continue
    pid=${comm#/proc/}
    pid=${pid%/comm}
    case $name in
      tcpdump) case " $references " in *" $pid "*) ;; *) fail "a tcpdump is left: $(tr '\0' ' ' <"/proc/$pid/cmdline")" ;; esac ;;
      anchoko | timeout) fail "a process is left: $(tr '\0' ' ' <"/proc/$pid/cmdline")" ;;
    esac
  done
  left=$(find /var/tmp "$work/tmp" -mindepth 1)
  [ -z "$left" ] || fail "files are left: $left"
  partial=$(find "$work/out" ! -type d ! -name '*.pcapng' ! -name '*.pcap' ! -name '*.log' ! -name '*.stdout')
  [ -z "$partial" ] || fail "files are left: $partial"
  [ "$(packet_sockets "$end_a")" -eq 1 ] || fail "a packet socket is left at one end"
  [ "$(packet_sockets "$end_b")" -eq 1 ] || fail "a packet socket is left at the other end"
}

end_references() {
  for pid in $references; do
    kill -0 "$pid" 2>/dev/null || fail "a tcpdump that is not anchoko's was ended"
    kill -INT "$pid"
    wait "$pid" || fail "the reference capture failed"
  done
  for name in a b; do
    grep -q '^0 packets dropped by kernel' "$work/out/$name.log" || lost=yes
  done
}

run_round() { # filters in $work/round, one a line
  rm -rf "$work/out"
  mkdir "$work/out"
  started=""
  references=""
  captures=""
  lost=""
  start_reference "$end_a" a
  start_reference "$end_b" b
  number=0
  while IFS= read -r line; do
    number=$((number + 1))
    for end in a b; do
      namespace=$end_a
      [ "$end" = a ] || namespace=$end_b
      start_capture "$namespace" "$end.$number.yes.pushed" "$line"
      start_capture "$namespace" "$end.$number.yes.residual" "$line" --no-pushdown
      start_capture "$namespace" "$end.$number.not.pushed" "not ($line)"
      start_capture "$namespace" "$end.$number.not.residual" "not ($line)" --no-pushdown
    done
  done <"$work/round"
  await_sockets $((4 * number + 1))
  make_traffic
  end_captures
  check_nothing_left
  end_references
  started=""
}

judge_round() {
  [ "$("$tools/judge" "$work/out/a.pcap")" -ge $((injected_a)) ] || fail "the reference capture is incomplete"
  [ "$("$tools/judge" "$work/out/b.pcap")" -ge $((injected_b)) ] || fail "the reference capture is incomplete"
  number=0
  while IFS= read -r line; do
    number=$((number + 1))
    for end in a b; do
      files=$work/out/$end.$number
      "$tools/judge" "$work/out/$end.pcap" "$line" "$files.yes.pushed.pcapng" "$files.yes.residual.pcapng" || failed=$((failed + 1))
      "$tools/judge" "$work/out/$end.pcap" "not ($line)" "$files.not.pushed.pcapng" "$files.not.residual.pcapng" || failed=$((failed + 1))
      judged=$((judged + 4))
    done
  done <"$work/round"
}

play_round() {
  [ -s "$work/round" ] || return 0
  attempt=1
  run_round
  while [ -n "$lost" ]; do
    [ "$attempt" -lt 3 ] || fail "packets were dropped in every attempt: this machine is too busy to tell"
    attempt=$((attempt + 1))
    echo "packets were dropped on the way, attempt $attempt"
    run_round
  done
  judge_round
  : >"$work/round"
}

# ---- the filters ---------------------------------------------------------------------------------------------------------
cat >"$work/filters" <<'FILTERS'
host 192.0.2.1
ip host 192.0.2.1
host 2001:db8::1
tcp
udp port 53
tcp dst port 80
icmp or icmp6
arp
rarp or arp net 192.0.2.0/24
net 198.51.100.0/24
port 80 or 443
portrange 1000-2000
src host 192.0.2.1 and not port 80
ip
tcp or udp and net 10
sctp
ip6 and not tcp
host 192.0.2.2 and (icmp or udp portrange 50-60)
dst net 2001:db8::/32 and tcp
ip proto 17 and src net 198.51.100
vlan
vlan 5
vlan and tcp port 80
vlan 7 and vlan 5
ip or vlan and ip6
vlan 100 and not arp
ether src 00:00:5e:00:53:01 and not arp
less 80
len > 60 and udp
ether proto 0x0806
ether[12:2] = 0x0800 and ip[9] = 17
ether[0] & 1 = 0 and ip[8] > 32
tcp[tcpflags] & (tcp-syn|tcp-ack) != 0
ip[6:2] & 0x3fff != 0 or icmp6[0] = 128
ip[2:2] - ((ip[0] & 15) << 2) > 20
mpls or igmp
vlan and ip[9] = 17
vlan 5 and less 90
FILTERS

failed=0
judged=0
count=0
# Multicast reports about the new addresses are over after this.
sleep 2
grep -q ready "$work/server" || fail "the server does not run"
: >"$work/round"
exec 3<"$work/filters"
while IFS= read -r filter_line <&3; do
  echo "$filter_line" >>"$work/round"
  count=$((count + 1))
  [ $((count % filters_per_round)) -ne 0 ] || play_round
done
play_round

echo "$count filters and their negations, $judged captures judged, $failed comparisons failed"
[ "$failed" -eq 0 ]
