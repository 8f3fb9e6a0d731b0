"""What the tests of captures on emulated hosts share: a world with hosts that anchoko-lab plays, reached by --on.

A host is a folder: host.conf, and bin/ with links to anchoko-lab for the tools that such a system has, with `uname` as
it answers there. A program that stands in for ssh runs what anchoko asks for with that folder first in PATH, in a
session of its own, so that it outlives who asked. The rest of this machine is the rest of the host.

Whoever tests a tool makes a class of EmulatedWorld with the tool's table, and passes it to session_world.main().
Judges are tcpdump and tshark, besides those of session_world.
"""

import json
import os
import struct
import subprocess
import time

import session_crashes
from session_world import FILTER, World, check, until

SSH = r"""#!/bin/sh
# Stands in for ssh: a host of the lab is a folder beside this file.
hosts=${0%/*}
control=
while [ $# -gt 0 ]; do
  case $1 in
    -o) shift 2 ;;
    -O) control=$2; shift 2 ;;
    -T | -x) shift ;;
    --) shift; break ;;
    *) echo "ssh: unknown option $1" >&2; exit 255 ;;
  esac
done
case $control in
  exit) exit 0 ;;
  ?*) echo "Control socket connect: No such file or directory" >&2; exit 255 ;;
esac
host=$1
shift
if [ ! -f "$hosts/$host/host.conf" ]; then
  echo "ssh: Could not resolve hostname $host: Name or service not known" >&2
  exit 255
fi
if [ -e "$hosts/$host/away" ]; then
  echo "ssh: connect to host $host port 22: Connection refused" >&2
  exit 255
fi
unset LD_PRELOAD
ANCHOKO_LAB_HOST=$hosts/$host
PATH=${ANCHOKO_TEST_FIRST:+$ANCHOKO_TEST_FIRST:}$hosts/$host/bin:/usr/bin:/bin
SSH_CONNECTION='198.51.100.1 50000 198.51.100.2 22'
export ANCHOKO_LAB_HOST PATH SSH_CONNECTION
cd / || exit 255
exec setsid -w sh -c "$*"
"""


class EmulatedWorld(World):
    """What a tool's own class says: the names below, native_name and output_option."""

    tool = ""          # the capture tool's name
    tools = ()         # all that anchoko-lab plays on these hosts
    hosts = {}         # name: (os, lines of host.conf, {option of uname: what it prints})
    host = ""          # the one that is captured on
    interface = ""     # there

    def __init__(self, anchoko, fault_library, folder):
        super().__init__(anchoko, fault_library, folder)
        self.lab = os.path.join(os.path.dirname(anchoko), "anchoko-lab")
        self.hosts_folder = os.path.join(folder, "hosts")
        os.makedirs(self.hosts_folder)
        self.program(os.path.join(self.hosts_folder, "ssh"), SSH)
        self.env["ANCHOKO_SSH"] = os.path.join(self.hosts_folder, "ssh")
        for name in self.hosts:
            self.make_host(name)

    @property
    def words(self):
        return ["--on", self.host, "-i", self.interface, "-f", FILTER]

    # ---- hosts -------------------------------------------------------------------------------------------------------
    def program(self, path, text):
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def host_folder(self, name=None):
        return os.path.join(self.hosts_folder, name or self.host)

    def make_host(self, name):
        _, _, answers = self.hosts[name]
        programs = os.path.join(self.host_folder(name), "bin")
        os.makedirs(programs)
        for tool in self.tools:
            os.symlink(self.lab, os.path.join(programs, tool))
        cases = "".join(f"  {option}) echo '{text}' ;;\n" for option, text in answers.items())
        self.program(os.path.join(programs, "uname"),
                     f'#!/bin/sh\ncase $1 in\n{cases}  *) echo "uname: illegal option" >&2; exit 1 ;;\nesac\n')
        self.configure(name=name)

    def configure(self, *more, packets="live", name=None):
        """Writes host.conf anew, with more lines than it always has."""
        name = name or self.host
        system, lines, _ = self.hosts[name]
        text = "\n".join([f"os {system}", f"name {name}", *lines, *more, f"packets {packets}"])
        path = os.path.join(self.host_folder(name), "host.conf")
        with open(path + ".new", "w", encoding="ascii") as file:
            file.write(text + "\n")
        os.rename(path + ".new", path)

    def on_host(self, *words, **how):
        """One of the host's tools, run as a person there would."""
        env = {**self.env, "ANCHOKO_LAB_HOST": self.host_folder()}
        return subprocess.Popen([os.path.join(self.host_folder(), "bin", words[0]), *words[1:]], env=env, cwd="/",
                                stdin=subprocess.DEVNULL, **how)

    def away(self, is_away):
        path = os.path.join(self.host_folder(), "away")
        if is_away:
            with open(path, "w", encoding="ascii"):
                pass
        else:
            os.remove(path)

    # ---- what session_world asks for, here ---------------------------------------------------------------------------
    def spawn(self, *words, slow_tool=None, env=None, **how):
        if slow_tool:
            env = {**(env or {}), "ANCHOKO_TEST_FIRST": self.slow_tool(slow_tool)}
        return super().spawn(*words, env=env, **how)

    def slow_tool(self, seconds):
        folder = os.path.join(self.aside, "path")
        os.makedirs(folder, exist_ok=True)
        self.program(os.path.join(folder, self.tool),
                     f'#!/bin/sh\ncase " $* " in *" {self.output_option} "*) sleep {seconds} ;; esac\n'
                     f'exec {self.host_folder()}/bin/{self.tool} "$@"\n')
        return folder

    def lengths(self, path):
        if path.endswith(".pcapng") or path.endswith(".pcap") or not os.path.exists(path):
            return super().lengths(path)
        readable = os.path.join(self.aside, "readable.pcap")
        if os.path.exists(readable):
            os.remove(readable)
        subprocess.run(["editcap", "-F", "pcap", path, readable], env=self.env, capture_output=True, check=False)
        return super().lengths(readable)

    def begin_foreign(self, interface=None):
        """The same tool, run there by somebody else."""
        self.foreign_file = os.path.join(self.aside, "foreign." + self.tool)
        with open(os.path.join(self.aside, "foreign.log"), "wb") as log:
            self.foreign = self.on_host(*self.foreign_words(self.foreign_file), stdout=log, stderr=log)
        until(20, "a capture beside anchoko's", self.foreign_has_begun)

    def foreign_is_well(self):
        check(self.foreign.poll() is None, f"a {self.tool} that is not anchoko's has ended: {self._foreign_log()}")
        sent = set(range(1, self.sent_ever + 1))
        until(5, f"all packets in the file of a {self.tool} that is not anchoko's",
              lambda: sent <= self.lengths(self.foreign_file))

    def nothing_left(self):
        """The folder for the connection's socket of an anchoko that was killed goes with a later one, an hour after."""
        old = [os.path.join(self.tmp, name) for name in os.listdir(self.tmp) if name.startswith("anchoko-ssh.")]
        for path in old:
            check(not os.listdir(path), f"not empty: {path}")
            os.utime(path, (time.time() - 7200,) * 2)
        if old:
            self.run("doctor", "--on", self.host).expect(0)
        super().nothing_left()

    # ---- judges ------------------------------------------------------------------------------------------------------
    def listed(self, path):
        """Each packet of a file, by tshark: time, length on the wire, bytes kept, their digest."""
        done = subprocess.run(
            ["tshark", "-n", "-r", path, "-o", "frame.generate_md5_hash:TRUE", "-T", "fields", "-e", "frame.time_epoch",
             "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.md5_hash"],
            env=self.env, capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"tshark on {path}: {done.stderr}")
        return done.stdout.splitlines()

    def chosen(self, pcap, text):
        """The packets that tcpdump takes out of a file by a filter."""
        chosen = os.path.join(self.aside, "chosen.pcap")
        done = subprocess.run(["tcpdump", "-O", "-r", pcap, "-w", chosen, *([text] if text else [])], env=self.env,
                              capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"tcpdump on {pcap}: {done.stderr}")
        return self.listed(chosen)

    @staticmethod
    def document(done):
        """What a command with --json ended with."""
        return json.loads(done.out)


# ---- packets of a file -------------------------------------------------------------------------------------------------
HERE, THERE = bytes.fromhex("020000000011"), bytes.fromhex("020000000099")


def ip4(protocol, payload, source="192.0.2.11", target="198.51.100.7", offset=0):
    header = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 7, offset, 64, protocol, 0)
    return header + bytes(map(int, source.split("."))) + bytes(map(int, target.split("."))) + payload


def ip6(protocol, payload):
    return struct.pack(">IHBB", 6 << 28, len(payload), protocol, 64) + bytes.fromhex("20010db8" + "00" * 11 + "11") + \
        bytes.fromhex("20010db8" + "00" * 11 + "99") + payload


def udp(source, target, size):
    return struct.pack(">HHHH", source, target, 8 + size, 0) + bytes(i & 255 for i in range(size))


def tcp(source, target, flags, size=0):
    return struct.pack(">HHIIBBHHH", source, target, 1, 1, 0x50, flags, 1000, 0, 0) + b"t" * size


def small_talk():
    """Frames that an everyday network has: names, web, pings, both versions of IP, ARP, a packet in pieces."""
    bodies = [(0x806, bytes.fromhex("0001080006040001020000000011c000020b000000000000c6336407"))]
    for number in range(6):
        bodies += [(0x800, ip4(17, udp(40000 + number, 53, 30 + number))),
                   (0x800, ip4(17, udp(53, 40000 + number, 90 + number), "198.51.100.7", "192.0.2.11")),
                   (0x800, ip4(6, tcp(50000 + number, 80, 2))),
                   (0x800, ip4(6, tcp(80, 50000 + number, 16, 400 * number), "203.0.113.5", "192.0.2.11")),
                   (0x800, ip4(6, tcp(443, 50000 + number, 4))),
                   (0x800, ip4(1, b"\x08\0\0\0" + bytes(40))),
                   (0x86dd, ip6(17, udp(40000 + number, 53, 20))),
                   (0x86dd, ip6(6, tcp(50000 + number, 22, 24, 10))),
                   (0x86dd, ip6(58, b"\x80\0\0\0" + bytes(12)))]
    # Two later pieces, of which the second has the bytes of a port where a port would be.
    bodies += [(0x800, ip4(17, b"f" * 64, offset=185)), (0x800, ip4(17, udp(53, 53, 40), offset=370))]
    frames = []
    for number, (kind, body) in enumerate(bodies):
        ends = (THERE + HERE) if number % 2 == 0 else (HERE + THERE)
        frames.append((ends + struct.pack(">H", kind) + body).ljust(60, b"\0"))
    return frames


def write_pcap(path, frames):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for number, frame in enumerate(frames):
            file.write(struct.pack("<IIII", 1_700_000_000 + number // 7, 1000 + 37 * number, len(frame), len(frame)))
            file.write(frame)
    return path


FILTERS = ("", "udp port 53", "tcp port 80 or arp", "host 198.51.100.7", "net 203.0.113.0/24 and not udp", "ip6", "not tcp",
           "tcp[tcpflags] & (tcp-syn|tcp-rst) != 0", "icmp or icmp6", "portrange 50-90 and ip", "greater 400",
           "ether src 02:00:00:00:00:11 and udp", "tcp port 9")


# ---- scenarios that every tool has --------------------------------------------------------------------------------------
def steps(world, pcap, text):
    """Each step by another process, on packets of a file: what comes out is what tcpdump takes out of that file."""
    wanted = world.chosen(pcap, text)
    world.configure(*world.exact_times, packets=pcap)
    filter_words = ["-f", text] if text else []
    done = world.run("start", "--on", world.host, "-i", world.interface, *filter_words, "--promiscuous", "--for", "60s",
                     "-o", "steps.pcapng").expect(0)
    session = done.out.strip()
    told = world.status_is_true()
    check([one["state"] for one in told] == ["capturing"], f"it does not capture: {told}")
    until(10, "packets in the native file", lambda: not wanted or os.path.getsize(world.native(session)) > 100)
    world.run("stop").expect(0)
    told = world.status_is_true()
    check([one["state"] for one in told] == ["stopped"], f"it did not stop: {told}")
    world.run("collect").expect(0)
    path = os.path.join(world.out, "steps.pcapng")
    got = world.listed(path)
    check(got == wanted, f"{text!r}: {len(got)} packets, {len(wanted)} wanted; first of the others: "
                         f"{[one for one in got if one not in wanted][:2]} {[one for one in wanted if one not in got][:2]}")
    world.nothing_left()
    world.forget_outputs()
    return len(wanted)


def host_that_is_away(world):
    """`lost` while the host cannot be reached; nothing of it changes, and all is there when it is back."""
    world.begin_foreign()
    session = world.begin("--for", "60s", "-o", "x.pcapng")
    sent = world.packets(20)
    world.away(True)
    check(world.session()["state"] == "lost", "it is not lost")
    for verb in ("stop", "collect", "clean"):
        world.run(verb).expect(4)
    check("tool" in world.parts(session), "it was ended from afar")
    world.away(False)
    check(world.status_is_true()[0]["state"] == "capturing", "it does not capture any more")
    world.run("stop").expect(0)
    world.run("collect").expect(0)
    check(world.lengths(os.path.join(world.out, "x.pcapng")) == sent, "the packets are not there")
    world.nothing_left()


def on_packets_of_a_file(host):
    """steps() for everyday filters."""
    def scenario(world):
        world.choose(host)
        pcap = write_pcap(os.path.join(world.aside, "talk.pcap"), small_talk())
        counts = [steps(world, pcap, text) for text in FILTERS]
        check(counts[0] == len(small_talk()) and min(counts[1:-1]) > 0 and max(counts[1:]) < counts[0],
              f"the filters choose badly: {counts}")
        print(f"{len(FILTERS)} filters, {sum(counts)} packets", end="")
    return scenario


def rebooted(world):
    """All that ran there is gone, the files are not."""
    session = world.begin("--for", "60s", "-o", "x.pcapng")
    sent = world.packets(20)
    until(5, "packets in the native file", lambda: world.lengths(world.native(session)) == sent)
    for pid in world.parts(session).values():
        world.kill(pid)
    until(5, "the end of all", lambda: not world.parts(session))
    told = world.status_is_true()[0]
    check("ended from outside" in told["detail"], f"status does not tell: {told}")
    world.run("collect").expect(3).says("ended from outside")
    check(world.lengths(os.path.join(world.out, "x.pcapng")) == sent, "the packets are not there")
    world.run("clean", "--all").expect(0)
    world.nothing_left()


def crashes(leave_out=()):
    """Those of session_crashes that make sense from afar: nothing can be streamed from another machine."""
    return {name: scenario for name, scenario in session_crashes.all_scenarios().items()
            if "pipe" not in name and name not in leave_out}
