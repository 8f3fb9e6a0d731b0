#!/usr/bin/env python3
"""Captures with iptrace on an emulated AIX, from `anchoko capture --on` to a pcapng that tcpdump reads.

    emulated_iptrace.py ANCHOKO [NAME…]      with names: those scenarios only

Every scenario has a lab of its own. Judges are tcpdump, which selects from the host's packets with the same filter, and
the state that the emulation keeps: kernel extension, daemon, SRC. After each of them nothing of ours may be left, and
nothing foreign may have been ended.
"""

import os
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

from scenario_choice import chosen

US = bytes([192, 0, 2, 10])
PEERS = [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])]
US_MAC, PEER_MAC = bytes.fromhex("020000000010"), bytes.fromhex("0200000000aa")
BEGIN = 1_700_000_000


class Failure(Exception):
    pass


def check(truth, what):
    if not truth:
        raise Failure(what)


def until(seconds, what, truth):
    end = time.monotonic() + seconds
    while not truth():
        check(time.monotonic() < end, f"not within {seconds} s: {what}")
        time.sleep(0.2)


def ip(source, destination, protocol, payload):
    return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0, 64, protocol, 0, source, destination) + payload


def udp(source, destination, size):
    return struct.pack("!HHHH", source, destination, 8 + size, 0) + bytes(i % 251 for i in range(size))


def tcp(source, destination, size):
    return struct.pack("!HHIIBBHHH", source, destination, 1, 2, 0x50, 0x18, 1000, 0, 0) + bytes(i % 241 for i in range(size))


def frames(count):
    """By turns DNS, HTTP, other UDP and ARP, in both directions."""
    for i in range(count):
        peer = PEERS[i // 8 % 2]
        inward = i % 2 == 0
        ends = (peer, US) if inward else (US, peer)
        macs = US_MAC + PEER_MAC if inward else PEER_MAC + US_MAC
        kind = i // 2 % 4
        if kind == 3:
            who = (PEER_MAC + peer, US) if inward else (US_MAC + US, peer)
            yield macs + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + who[0] + bytes(6) + who[1]
        else:
            ports = [(5353, 53), (40000, 80), (7000, 7001)][kind]
            make = tcp if kind == 1 else udp
            yield macs + b"\x08\x00" + ip(*ends, 6 if kind == 1 else 17, make(*(ports if inward else ports[::-1]), 40 + i % 60))


def write_pcap(path, count):
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1))
        for i, frame in enumerate(frames(count)):
            file.write(struct.pack("<IIII", BEGIN + i // 50, i % 50 * 1000 + 7, len(frame), len(frame)) + frame)


def records(path, expression=""):
    """(time, captured, on the wire, bytes) of what tcpdump selects."""
    words = ["tcpdump", "-O", "-n", "-r", path, "-w", "-", *([expression] if expression else [])]
    data = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
    at, found = 24, []
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    while at < len(data):
        seconds, part, size, wire = struct.unpack_from(order + "IIII", data, at)
        found.append((seconds, part, size, wire, data[at + 16 : at + 16 + size]))
        at += 16 + size
    return found


class Lab:
    def __init__(self, anchoko, folder, count=400):
        self.anchoko, self.folder = anchoko, folder
        self.lab = os.path.join(folder, "lab")
        self.packets = os.path.join(folder, "packets.pcap")
        write_pcap(self.packets, count)
        self.env = {**os.environ, "HOME": folder, "XDG_STATE_HOME": os.path.join(folder, "state"), "TMPDIR": folder,
                    "ANCHOKO_SSH": os.path.join(self.lab, "ssh"), "LC_ALL": "C.UTF-8"}
        up = self.run("lab", "up", "--folder", self.lab, "aix1", "--packets", self.packets)
        check(up.returncode == 0, f"lab up: {up.stderr}")
        self.host = os.path.join(self.lab, "aix1")
        self.conf = open(os.path.join(self.host, "host.conf"), encoding="utf-8").read()

    def close(self):
        self.run("lab", "down", "--folder", self.lab)

    def set(self, *lines):
        with open(os.path.join(self.host, "host.conf"), "w", encoding="utf-8") as file:
            file.write(self.conf + "".join(line + "\n" for line in lines))

    def run(self, *words, seconds=120):
        return subprocess.run([self.anchoko, *words], cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, timeout=seconds,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)

    def expect(self, status, *words, says=""):
        done = self.run(*words)
        check(done.returncode == status, f"anchoko {' '.join(words)}: {done.returncode} instead of {status}:\n{done.stderr[-700:]}")
        check(says in done.stderr, f"anchoko {' '.join(words)} does not say {says!r}:\n{done.stderr[-700:]}")
        return done

    def there(self, *words):
        return self.run("lab", "run", "--folder", self.lab, "aix1", "--", *words)

    def state(self, name):
        try:
            return open(os.path.join(self.host, "state", name), encoding="utf-8").read()
        except FileNotFoundError:
            return ""

    def processes(self):
        found = {}
        for line in self.there("ps", "-e", "-o", "pid=", "-o", "args=").stdout.splitlines():
            pid, _, words = line.strip().partition(" ")
            found[int(pid)] = words
        return found

    def ours(self):
        return {pid: words for pid, words in self.processes().items() if "anchoko." in words}

    def part(self, which):
        """Numbers of processes: keeper, watchdog, tool (that stands for iptrace), iptrace."""
        ends = {"keeper": "/keeper keep", "watchdog": "/keeper watch", "tool": "/keeper tool", "iptrace": "/capture.ipt"}
        return [pid for pid, words in self.ours().items() if words.endswith(ends[which])]

    def kill(self, *which):
        for name in which:
            for pid in self.part(name):
                self.there("kill", "-KILL", str(pid))

    def clean(self, extension=False):
        end = time.monotonic() + 40  # a watchdog's nap, on a machine that has more to do
        while self.ours() and time.monotonic() < end:
            time.sleep(0.3)
        check(not self.ours(), f"left: {self.ours()}")
        check(bool(self.state("iptrace-extension")) == extension, f"the kernel extension is {self.state('iptrace-extension')!r}")
        check(not self.state("iptrace-somebody-was-stopped"), "somebody else's trace was asked to stop")
        left = [name for name in os.listdir(os.path.join(self.host, "root/var/tmp")) if name.startswith("anchoko.")]
        check(not left, f"folders left: {left}")

    def same(self, output, expression=""):
        wanted, got = records(self.packets, expression), records(os.path.join(self.folder, output))
        check(len(got) == len(wanted), f"{len(got)} packets instead of {len(wanted)} for `{expression}`")
        check(got == wanted, f"other packets than tcpdump selects for `{expression}`")
        check(wanted, "the filter selects nothing")

    def capture(self, status=0, expression="", *more, says="", seconds="4s", output="out.pcapng"):
        words = ["-f", expression] if expression else []
        return self.expect(status, "capture", *more, "--on", "aix1", "-i", "en0", *words, "--for", seconds, "-o", output, says=says)

    def start(self, *more, seconds="60s", status=0, says=""):
        done = self.expect(status, "start", *more, "--on", "aix1", "-i", "en0", "--for", seconds, "-o", "out.pcapng", says=says)
        return done.stdout.strip()

    def profile(self, text):
        with open(os.path.join(self.folder, "p.toml"), "w", encoding="utf-8") as file:
            file.write(text)
        return "./p.toml"


def filters(lab):
    for number, expression in enumerate(["", "ip host 192.0.2.1", "udp port 53", "tcp port 80 and src host 192.0.2.10", "arp",
                                         "not ip", "ip and (tcp port 80 or tcp port 443)"]):
        lab.capture(0, expression, output=f"{number}.pcapng")
        lab.same(f"{number}.pcapng", expression)
        lab.clean()


def direct(lab):
    profile = lab.profile('[backend.iptrace]\nstart = "direct"\n')
    lab.capture(0, "udp port 53", profile)
    lab.same("out.pcapng", "udp port 53")
    lab.clean()


def without_src(fault):
    def scenario(lab):
        lab.set(f"fault {fault}")
        lab.capture(0, "udp port 53")
        lab.same("out.pcapng", "udp port 53")
        lab.clean()

    return scenario


def src_goes_away(lab):
    lab.start()
    lab.set("fault src-down")
    lab.expect(0, "stop")
    lab.expect(0, "collect")
    lab.same("out.pcapng")
    lab.clean()


def refused(says, *lines, status=5, extension=False):
    def scenario(lab):
        lab.set(*lines)
        lab.capture(status, "udp port 53", says=says)
        lab.clean(extension)

    return scenario


def foreign_iptrace(start):
    """Somebody else's is left alone."""

    def scenario(lab):
        begun = lab.there(*start)
        check(begun.returncode == 0, f"{begun.stderr}")
        until(30, "theirs captures", lambda: lab.state("iptrace-extension"))
        lab.capture(5, says="is active already")
        check(any(words.endswith("/var/tmp/theirs") and "startsrc" not in words for words in lab.processes().values()), "theirs has ended")
        lab.clean(extension=True)

    return scenario


def foreign_tcpdump(lab):
    theirs = subprocess.Popen([lab.anchoko, "lab", "run", "--folder", lab.lab, "aix1", "--", "tcpdump", "-i", "en0", "-w", "/tmp/theirs"],
                              env=lab.env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(30, "theirs captures", lambda: any("/tmp/theirs" in words for words in lab.processes().values()))
        lab.capture(5, says="a tcpdump runs")
        check(theirs.poll() is None, "their tcpdump has ended")
        lab.clean()
    finally:
        theirs.terminate()
        theirs.wait()


def second_session(lab):
    lab.start()
    before = lab.part("iptrace")
    lab.start(status=5, says="is active already")
    check(before and lab.part("iptrace") == before, "the first session was touched")
    lab.expect(0, "stop")
    lab.expect(0, "collect")
    lab.same("out.pcapng")
    lab.clean()


def dies_later(lab):
    lab.set("fault iptrace-dies 15000")
    lab.capture(3, seconds="60s", says="did not ask it to")
    lab.same("out.pcapng")
    lab.clean()


def unclean_end(*lines):
    def scenario(lab):
        lab.set(*lines)
        lab.capture(0)
        lab.same("out.pcapng")
        lab.clean()

    return scenario


def killed(which, then):
    def scenario(lab):
        lab.start(seconds="8s" if then == "wait" else "60s")
        time.sleep(2)  # it gets its packets
        lab.kill(*which)
        if then == "wait":
            until(90, "it captures no more", lambda: not lab.ours())
        elif then == "stop":
            lab.expect(0, "stop")
        if then == "clean":
            lab.expect(0, "clean", "--all")
        else:
            status = lab.run("collect")
            check(status.returncode in (0, 3), f"collect: {status.returncode}: {status.stderr[-800:]}")
            lab.same("out.pcapng")
            lab.run("clean", "--all")
        lab.clean()

    return scenario


def iptrace_killed(lab):
    """By somebody, with -9: its extension is unloaded, which is ours."""
    lab.start()
    lab.kill("iptrace")
    until(60, "the end is noticed", lambda: not lab.part("tool"))
    lab.expect(3, "collect", says="did not ask it to")
    lab.clean()


def ring(fact):
    def scenario(lab):
        lab.set(f"fact iptrace-ring {fact}")
        profile = lab.profile('[limits]\nfiles = 2\nmax_size = "20000B"\nmin_free = "1MiB"\n')
        lab.capture(0, "", profile)
        wanted, got = records(lab.packets), records(os.path.join(lab.folder, "out.pcapng"))
        check(0 < len(got) < len(wanted) and got == wanted[-len(got) :], f"{len(got)} packets, not the last ones of {len(wanted)}")
        lab.clean()

    return scenario


def size(lab):
    profile = lab.profile('[limits]\nmax_size = "20000B"\nmin_free = "1MiB"\n')
    begun = time.monotonic()
    lab.capture(0, "", profile, seconds="60s")
    check(time.monotonic() - begun < 50, "not ended by its size")
    lab.clean()


SCENARIOS = {
    "filters": filters,
    "direct": direct,
    "src-down": without_src("src-down"),
    "src-not-on-file": without_src("src-not-on-file"),
    "src-goes-away": src_goes_away,
    "busy-src": refused("the subsystem iptrace is active already", "fault iptrace-busy src"),
    "busy-person": refused("extension was loaded before", "fault iptrace-busy"),
    "not-root": refused("0513-002", "user guest", status=4),
    "dies": refused("ended right after its start", "fault iptrace-dies 300", status=1),
    "dies-unload-busy": refused("ended right after its start", "fault iptrace-dies 300", "fault iptrace-unload-busy 2", status=1),
    "dies-unnamed": refused("ended right after its start", "fault iptrace-dies 300", "fact iptrace-extension-file /x/y", status=1),
    "dies-later": dies_later,
    "disk-full": refused("the disk may be full", "fault iptrace-disk-full 9000", status=1),
    "unclean-end": unclean_end("fault iptrace-unclean-end"),
    "unclean-end-busy": unclean_end("fault iptrace-unclean-end", "fault iptrace-unload-busy 2"),
    "slow-stop": unclean_end("fault iptrace-slow-stop 6"),
    "japanese": unclean_end("fact aix-language ja"),
    "foreign-src": foreign_iptrace(["startsrc", "-s", "iptrace", "-a", "/var/tmp/theirs"]),
    "foreign-direct": foreign_iptrace(["/usr/sbin/iptrace", "/var/tmp/theirs"]),
    "foreign-tcpdump": foreign_tcpdump,
    "second-session": second_session,
    "iptrace-killed": iptrace_killed,
    "ring-rename": ring("rename"),
    "ring-copy": ring("copy"),
    "size": size,
    "tool-killed": killed(["tool"], "wait"),
    "keeper-killed-stop": killed(["keeper"], "stop"),
    "keeper-killed-wait": killed(["keeper"], "wait"),
    "all-killed-stop": killed(["keeper", "watchdog", "tool"], "stop"),
    "all-killed-clean": killed(["keeper", "watchdog", "tool"], "clean"),
}


def play(anchoko, name):
    folder = tempfile.mkdtemp(prefix="anchoko-iptrace-")
    lab = None
    begun = time.monotonic()
    try:
        lab = Lab(anchoko, folder)
        SCENARIOS[name](lab)
        print(f"ok {name} ({time.monotonic() - begun:.0f} s)", flush=True)
        return True
    except Failure as failure:
        print(f"FAIL {name}: {failure}", flush=True)
        if lab:
            for path, _, files in os.walk(os.path.join(lab.host, "root/var/tmp")):
                for file in files:
                    if file in ("messages", "log", "state"):
                        print(f"---- {file}\n{open(os.path.join(path, file), encoding='utf-8').read()}", flush=True)
    except Exception:  # a test that breaks has failed
        print(f"FAIL {name}: {traceback.format_exc()}", flush=True)
    finally:
        if lab:
            lab.close()
        shutil.rmtree(folder, ignore_errors=True)
    return False


def main():
    anchoko = os.path.abspath(sys.argv[1])
    names = sys.argv[2:] or chosen(list(SCENARIOS))
    if shutil.which("tcpdump") is None:
        print("SKIP tool-absent: tcpdump is not installed")
        sys.exit(77)
    with ThreadPoolExecutor(4) as pool:
        good = list(pool.map(lambda name: play(anchoko, name), names))
    sys.exit(0 if all(good) else 1)


main()
