#!/usr/bin/env python3
"""Files of snoop, iptrace and nettl, converted and written back, hold the packets of their originals.

    native_files.py ANCHOKO [WORD…]     with words: only files whose FORMAT/NAME holds one of them

Judges: tshark, which reads the original and what came of it; and for generated files (native_samples.py) what their
generator knows, also where tshark is wrong or cannot read them. Real captures are found in $ANCHOKO_CORPUS, or in
../shared/captures beside the source folder.
"""

import concurrent.futures
import dataclasses
import hashlib
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import native_samples as samples  # noqa: E402
import pcapng_content  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = pathlib.Path(os.environ.get("ANCHOKO_CORPUS") or HERE.parents[2] / "shared" / "captures")

# What Wireshark calls the link layer of a nettl record, and of the same packet elsewhere. Not here: what no other
# format has a name for (bare ICMP, telnet, X.25, InfiniBand); any name but that of Ethernet will do.
SAME_ENCAPSULATION = {"70": "7", "71": "1", "72": "2", "73": "6"}
WITHOUT_EQUIVALENT = {"0", "12", "64", "65", "79", "94", "137", "150"}
# Files whose link layer tshark names in its own way; their generator says what it must be.
ENCAPSULATION_DIFFERS = {
    "nettl/sctp-268": "raw IP for it, with a subsystem beside; there is no IP header (hpux-nettl.md 8)",
    "snoop/surveyor-type-18-wifi": "802.11 with a radio header of Surveyor's (solaris-snoop.md 7.5)",
    "snoop/surveyor-type-18-wifi-long-header": "802.11 with a radio header of Surveyor's (solaris-snoop.md 7.5)",
}
# What each format must hold; what else it can, it may.
LINKS = samples
MUST_HOLD = {
    "snoop": {LINKS.ETHERNET, LINKS.TOKEN_RING, LINKS.FDDI, LINKS.IPNET},
    "iptrace": {LINKS.ETHERNET, LINKS.TOKEN_RING, LINKS.FDDI, LINKS.RAW},
    "nettl": {LINKS.ETHERNET, LINKS.TOKEN_RING, LINKS.FDDI, LINKS.RAW},
    "pcap": {LINKS.NULL, LINKS.ETHERNET, LINKS.TOKEN_RING, LINKS.FDDI, LINKS.RAW, LINKS.IPNET, LINKS.SUNATM},
}
# Tunnels have numbers in snoop that tshark refuses (solaris-snoop.md 7.3): a few lines here read them.
REFUSED_IN_SNOOP = {LINKS.RAW}
ONE_LINK_TYPE = {"snoop", "pcap"}
MICROSECONDS = {"snoop", "nettl"}
HOLDS_DIRECTION = {"iptrace", "nettl"}
HOLDS_ORIGINAL = {"snoop", "nettl", "pcap"}
PDU = 0x30000000


@dataclasses.dataclass(frozen=True)
class Row:
    """One packet as tshark lists it."""
    time: str
    captured: str
    original: str
    digest: str
    encapsulation: str
    direction: int


def quiet(text):
    """Without what Wireshark says to root."""
    return "\n".join(line for line in text.splitlines() if not line.startswith("Running as user"))


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, errors="replace",
                          stdin=subprocess.DEVNULL, env=os.environ | {"LC_ALL": "C", "TZ": "UTC"}, timeout=120)


def tshark(path):
    """The packets, and what tshark complains about."""
    fields = ("frame.time_epoch", "frame.cap_len", "frame.len", "frame.md5_hash", "frame.encap_type",
              "frame.packet_flags_direction", "nettl.kind", "nettl.subsys")
    words = [word for field in fields for word in ("-e", field)]
    done = run("tshark", "-r", path, "--disable-protocol", "ALL", "-o", "frame.generate_md5_hash:TRUE", "-T", "fields",
               *words)
    rows = []
    for line in done.stdout.splitlines():
        time, captured, original, digest, encapsulation, direction, kind, subsystem = line.split("\t")
        if kind:
            bits = int(kind, 16)
            # Records that are no packets (hpux-nettl.md 8).
            if not bits & PDU and subsystem != "11":
                continue
            direction = 1 if bits & 0x20000000 else 2 if bits & 0x10000000 else 0
        else:
            direction = int(direction or "0", 16) & 3
        rows.append(Row(time, captured, original, digest, encapsulation, direction))
    return rows, quiet(done.stderr)


def snoop_rows(data):
    """The packets of a snoop file without what tells its link type."""
    rows, at = [], 16
    if data[:12] != b"snoop\0\0\0\0\0\0\2":
        return rows, "not a snoop file of version 2"
    while at < len(data):
        original, captured, size, _, seconds, micros = struct.unpack_from(">6I", data, at)
        packet = data[at + 24:at + 24 + captured]
        if size < 24 + captured or at + size > len(data):
            return rows, f"a record of {size} bytes at {at}"
        rows.append(Row(f"{seconds}.{micros:06d}000", str(captured), str(original), hashlib.md5(packet).hexdigest(), "",
                        0))
        at += size
    return rows, ""


def first_difference(expected, got):
    for i, (one, other) in enumerate(zip(expected, got)):
        if one != other:
            return f"packet {i + 1}: {one} became {other}"
    return f"{len(expected)} packets became {len(got)}"


def times_to_micros(rows):
    return [dataclasses.replace(row, time=row.time[:-3] + "000") for row in rows]


class File:
    """One original on its way through a conversion and back."""

    def __init__(self, anchoko, work, label, path, sample):
        self.anchoko, self.work, self.label, self.path, self.sample = anchoko, work, label, path, sample
        self.wrong = []
        self.format = sample.format if sample else label.split("/")[0]
        if path.suffix == ".pcap":
            self.format = "pcap"

    def complain(self, text):
        self.wrong.append(f"{self.label}: {text}")

    def convert(self, source, target, *words):
        done = run(self.anchoko, "convert", source, "-o", target, "--force", *words)
        return done.returncode, done.stderr.strip().splitlines()

    def judge(self):
        target = self.work / (self.label.replace("/", "-") + ".pcapng")
        status, said = self.convert(self.path, target, "--verify")
        if status != (3 if self.sample and self.sample.damaged else 0):
            self.complain(f"exit status {status}: {' | '.join(said)}")
        if not target.exists():
            return self
        info = run("capinfos", "-M", target)
        if info.returncode != 0 or quiet(info.stderr):
            self.complain(f"capinfos: status {info.returncode}: {quiet(info.stderr)}")
        rows, words = tshark(target)
        if words:
            self.complain(f"tshark on the conversion: {words}")
        try:
            content = pcapng_content.read(target.read_bytes())
        except (pcapng_content.Broken, UnicodeDecodeError) as broken:
            self.complain(f"the conversion is not sound pcapng: {broken}")
            return self
        rows = self.bare(content, rows)
        if self.sample:
            self.judge_by_generator(content)
        self.judge_by_tshark(rows)
        self.write_back(target, content, rows)
        return self

    def bare(self, content, rows):
        """Packets without a link layer get tags in front; what follows looks at the packet behind them."""
        if len(content.records) != len(rows):
            self.complain(f"tshark lists {len(rows)} packets, there are {len(content.records)}")
            return rows
        for i, record in enumerate(content.records):
            if record.interface.link != pcapng_content.UPPER_PDU:
                continue
            whole = len(record.data)
            record.data, _ = pcapng_content.without_tags(record.data)
            record.original -= whole - len(record.data)
            rows[i] = dataclasses.replace(rows[i], captured=str(len(record.data)), original=str(record.original),
                                          digest=hashlib.md5(record.data).hexdigest())
        return rows

    def judge_by_generator(self, content):
        expected, got = self.sample.packets, content.records
        if len(expected) != len(got):
            self.complain(f"{len(expected)} packets became {len(got)}")
        for i, (packet, record) in enumerate(zip(expected, got)):
            data, original = packet.data, packet.original
            kept, kept_original = record.data, record.original
            if packet.link == samples.SUNATM and self.format == "iptrace":
                # Its reader has to make the header of this link type itself.
                kept, kept_original = kept[4:], kept_original - 4
            for what, want, have in (("time", packet.time_ns, record.time_ns), ("bytes", data.hex(), kept.hex()),
                                     ("original length", original, kept_original),
                                     ("direction", packet.direction, record.direction),
                                     ("interface", packet.interface, packet.interface and record.interface.name)):
                if want != have:
                    self.complain(f"packet {i + 1}: {what} {want} became {have}")
                    return
            link = record.interface.link
            if link != packet.link if packet.link is not samples.OPAQUE else link == samples.ETHERNET:
                self.complain(f"packet {i + 1}: link type {packet.link} became {link}")
                return
        if self.sample.drops is not None:
            counted = sum(interface.dropped or 0 for interface in content.interfaces)
            by_packet = sum(record.dropped for record in got)
            if self.sample.drops not in (counted, by_packet):
                self.complain(f"{self.sample.drops} drops became {counted} in statistics, {by_packet} with packets")

    def judge_by_tshark(self, rows):
        before, said = tshark(self.path)
        if self.sample:
            self.judge_generator(before, said)
            if self.sample.tshark and self.sample.tshark[0] != "complains":
                return
        elif said:
            self.complain(f"tshark cannot read this original: {said}")
        if self.sample and len(before) == len(self.sample.packets):
            # It does not know every header that tells a direction.
            before = [dataclasses.replace(row, direction=packet.direction)
                      for row, packet in zip(before, self.sample.packets)]
        after = rows
        if self.label in ENCAPSULATION_DIFFERS:
            before = [dataclasses.replace(row, encapsulation="") for row in before]
            after = [dataclasses.replace(row, encapsulation="") for row in rows]
        else:
            before = [dataclasses.replace(row, encapsulation=SAME_ENCAPSULATION.get(row.encapsulation,
                                                                                    row.encapsulation))
                      for row in before]
            if all(row.encapsulation in WITHOUT_EQUIVALENT for row in before):
                if any(row.encapsulation == "1" for row in after):
                    self.complain("became Ethernet")
                before = [dataclasses.replace(row, encapsulation="") for row in before]
                after = [dataclasses.replace(row, encapsulation="") for row in rows]
        if before != after:
            self.complain(f"tshark: {first_difference(before, after)}")

    def judge_generator(self, rows, said):
        """The generator itself is judged by tshark, where tshark can."""
        expected = []
        for packet in self.sample.packets:
            data, original = packet.data, packet.original
            if packet.link == samples.SUNATM and self.format == "snoop":
                data, original = data[4:], original - 4
            seconds, nanos = divmod(packet.time_ns, samples.SECOND)
            expected.append((f"{seconds}.{nanos:09d}", str(len(data)), str(original), hashlib.md5(data).hexdigest(),
                             packet.direction))
        same = not said and len(rows) == len(expected) and all(
            wanted == (row.time, row.captured, row.original, row.digest, row.direction or wanted[4])
            for wanted, row in zip(expected, rows))
        # A judge that has learned must lose its entry.
        if same and self.sample.tshark:
            self.complain(f"tshark reads it now; its entry is out of date: {self.sample.tshark[1]}")
        if not same and not self.sample.tshark:
            self.complain(f"generator and tshark differ: {said} {first_difference(expected, rows)}")

    def write_back(self, converted, content, rows):
        links = {record.interface.link for record in content.records}
        targets = [self.format] if self.format in MUST_HOLD else []
        # Into other formats too, for a file of each kind.
        if not self.sample or self.sample.seed:
            targets = list(MUST_HOLD)
        for target in targets:
            if target in ONE_LINK_TYPE and len(links) > 1:
                continue
            self.write_as(target, converted, rows, links)

    def write_as(self, target, converted, rows, links):
        if not links <= MUST_HOLD[target] and target != self.format:
            return
        path = self.work / f"{self.label.replace('/', '-')}.{target}"
        status, said = self.convert(converted, path, "--to", target)
        if status == 1 and not links <= MUST_HOLD[target] and said and not path.exists():
            return
        if status not in (0, 3) or not path.exists():
            self.complain(f"--to {target}: exit status {status}: {' | '.join(said)}")
            return
        if status == 3 and target == self.format:
            self.complain(f"--to {target}, from where it came: exit status 3: {' | '.join(said)}")
        if not rows:
            return  # tshark wants a first packet in several formats
        refused = target == "snoop" and links & REFUSED_IN_SNOOP
        back, words = snoop_rows(path.read_bytes()) if refused else tshark(path)
        if words:
            self.complain(f"--to {target}: {words}")
        rows, back = list(rows), [dataclasses.replace(
            row, encapsulation=SAME_ENCAPSULATION.get(row.encapsulation, row.encapsulation)) for row in back]
        if target in MICROSECONDS:
            rows = times_to_micros(rows)
        if target not in HOLDS_ORIGINAL:
            rows = [dataclasses.replace(row, original=row.captured) for row in rows]
        if target not in HOLDS_DIRECTION:
            rows = [dataclasses.replace(row, direction=0) for row in rows]
            back = [dataclasses.replace(row, direction=0) for row in back]
        elif len(rows) == len(back):
            back = [dataclasses.replace(new, direction=old.direction if old.direction == 0 else new.direction)
                    for old, new in zip(rows, back)]
        if refused or not links <= MUST_HOLD[target]:
            rows = [dataclasses.replace(row, encapsulation="") for row in rows]
            back = [dataclasses.replace(row, encapsulation="") for row in back]
        if rows != back:
            self.complain(f"--to {target}: {first_difference(rows, back)}")


def ring_in_order(anchoko, work, folder):
    """The files of a ring, given by the name they share, come out from the oldest to the newest."""
    target = work / "ring.pcapng"
    done = run(anchoko, "convert", folder / "nettl" / "ring", "-o", target, "--force", "--verify")
    if done.returncode != 0:
        return [f"nettl/ring: exit status {done.returncode}: {done.stderr.strip()}"]
    times = [record.time_ns for record in pcapng_content.read(target.read_bytes()).records]
    if len(times) != 15 or times != sorted(times):
        return [f"nettl/ring: {len(times)} packets, not 15 in the order of their times"]
    return []


def skip(name, why):
    print(f"SKIP {name}: {why}")
    return 77


def main(words):
    if not words:
        print(__doc__, file=sys.stderr)
        return 2
    anchoko, chosen = os.path.abspath(words[0]), words[1:]
    for tool in ("tshark", "capinfos"):
        if not shutil.which(tool):
            return skip("wireshark-absent", f"{tool} is not installed")
    with tempfile.TemporaryDirectory() as name:
        work = pathlib.Path(name)
        folder = work / "samples"
        # etl_files.py judges the other ETL files: nothing is written back as ETL.
        generated = [sample for sample in samples.all_samples() if sample.format != "etl" or sample.seed]
        samples.write(generated, folder)
        files = [File(anchoko, work, f"{sample.format}/{sample.name}", folder / sample.format / sample.name, sample)
                 for sample in generated]
        for format in ("snoop", "iptrace", "nettl"):
            files += [File(anchoko, work, f"{format}/corpus/{path.name}", path, None)
                      for path in sorted((CORPUS / format).glob("*"))]
        real = sum(file.sample is None for file in files)
        files = [file for file in files if not chosen or any(word in file.label for word in chosen)]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            done = list(pool.map(File.judge, files))
        wrong = [line for file in done for line in file.wrong]
        if not chosen:
            wrong += ring_in_order(anchoko, work, folder)
    for line in wrong:
        print(f"FAIL {line}")
    failed = sum(bool(file.wrong) for file in done)
    print(f"{len(files)} files, {sum(len(file.sample.packets) for file in files if file.sample)} generated packets, "
          f"{failed} files with {len(wrong)} failures")
    if wrong or not files:
        return 1
    if real == 0:
        return skip("corpus-absent", f"no real captures in {CORPUS}; the generated files passed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
