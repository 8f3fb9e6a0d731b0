# shellcheck shell=sh disable=SC2034
# What the benchmarks of whole commands share; read with `.` after `root` is set and with the words of the command line.
LC_ALL=C
export LC_ALL
anchoko=${1:-$root/build/release/anchoko}
make_capture=${2:-$root/build/release/tests/tools/make_capture}
scale=${BENCH_SCALE:-1}
runs=${BENCH_RUNS:-5}
for tool in "$anchoko" "$make_capture" tcpdump editcap mergecap /usr/bin/time; do
  command -v "$tool" >/dev/null || {
    echo "$tool is needed" >&2
    exit 1
  }
done
inputs=$(mktemp -d "${BENCH_INPUTS:-/var/tmp}/anchoko-bench.XXXXXX") || exit 1
outputs=$(mktemp -d "${BENCH_OUTPUTS:-/dev/shm}/anchoko-bench.XXXXXX") || exit 1
trap 'rm -rf "$inputs" "$outputs"' EXIT
trap 'exit 130' INT TERM
missed=0

# Seconds of wall time and KiB of resident memory of one run, on standard output.
timed() {
  rm -f "$outputs/out"
  /usr/bin/time -o "$outputs/time" -f '%e %M' "$@" >"$outputs/messages" 2>&1 || {
    echo "failed: $*" >&2
    cat "$outputs/messages" >&2
    exit 1
  }
  cat "$outputs/time"
}

best() { sort -n "$1" | head -1 | cut -d' ' -f1; }

# compare NAME TARGET PEER [BYTES PEER_BYTES [MIB]]: runs peer_command and our_command in turn. With BYTES the ratio is
# that of times per byte. MIB: how much memory we may use.
compare() {
  name=$1 target=$2 peer_name=$3 bytes=${4:-1} peer_bytes=${5:-1} mib=${6:-32}
  : >"$outputs/ours.times"
  : >"$outputs/peer.times"
  i=0
  while [ "$i" -lt "$runs" ]; do
    (peer_command) >>"$outputs/peer.times" || exit 1
    (our_command) >>"$outputs/ours.times" || exit 1
    i=$((i + 1))
  done
  memory=$(cut -d' ' -f2 "$outputs/ours.times" | sort -n | tail -1)
  awk -v name="$name" -v target="$target" -v peer="$peer_name" -v ours="$(best "$outputs/ours.times")" \
    -v theirs="$(best "$outputs/peer.times")" -v memory="$memory" -v bytes="$bytes" -v peer_bytes="$peer_bytes" \
    -v mib="$mib" 'BEGIN {
      ratio = theirs > 0 ? ours / bytes / (theirs / peer_bytes) : 0
      good = ratio <= target && memory < mib * 1024
      printf "%-28s %6.2f s   %s %6.2f s   ratio %.2f (at most %.2f)   %.1f MiB   %s\n", name, ours, peer, theirs, ratio,
        target, memory / 1024, good ? "ok" : "MISSED"
      exit !good
    }' || missed=1
}

