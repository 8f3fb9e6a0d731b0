#!/usr/bin/env python3
"""Captures with nettl on emulated HP-UX hosts, from start to a pcapng, and what becomes of it when things go wrong.

    nettl.py ANCHOKO ANCHOKO_LAB [WORD…]     with words: only scenarios so named

tcpdump judges which packets a filter names, tshark what the results hold; the state of the emulated facility tells what
is left of us there, and what of others was touched. Exit status 0 passed, 1 failed, 77 skipped.
"""

import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from emulated_lifecycle import HERE, SSH, THERE, ip4, tcp, udp, write_pcap
from scenario_choice import chosen

UNAME = "#!/bin/sh\ncase $1 in -s) echo HP-UX ;; -r) echo RELEASE ;; -n) echo hp1 ;; *) exit 1 ;; esac\n"
NETSTAT = """#!/bin/sh
echo 'Routing tables'
echo 'Destination           Gateway            Flags Refs Interface  Pmtu'
echo '127.0.0.1             127.0.0.1          UH       0 lo0        32808'
echo 'default               192.0.2.254        UG       0 lan0       1500'
"""
PATIENCE = 150  # seconds for any command


class Failed(Exception):
    pass


def check(good, text):
    if not good:
        raise Failed(text)


def until(seconds, what, condition):
    end = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.1)


# ---- packets -----------------------------------------------------------------------------------------------------------


def talk(rounds, size=30):
    bodies = []
    for number in range(rounds):
        bodies += [(0x800, ip4(17, udp(40000 + number, 53, size))),
                   (0x800, ip4(17, udp(53, 40000 + number, size + 60), "198.51.100.7", "192.0.2.11")),
                   (0x800, ip4(6, tcp(50000 + number, 80, 2, 0))),
                   (0x800, ip4(6, tcp(80, 50000 + number, 16, size * 9), "203.0.113.5", "192.0.2.11")),
                   (0x806, bytes.fromhex("0001080006040001020000000011c000020b000000000000c6336407")),
                   (0x86dd, struct.pack(">IHBB", 6 << 28, 28, 17, 64) + bytes(31) + b"\1" + udp(53, 9, 20))]
    ends = (THERE + HERE, HERE + THERE)
    return [(ends[n % 2] + struct.pack(">H", kind) + body).ljust(60, b"\0") for n, (kind, body) in enumerate(bodies)]


class World:
    """One emulated host, and one who captures there."""

    def __init__(self, anchoko, lab):
        self.anchoko, self.lab = anchoko, lab
        self.folder = tempfile.mkdtemp(prefix="anchoko-nettl-test.")
        for name in ("state", "tmp", "home", "hosts/hp1/bin"):
            os.makedirs(os.path.join(self.folder, name))
        self.host = os.path.join(self.folder, "hosts/hp1")
        self.program("hosts/ssh", SSH)
        self.program("hosts/hp1/bin/netstat", NETSTAT)
        for tool in ("nettl", "netfmt", "nettlconf", "lanscan", "ioscan"):
            os.symlink(lab, os.path.join(self.host, "bin", tool))
        self.env = {**os.environ, "ANCHOKO_SSH": os.path.join(self.folder, "hosts/ssh"), "HOME": self.path("home"),
                    "XDG_STATE_HOME": self.path("state"), "XDG_CONFIG_HOME": self.path("home"), "LC_ALL": "C",
                    "TMPDIR": self.path("tmp"), "ANCHOKO_LAB_HOST": self.host}
        self.sessions = []
        self.pcap = self.path("in.pcap")
        write_pcap(self.pcap, talk(8))
        self.configure()

    def path(self, name):
        return os.path.join(self.folder, name)

    def program(self, name, text):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.path(name), 0o755)

    def configure(self, *lines, release="B.11.31", interfaces=("lan0",)):
        self.program("hosts/hp1/bin/uname", UNAME.replace("RELEASE", release))
        cards = [f"interface {name} none{i} 02:00:00:00:00:{0x11 + i:02x} 192.0.2.{11 + i}"
                 for i, name in enumerate(interfaces)]
        text = "\n".join(["os hpux", f"release {release}", "name hp1", *cards, f"packets {self.pcap}", *lines])
        with open(self.path("hosts/hp1/host.conf"), "w", encoding="ascii") as file:
            file.write(text + "\n")

    def run(self, status, *words):
        done = subprocess.run([self.anchoko, *words], env=self.env, cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.said = done.stderr
        check(done.returncode == status,
              f"{' '.join(words)}: status {done.returncode} instead of {status}: {done.stdout}{done.stderr}")
        return done.stdout

    def says(self, text):
        check(text in self.said, f"{text!r} is not in: {self.said}")

    def profile(self, text):
        with open(self.path("profile.toml"), "w", encoding="ascii") as file:
            file.write(text)
        return "./profile.toml"

    def start(self, *words):
        session = self.run(0, "start", *words, "--on", "hp1", "-i", "default", "-o", "x.pcapng", "--force").strip()
        self.sessions.append(session)
        return session

    def collect(self, status, *words):
        return json.loads(self.run(status, "collect", "--json", *words))["outcome"]

    def state(self):
        return [one["state"] for one in json.loads(self.run(0, "status", "--json"))["sessions"]]

    # ---- the facility: what it keeps about itself ----
    def tool(self, *words):
        return subprocess.run([os.path.join(self.host, "bin", words[0]), *words[1:]], env=self.env, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL, timeout=30, check=False)

    def facility(self, word):
        """Lines of the emulated facility's state that begin so, without that word."""
        try:
            with open(os.path.join(self.host, "state/nettl"), encoding="ascii") as file:
                return [line[len(word) + 1:].rstrip("\n") for line in file if line.startswith(word + " ")]
        except FileNotFoundError:
            return []

    def traced(self):
        return [line.split()[0] for line in self.facility("traced")]

    def written(self):
        """Records that the writer of the trace has put into files."""
        try:
            with open(os.path.join(self.host, "state/nettl-reader"), encoding="ascii") as file:
                return int(file.read().split()[4])
        except (FileNotFoundError, IndexError):
            return 0

    def nothing_left(self, traced=(), started=True):
        check(self.traced() == list(traced), f"traced: {self.traced()}, not {traced}")
        check(not self.facility("filter"), "a filter is left")
        is_started = (self.facility("facility") or [str(int(started))])[0].startswith("1")
        check(is_started == started, f"the facility was {'stopped' if started else 'started'}")
        for session in self.sessions:
            check(not os.path.exists(f"/var/tmp/anchoko.{session}"), f"the folder of {session} is left")
        until(8, "no process of ours", lambda: not self.processes())
        journal = self.path("state/anchoko/sessions")
        check(not [n for n in os.listdir(journal) if n[0].isdigit()], f"journal: {os.listdir(journal)}")

    def processes(self):
        """Those that work for our folders, by ps."""
        listed = subprocess.run(["ps", "-e", "-o", "args="], capture_output=True, text=True, check=True)
        return [line for line in listed.stdout.splitlines()
                if any(f"/anchoko.{session}/" in line for session in self.sessions)]

    # ---- judges ----
    def listed(self, path):
        done = subprocess.run(
            ["tshark", "-n", "-r", path, "-o", "frame.generate_md5_hash:TRUE", "-T", "fields", "-e", "frame.time_epoch",
             "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.md5_hash"],
            env=self.env, capture_output=True, text=True, check=False)
        check(done.returncode == 0, f"tshark on {path}: {done.stderr}")
        return done.stdout.splitlines()

    def wanted(self, text):
        subprocess.run(["tcpdump", "-O", "-r", self.pcap, "-w", self.path("wanted.pcap"), *([text] if text else [])],
                       capture_output=True, check=True)
        return self.listed(self.path("wanted.pcap"))

    def result_is(self, text):
        got, wanted = self.listed(self.path("x.pcapng")), self.wanted(text)
        check(got == wanted, f"{text!r}: {len(got)} packets, {len(wanted)} wanted")
        return len(got)

    def close(self):
        subprocess.run([self.anchoko, "clean", "--all"], env=self.env, capture_output=True, timeout=PATIENCE, check=False)
        self.tool("nettl", "-stop")
        shutil.rmtree(self.folder, ignore_errors=True)


# ---- what it should do -------------------------------------------------------------------------------------------------
FILTERS = ("", "udp port 53", "tcp port 80 or arp", "net 203.0.113.0/24", "ip6", "not tcp and greater 100")


def packets_of_a_file(release, entity, suffix):
    """Each step by another process: what comes out is what tcpdump takes out of that file."""
    def scenario(world):
        world.configure(release=release)
        counts = []
        for text in FILTERS if release == "B.11.31" else FILTERS[:2]:
            session = world.start("-f", text, "--for", "60s")
            check(world.traced() == [entity], f"it traces {world.traced()}")
            check(world.state() == ["capturing"], f"it is {world.state()}")
            check(os.listdir(f"/var/tmp/anchoko.{session}").count("capture.TRC" + suffix) == 1, "another suffix")
            world.run(0, "stop")
            check(world.state() == ["stopped"], f"it is {world.state()}")
            world.collect(0)
            counts.append(world.result_is(text))
            world.nothing_left()
        check(min(counts) > 0 and counts[0] > max(counts[1:]), f"the filters choose badly: {counts}")
    scenario.__name__ = f"packets_of_a_file_on_{release}"
    return scenario


def all_in_one(world):
    """capture: ends in time by itself; -m cuts, and the length on the wire stays."""
    world.run(0, "capture", "--on", "hp1", "-i", "default", "--for", "2s", "-o", "x.pcapng", "--snaplen", "80")
    got = [line.split("\t") for line in world.listed(world.path("x.pcapng"))]
    wanted = [line.split("\t") for line in world.wanted("")]
    check([line[:2] for line in got] == [line[:2] for line in wanted], "times or lengths differ")
    check(max(int(line[2]) for line in got) == 80, "not cut")
    world.nothing_left()


def cards_of_a_driver(world):
    """Drivers are chosen by the cards that they serve; what is wider than asked is said."""
    world.configure("nettl-drivers lan0=IETHER lan1=IGELAN lan2=IETHER", interfaces=("lan0", "lan1", "lan2"))
    for interface, entities in (("default", "IETHER"), ("lan1", "IGELAN"), ("any", "IETHER IGELAN")):
        told = json.loads(world.run(0, "plan", "--on", "hp1", "-i", interface, "--json"))
        words = next(step["argv"] for step in told["steps"] if step["kind"] == "start")
        check(f" -entity {entities} -file " in " ".join(words), f"{interface}: {words}")
        wider = any("lan2" in text and "wider than asked" in text for text in told["warnings"])
        check(wider == (interface == "default"), f"{interface}: warnings {told['warnings']}")
    world.run(2, "plan", "--on", "hp1", "-i", "lan4")
    world.says("there is no interface `lan4`")


def ring(rounds, whole):
    def scenario(world):
        write_pcap(world.pcap, talk(rounds, 100))
        session = world.start(world.profile('[limits]\nduration = "60s"\nmax_size = "512KiB"\n[backend.nettl]\nmemory = "64"\n'))
        until(20, "all packets written", lambda: world.written() >= 6 * rounds)
        files = [name for name in os.listdir(f"/var/tmp/anchoko.{session}") if "TRC" in name]
        check(len(files) == 2, f"files: {files}")
        size = sum(os.path.getsize(f"/var/tmp/anchoko.{session}/{name}") for name in files)
        check(size <= 512 * 1024 + 64 * 1024 // 4, f"the ring is {size} bytes large")
        world.run(0, "stop")
        world.run(0, "collect")
        got, wanted = world.listed(world.path("x.pcapng")), world.wanted("")
        check(got == wanted[-len(got):], f"{len(got)} packets, not the newest of {len(wanted)}")
        check((len(got) == len(wanted)) == whole, f"{len(got)} of {len(wanted)} packets")
        world.says("oldest packets")
        world.nothing_left()
    scenario.__name__ = "ring_whole" if whole else "ring_comes_round"
    return scenario


# ---- what goes wrong -----------------------------------------------------------------------------------------------------
def refused(name, status, text, *lines, traced=(), started=True):
    def scenario(world):
        world.configure(*lines)
        profile = world.profile('[backend.nettl]\nentity = "IETHER"\n')
        world.run(status, "start", profile, "--on", "hp1", "-i", "any")
        world.says(text)
        world.nothing_left(traced, started)
    scenario.__name__ = name
    return scenario


def second_session(world):
    """Refused, and the first one knows nothing of it."""
    session = world.start("--for", "60s")
    world.run(5, "start", "--on", "hp1", "-i", "default")
    world.says(f"somebody traces already, into /var/tmp/anchoko.{session}/capture.TRC*")
    check(world.state() == ["capturing"], "the first one was touched")
    world.run(0, "stop")
    world.collect(0)
    world.result_is("")
    world.nothing_left()


def drops(world):
    world.configure("fault nettl-drop 4")
    world.start("--for", "60s")
    until(10, "records written", lambda: world.written() > 30)
    world.run(0, "stop")
    told = world.collect(3)["stats"]["dropped_by_kernel"]
    missing = len(world.wanted("")) - len(world.listed(world.path("x.pcapng")))
    check(told >= missing > 5, f"{told} told, {missing} are missing")
    world.nothing_left()


def disk_full(world):
    """What came before the request was written or dropped by then, and the count is told. A cut record is damage."""
    world.configure("fault nettl-disk-full 3000")
    world.start("--for", "60s")
    world.run(0, "stop")
    told = world.collect(3)["stats"]["dropped_by_kernel"]
    missing = len(world.wanted("")) - len(world.listed(world.path("x.pcapng")))
    check(told >= missing > 5, f"{told} told, {missing} are missing")
    world.run(0, "clean", "--all")
    world.nothing_left()


def slow_stop(world):
    world.configure("fault nettl-slow-stop")
    world.start("--for", "60s")
    world.run(0, "stop")
    world.collect(0)
    world.result_is("")
    world.nothing_left()


def unclean_end(world):
    """A cut last record is damage; the native file is kept, as it is whenever something was lost."""
    world.configure("fault nettl-unclean-end", "fact nettl-flush-without-timer 0", release="B.11.11")
    world.start("--for", "60s")
    world.run(0, "stop")
    outcome = world.collect(3)
    check(outcome["conversion"]["loss"]["damage_count"] > 0, f"no damage: {outcome}")
    world.run(0, "clean", "--all")
    world.nothing_left()


def writer_dies(world):
    world.configure("fault nettl-daemon-dies 12000", "fact nettl-traceoff-flush at-once")
    world.start("--for", "60s")
    time.sleep(13)
    world.run(0, "stop")
    world.run(3, "collect")
    world.says("its writer is gone")
    world.nothing_left()


def killed(which, then):
    """Some of our processes end by -KILL; whoever is left, or asks, ends the trace, and its packets are there."""
    def scenario(world):
        session = world.start("--for", "6s" if then == "time" else "60s")
        for name in which:
            with open(f"/var/tmp/anchoko.{session}/{name}.pid", encoding="ascii") as file:
                os.kill(int(file.read()), signal.SIGKILL)
        if then == "clean":
            world.run(0, "clean", "--all")
            world.nothing_left()
            return
        if then == "stop":
            check(world.state()[0] in ("capturing", "stopping"), f"it is {world.state()}")
            world.run(0, "stop")
        until(60, "no trace", lambda: not world.traced())
        until(60, "the end", lambda: world.state() == ["stopped"])
        # Of a tool that ends unasked nobody knows whether all is there.
        world.run(3 if then == "nothing" else 0, "collect")
        world.result_is("")
        world.nothing_left()
    scenario.__name__ = f"killed_{'_'.join(which)}_then_{then}"
    return scenario


def ended_by_others(*words, started=True):
    def scenario(world):
        world.start("--for", "60s")
        check(world.tool("nettl", *words).returncode == 0, "the test's own command")
        until(40, "the end", lambda: world.state() == ["stopped"])
        world.run(3, "collect")
        world.result_is("")
        world.nothing_left(started=started)
    scenario.__name__ = "ended_by_others" + words[0].replace("-", "_")
    return scenario


def joined_by_others(world):
    """Somebody's -traceon while ours runs goes into our files: theirs is not ended, and our folder stays until it is."""
    world.start("--for", "60s")
    world.tool("nettl", "-traceon", "pduin", "-entity", "NS_LS_IP")
    stopping = threading.Thread(target=lambda: subprocess.run(
        [world.anchoko, "stop"], env=world.env, capture_output=True, timeout=PATIENCE, check=False))
    stopping.start()
    until(30, "the end of ours", lambda: world.traced() == ["NS_LS_IP"])
    time.sleep(5)
    check(world.traced() == ["NS_LS_IP"], "theirs was ended")
    check(os.path.isdir(f"/var/tmp/anchoko.{world.sessions[0]}"), "the folder into which they trace is gone")
    world.tool("nettl", "-traceoff", "-entity", "NS_LS_IP")
    stopping.join()
    until(40, "the end", lambda: world.state() == ["stopped"])
    subprocess.run([world.anchoko, "collect"], env=world.env, cwd=world.folder, capture_output=True, timeout=PATIENCE,
                   check=False)
    world.run(0, "clean", "--all")
    world.nothing_left()


SCENARIOS = [
    packets_of_a_file("B.11.31", "IETHER", "000"),
    packets_of_a_file("B.11.23", "IGELAN", "000"),
    packets_of_a_file("B.11.11", "BTLAN", "000"),
    packets_of_a_file("B.10.20", "NS_LS_DRIVER", "0"),
    all_in_one,
    cards_of_a_driver,
    ring(150, True),
    ring(900, False),
    refused("busy", 5, "somebody traces already, into ", "fault nettl-busy", traced=("NS_LS_IP",)),
    refused("down", 4, "the trace facility does not answer", "nettl-at-boot stopped", started=False),
    refused("damaged", 4, "the trace facility does not answer", "fault nettl-damaged-conf"),
    refused("traceon_fails", 1, "Unable to enable tracing", "fault nettl-traceon-fails"),
    refused("not_root", 1, "You must be superuser", "user ops"),
    second_session,
    drops,
    disk_full,
    slow_stop,
    unclean_end,
    writer_dies,
    killed(("tool",), "nothing"),
    killed(("keeper",), "stop"),
    killed(("keeper",), "time"),
    killed(("watchdog",), "stop"),
    killed(("keeper", "tool"), "stop"),
    killed(("keeper", "watchdog", "tool"), "stop"),
    killed(("keeper", "watchdog", "tool"), "clean"),
    ended_by_others("-traceoff", "-entity", "all"),
    ended_by_others("-stop", started=False),
    joined_by_others,
]


def main():
    for tool in ("tshark", "tcpdump", "setsid"):
        if not shutil.which(tool):
            print(f"SKIP {tool}-absent")
            return 77
    if os.geteuid() != 0:
        print("SKIP needs-root: nettl is root's")
        return 77
    asked = sys.argv[3:]
    played = [one for one in SCENARIOS if any(re.search(w, one.__name__) for w in asked)] if asked else chosen(SCENARIOS)
    if not played:
        sys.exit(f"no such scenario: {asked}")
    failures = []

    def run(scenario):
        world = World(*(os.path.abspath(path) for path in sys.argv[1:3]))
        begun = time.monotonic()
        try:
            scenario(world)
            print(f"ok   {scenario.__name__} ({time.monotonic() - begun:.0f} s)", flush=True)
        except (Failed, subprocess.SubprocessError, OSError, ValueError, KeyError) as problem:
            failures.append(scenario.__name__)
            print(f"FAIL {scenario.__name__}: {problem!r}", flush=True)
        finally:
            world.close()

    with ThreadPoolExecutor(max_workers=12) as pool:
        list(pool.map(run, played))
    return 1 if failures else 0


sys.exit(main())
