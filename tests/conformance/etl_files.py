#!/usr/bin/env python3
"""ETL files of netsh trace and pktmon, converted, hold the packets that their description says.

    etl_files.py ANCHOKO [WORD…]     with words: only files whose name holds one of them

Judges: etl_samples.py, which makes files of every kind; etl_content.py, which reads real ones strictly; tshark and
capinfos, which read what was converted. Real captures are found in $ANCHOKO_CORPUS, or in ../shared/captures beside the
source folder. References are to the sections of etl-format.md.
"""

import concurrent.futures
import hashlib
import itertools
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import native_samples  # noqa: E402, isort: skip - etl_samples imports it
import etl_content  # noqa: E402
import etl_samples  # noqa: E402
import pcapng_content  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = pathlib.Path(os.environ.get("ANCHOKO_CORPUS") or HERE.parents[2] / "shared" / "captures") / "etl"
EVERYTHING = ("--all-components", "--drops")
SECONDS, MEMORY = 20, 128 * 1024  # of one run; KiB of resident memory

# Section 11: packets by default; all records, their bytes, first and last time in units of 100 ns, digest.
REAL = {
    "netsh-win10-1803.etl": (43, 43, 5301, 15658160937832105, 15658161045426237, "566ad285a4164d84"),
    "pktmon-win10-19042.etl": (108, 1111, 104820, 16226237805302464, 16226238095668896, "e1963deb38b310f6"),
    "pktmon-ws2022-20348.etl": (38, 114, 11172, 17180507154891721, 17180507339074185, "906e63a87796b8cc"),
    "pktmon-win11-26200.etl": (51, 51, 4256, 17816516723765857, 17816516757573831, "3487ba63b4789f29"),
}


class Ran:
    """A program that has ended: what it said, how long it took and how much memory."""

    def __init__(self, *words):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            began = time.monotonic()
            process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                       env=os.environ | {"LC_ALL": "C", "TZ": "UTC"},
                                       preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (60, 60)))
            _, status, usage = os.wait4(process.pid, 0)
            self.status = process.returncode = os.waitstatus_to_exitcode(status)
            self.seconds, self.memory = time.monotonic() - began, usage.ru_maxrss
            out.seek(0)
            err.seek(0)
            self.out = out.read().decode("utf-8", "replace")
            # Without what Wireshark says to root.
            self.err = "\n".join(line for line in err.read().decode("utf-8", "replace").splitlines()
                                 if not line.startswith("Running as user"))


def told(text):
    """How many packets are said to be left out, and how often damage is told."""
    left = sum(int(line.split()[2].replace(",", "")) for line in text.splitlines() if re.match(r"left out +\d", line))
    damage = re.search(r"damaged in ([\d,]+) place", text)
    return left, int(damage[1].replace(",", "")) if damage else 0


class File:
    def __init__(self, anchoko, work, label, path, sample=None, hostile=False):
        self.anchoko, self.work, self.label, self.path = anchoko, work, label, path
        self.sample, self.hostile = sample, hostile
        self.wrong = []

    def complain(self, text):
        self.wrong.append(f"{self.label}: {text}")

    def convert(self, *words):
        """The content of the conversion; None: there is none."""
        how = " ".join(words) or "default"
        target = self.work / f"{self.label.replace('/', '-')}-{len(words)}.pcapng"
        self.ran = ran = Ran(self.anchoko, "convert", self.path, "-o", target, "--verify", *words)
        if ran.seconds > SECONDS or ran.memory > MEMORY:
            self.complain(f"{how}: {ran.seconds:.1f} s, {ran.memory} KiB")
        allowed = {0}
        if self.sample and self.sample.damaged:
            allowed = {3}
        elif self.sample and self.sample.lenient:
            allowed = {0, 3}
        if self.sample and self.sample.may_refuse:
            allowed |= {1}
        if ran.status not in allowed:
            self.complain(f"{how}: exit status {ran.status}: {' | '.join(ran.err.splitlines())[:500]}")
        if ran.status == 1 or not target.exists():
            return None
        for tool in (("capinfos", "-M"), ("tshark", "-n", "-r")):
            judge = Ran(*tool, target)
            if judge.status != 0 or judge.err:
                self.complain(f"{how}: {tool[0]}: {judge.status}: {judge.err}")
        try:
            content = pcapng_content.read(target.read_bytes())
        except (pcapng_content.Broken, UnicodeDecodeError) as broken:
            self.complain(f"{how}: the conversion is not sound pcapng: {broken}")
            return None
        for some in self.sample.holds if self.sample else ():
            if not any(one in target.read_bytes() for one in some):
                self.complain(f"{how}: {some[-1].decode()} is not in the conversion")
        # What tshark says is malformed may be so in the original; only how many there are is compared.
        if tool[0] == "tshark" and judge.out.count("\n") != len(content.records):
            self.complain(f"{how}: tshark lists {judge.out.count(chr(10))} packets of {len(content.records)}")
        return content

    def judge(self):
        try:
            if self.hostile:
                self.judge_hostile()
            elif self.sample:
                self.judge_sample()
            else:
                self.judge_real()
            self.judge_info()
        except Exception as error:  # a judge that fails must not pass
            self.complain(f"the judge failed: {error!r}")
        return self

    def judge_sample(self):
        sample = self.sample
        everything = sample.packets if sample.everything is None else sample.everything
        content = self.convert()
        if content and not sample.open:
            self.compare("default", sample.packets, content.records)
        if content:
            self.judge_silence(content, "default")
        content = self.convert(*EVERYTHING)
        if content and (not sample.open or sample.everything):
            self.compare("everything", everything, content.records)
        if content:
            self.judge_silence(content, "everything")

    def compare(self, how, expected, got):
        if len(expected) != len(got):
            self.complain(f"{how}: {len(expected)} packets became {len(got)}")
        keys = {}
        for i, (packet, record) in enumerate(zip(expected, got)):
            interface = record.interface
            data = packet.logged if packet.logged and how == "everything" else packet.data
            wrong = None
            if record.time_ns not in packet.times:
                wrong = f"time {packet.times} became {record.time_ns}"
            elif record.data != data and record.data not in packet.also and not self.radio(packet, record):
                wrong = f"bytes {data.hex()} became {record.data.hex()}"
            elif packet.original not in (None, record.original) and interface.link != 127:
                wrong = f"original length {packet.original} became {record.original}"
            elif packet.direction != record.direction:
                wrong = f"direction {packet.direction} became {record.direction}"
            elif packet.link != interface.link and not self.radio(packet, record):
                wrong = f"link type {packet.link} became {interface.link}"
            elif packet.words and packet.words not in interface.name + interface.description:
                wrong = f"interface {packet.words} became {interface.name} ({interface.description})"
            elif packet.key is not None and keys.setdefault(packet.key, interface) is not interface:
                wrong = f"{packet.key} has two interfaces, {keys[packet.key].name} and {interface.name}"
            elif not all(re.search(text, " ".join(record.comments).lower()) for text in packet.comments):
                wrong = f"comments {record.comments}, not with {packet.comments}"
            elif packet.also and packet.data == record.data and "vlan" not in " ".join(record.comments).lower():
                wrong = "the VLAN is neither in the frame nor told"
            if wrong:
                self.complain(f"{how}: packet {i + 1}: {wrong}")
                return
        for one, other in itertools.combinations(keys, 2):
            if keys[one] is keys[other]:
                self.complain(f"{how}: {one} and {other} are one interface, {keys[one].name}")
                return

    @staticmethod
    def radio(packet, record):
        """Metadata of Wi-Fi may have become a radiotap header."""
        return (packet.link == native_samples.IEEE802_11 and record.interface.link == 127
                and record.data[2:4] == native_samples.le16(len(record.data) - len(packet.data))
                and record.data.endswith(packet.data))

    def judge_silence(self, content, how):
        """What is not delivered is told."""
        try:
            there = len(etl_content.Content(self.path.read_bytes()).packets)
        except etl_content.Broken:
            return
        left = there - len(content.records)
        if self.sample and self.sample.name.startswith("fragments") and not self.sample.open:
            return  # several events make one packet
        said, damage = told(self.ran.err + self.ran.out)
        # An event that makes no packet is damage, and told as such.
        if left < 0 or not said <= left <= said + damage:
            self.complain(f"{how}: {there} packet events, {len(content.records)} packets, and {left} left out are not "
                          f"told: {' | '.join(self.ran.err.splitlines())[:300]}")

    def judge_hostile(self):
        for words in ((), EVERYTHING):
            content = self.convert(*words)
            if content and not self.sample.open:
                self.judge_remains(content)

    def judge_remains(self, content):
        sample = self.sample
        known = [(packet.times, packet.data) for packet in sample.packets]
        left = list(range(len(known)))
        strange = 0
        for record in content.records:
            for i in left:
                if record.time_ns in known[i][0] and record.data == known[i][1]:
                    left.remove(i)
                    break
            else:
                strange += 1
        missing = [i + 1 for i in left if i not in sample.may_miss]
        if missing:
            self.complain(f"packets {missing} of untouched buffers are missing; {len(content.records)} came out: "
                          f"{' | '.join(self.ran.err.splitlines())[:300]}")
        if strange > len(sample.may_miss) - len([i for i in left if i in sample.may_miss]) and not sample.may_have_more:
            self.complain(f"{strange} packets are made up")
        times = [record.time_ns for record in content.records]
        if times != sorted(times):
            self.complain("not in the order of time")

    def judge_real(self):
        count, records, size, first, last, digest = REAL[self.path.name]
        file = etl_content.Content(self.path.read_bytes())
        for how, words, expected in (("default", (), file.by_default()), ("everything", EVERYTHING, file.packets)):
            content = self.convert(*words)
            if not content:
                self.complain(f"{how}: nothing came out")
                continue
            got = content.records
            if len(got) != (count if how == "default" else records):
                self.complain(f"{how}: {len(got)} packets")
            self.compare_real(how, expected, got)
            self.judge_silence(content, how)
        if content is None:
            return
        data = [record.data for record in got]
        if (sum(map(len, data)), got[0].time_ns // 100, got[-1].time_ns // 100,
                hashlib.sha256(b"".join(data)).hexdigest()[:16]) != (size, first, last, digest):
            self.complain("everything: other bytes or times than in section 11")

    def compare_real(self, how, expected, got):
        for i, (packet, record) in enumerate(zip(expected, got)):
            # Only everything is shown with the bytes as logged.
            data = packet.data
            if how == "default" and packet.link == etl_content.IEEE802_11:
                data = etl_content.without_protection(data)
            want = (packet.time_ns // 100, data.hex(), packet.link, packet.direction)
            have = (record.time_ns // 100, record.data.hex(), record.interface.link, record.direction)
            if want != have or packet.original not in (None, record.original):
                self.complain(f"{how}: packet {i + 1}: {want} {packet.original} became {have} {record.original}")
                return
            name = file_name = record.interface.name + record.interface.description
            component = packet.event.provider == etl_content.PKTMON and self.names.get(packet.where[0])
            if component and component not in name:
                self.complain(f"{how}: packet {i + 1}: component {component} became {file_name}")
                return

    @property
    def names(self):
        if not hasattr(self, "known_names"):
            components = etl_content.Content(self.path.read_bytes()).components
            self.known_names = {identity: name for identity, (_, name) in components.items()}
        return self.known_names

    def judge_info(self):
        ran = Ran(self.anchoko, "info", self.path)
        if ran.status not in ((0, 1, 3) if self.sample and (self.sample.damaged or self.sample.lenient) else (0,)):
            self.complain(f"info: exit status {ran.status}: {ran.err[:200]}")
        if ran.seconds > SECONDS or ran.memory > MEMORY:
            self.complain(f"info: {ran.seconds:.1f} s, {ran.memory} KiB")
        said = (ran.out + ran.err).lower()
        for text in self.sample.shown if self.sample else ():
            if text not in said.replace(",", "").replace("'", ""):
                self.complain(f"info does not show {text}")
        if self.sample and self.sample.name.startswith("no-packets"):
            if not re.search(r"capture=yes|no packet|pktmon start|no events", said):
                self.complain(f"info gives no reason for no packets: {said[-300:]}")
        json = Ran(self.anchoko, "info", "--json", self.path)
        if json.status != ran.status or not json.out.startswith("{"):
            self.complain(f"info --json: exit status {json.status}: {json.out[:100]}")


def skip(name, why):
    print(f"SKIP {name}: {why}")
    return 77


def all_files(anchoko, work):
    files = []
    for hostile, some in ((False, etl_samples.samples()), (True, etl_samples.hostile_samples())):
        for sample in some:
            path = work / f"{sample.name}.etl"
            assert not path.exists(), f"two samples named {sample.name}"
            path.write_bytes(sample.data)
            files.append(File(anchoko, work, sample.name, path, sample, hostile))
    files += [File(anchoko, work, name, CORPUS / name) for name in REAL if (CORPUS / name).exists()]
    return files


def main(words):
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    anchoko, chosen = os.path.abspath(words[0]), words[1:]
    for tool in ("tshark", "capinfos"):
        if not shutil.which(tool):
            return skip("wireshark-absent", f"{tool} is not installed")
    with tempfile.TemporaryDirectory() as name:
        files = all_files(anchoko, pathlib.Path(name))
        real = sum(file.sample is None for file in files)
        files = [file for file in files if not chosen or any(word in file.label for word in chosen)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            done = list(pool.map(File.judge, files))
    wrong = [line for file in done for line in file.wrong]
    for line in wrong:
        print(f"FAIL {line}")
    print(f"{len(files)} files, {sum(bool(file.wrong) for file in done)} of them with {len(wrong)} failures")
    if wrong or not files:
        return 1
    if real < len(REAL):
        return skip("corpus-absent", f"not all real captures are in {CORPUS}; the generated files passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
