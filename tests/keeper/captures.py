#!/usr/bin/env python3
"""Real captures with the scripts that `anchoko plan --script` prints, their keepers run by every shell. What must be in the
files is known from what was sent; tcpdump -r says what is.

    captures.py KEEPER_SCRIPT FAKE_TOOL ANCHOKO [WORD…]     with words: only shells so named
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

from stage import Tools, expect, functions_as_in_ksh88, run_all, skip


def free_port():
    """Of our own while the test runs: nobody answers, and nobody else sends there."""
    keeps = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    keeps.bind(("127.0.0.1", 0))
    return keeps, keeps.getsockname()[1]


def send(port, texts):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for text in texts:
            sender.sendto(text.encode(), ("127.0.0.1", port))
            time.sleep(0.002)


def payloads(path):
    """Of the UDP packets in a file, in order, as tcpdump reads them."""
    done = subprocess.run(["tcpdump", "-r", path, "-n", "-A", "-q"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise AssertionError(f"tcpdump -r {path}: {done.stderr.decode()}")
    return re.findall(r"keeper-test-\d+-\d+", done.stdout.decode(errors="replace"))


class Real:
    """A plan's own script, with another shell and, where asked for, whole-second naps."""

    def __init__(self, tools, anchoko, name, shell, filter_text, *options, whole=False):
        words = [anchoko, "plan", "-f", filter_text, "-i", "lo", *options, "--script"]
        environment = {**os.environ, "XDG_STATE_HOME": str(tools.root / "state"), "XDG_CONFIG_HOME": str(tools.root / "config")}
        script = subprocess.run(words, stdout=subprocess.PIPE, check=True, env=environment).stdout
        script, changes = re.subn(rb"(?m)^shell=.*$", b"shell=" + os.fsencode(shell), script)
        if changes != 2:
            raise AssertionError(f"the shell stands {changes} times in the script")
        script = script.replace(b"\n#!/bin/sh\n", b"\n#!" + os.fsencode(shell) + b"\n")
        if whole:
            script = re.sub(rb"(?m)^tick=.*$", b"tick=1", script)
            script = re.sub(rb"(?m)^ticks_per_look=.*$", b"ticks_per_look=1", script)
        folder = os.fsdecode(re.search(rb"(?m)^folder=(.*)$", script).group(1))
        self.capture = tools.capture(name, shell)
        self.capture.description = self.capture.description.replace(os.fsencode(self.capture.folder), os.fsencode(folder))
        self.capture.folder = folder
        self.capture.native = folder + "/capture.pcap"
        self.script = script
        if name == "like-ksh88":
            self.script = functions_as_in_ksh88(script)

    def start(self):
        wrong = self.capture.start(self.script)
        if not wrong:
            try:
                self.capture.until(lambda r: "listening on" in r.messages and r.alive("tool"), 15, "listening")
            except BaseException:
                self.capture.ask("clean")
                raise
        return wrong

    def checked(self, texts, reason, status):
        """The end, the packets, and that nothing is left."""
        wrong = []
        report = self.capture.ended(20)
        expect(wrong, (report.reason, report.exit) == (reason, status), f"ended {report.reason} {report.exit}, not {reason} {status}")
        got = payloads(self.capture.native)
        missing = [text for text in texts if text not in got]
        extra = [text for text in got if text not in texts]
        expect(wrong, got == texts, f"{len(got)} packets of {len(texts)}; missing {missing[:5]}, extra {extra[:5]}")
        expect(wrong, report.files == {"capture.pcap": os.path.getsize(self.capture.native)}, f"files {report.files}")
        return wrong + self.capture.left_over() + self.capture.clean_and_check()


def texts_for(port, count, first=0):
    return [f"keeper-test-{port}-{number}" for number in range(first, first + count)]


def by_request(tools, anchoko, name, shell):
    """With counters on the way; the last packet is sent right before the request."""
    wrong = []
    keeps, port = free_port()
    with keeps:
        real = Real(tools, anchoko, name, shell, f"udp and dst port {port}", "--for", "60s")
        wrong += real.start()
        texts = texts_for(port, 120)
        send(port, texts[:100])
        send(port + 1 if port < 65535 else port - 1, ["not wanted"])
        deadline = time.monotonic() + 15
        said = []
        while said[-1:] != ["100"] and time.monotonic() < deadline:
            said = re.findall(r"(\d+) packets? captured", real.capture.report(live=True).messages)
        expect(wrong, said[-1:] == ["100"], f"live counters: {said}")
        send(port, texts[100:])
        expect(wrong, real.capture.ask("stop") == (0, "", ""), "stop said something")
        return wrong + real.checked(texts, "request", "0")


def by_duration(tools, anchoko, name, shell):
    wrong = []
    keeps, port = free_port()
    with keeps:
        real = Real(tools, anchoko, name, shell, f"udp and dst port {port}", "--for", "1500ms")
        wrong += real.start()
        begun = time.monotonic()
        texts = texts_for(port, 30)
        send(port, texts)
        wrong += real.checked(texts, "duration", "0")
        expect(wrong, time.monotonic() - begun < 30, "1.5 s took more than 30")
    return wrong


def by_packets(tools, anchoko, name, shell):
    wrong = []
    keeps, port = free_port()
    with keeps:
        real = Real(tools, anchoko, name, shell, f"udp and dst port {port}", "--for", "60s", "--packets", "7", whole=True)
        wrong += real.start()
        texts = texts_for(port, 20)
        send(port, texts)
        return wrong + real.checked(texts[:7], "tool", "0")


def long_filter(tools, anchoko, name, shell):
    """It travels in a file."""
    wrong = []
    keeps, port = free_port()
    with keeps:
        hosts = " or ".join(f"host 192.0.2.{number}" for number in range(80))
        real = Real(tools, anchoko, name, shell, f"udp and dst port {port} and not ({hosts})", "--for", "60s")
        expect(wrong, b" -F " in real.script, "the filter is not in a file")
        wrong += real.start()
        texts = texts_for(port, 10)
        send(port, texts)
        time.sleep(0.3)
        real.capture.ask("stop")
        return wrong + real.checked(texts, "request", "0")


def fails(tools, anchoko, name, shell):
    """An interface that goes away between plan and start."""
    wrong = []
    real = Real(tools, anchoko, name, shell, "udp", "--for", "60s")
    real.script = real.script.replace(b" -i lo ", b" -i keeper-test-no ")
    wrong += real.capture.start(real.script)
    report = real.capture.ended(15)
    expect(wrong, report.reason == "tool" and report.exit == "1", f"ended {report.reason} {report.exit}")
    expect(wrong, "keeper-test-no" in report.messages, f"messages {report.messages!r}")
    return wrong + real.capture.left_over() + real.capture.clean_and_check()


def killed_keeper(tools, anchoko, name, shell):
    """Not a packet is lost that the tool had, for the watchdog interrupts it in order."""
    wrong = []
    keeps, port = free_port()
    with keeps:
        real = Real(tools, anchoko, name, shell, f"udp and dst port {port}", "--for", "3s")
        wrong += real.start()
        os.kill(real.capture.report().pid("keeper"), 9)
        texts = texts_for(port, 30)
        send(port, texts)
        return wrong + real.checked(texts, "duration", "unknown")


SCENARIOS = [by_request, by_duration, by_packets, long_filter, fails, killed_keeper]


def main():
    if shutil.which("tcpdump") is None and not Path("/usr/sbin/tcpdump").exists():
        skip("keeper-needs-tcpdump")
        sys.exit(77)
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0).close()
    except PermissionError:
        skip("needs-root: captures on lo")
        sys.exit(77)
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    tools = Tools(sys.argv[1], sys.argv[2])
    anchoko = os.path.abspath(sys.argv[3])
    jobs = []
    for scenario in SCENARIOS:
        for name, path in tools.shells().items():
            if not sys.argv[4:] or name in sys.argv[4:]:
                jobs.append((f"{scenario.__name__} under {name}", lambda s=scenario, n=name, p=path: s(tools, anchoko, n, p)))
    run_all(jobs, workers=6)


main()
