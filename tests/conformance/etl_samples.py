"""ETL files of netsh trace and pktmon, with what no real sample shows: written from etl-format.md, to whose sections
comments refer, with a compressor of our own."""

import dataclasses
import random
import struct

from native_samples import (ETHERNET, IEEE802_11, IN, OUT, RAW, ROUTER, SNAP_IP, STATION, UNKNOWN, Packet, Sample, be16,
                            ethernet, ip_packet, ipv6_packet, le16, le32, noise, u8)

FILETIME_OF_1970 = 116444736000000000
START = FILETIME_OF_1970 + 1_600_000_000 * 10_000_000  # when the traces begin
FIRST = 987_654_321_012  # the counter then

guid = lambda text: bytes.fromhex(text.replace("-", ""))


def windows_order(text):
    raw = guid(text)
    return raw[3::-1] + raw[5:3:-1] + raw[7:5:-1] + raw[8:]


NDIS = windows_order("2ED6006E-4729-4609-B423-3EE7BCD678EF")
PKTMON = windows_order("4D4F80D9-C8BD-4D73-BB5B-19C90402C5AC")
RAS = windows_order("D84521F7-2235-4237-A7C0-14E3A9676286")
TCPIP = windows_order("2F07E2EE-15DB-40F1-90EF-9D7BA282188A")  # any provider that is none of these
SYSTEM_CONFIG = windows_order("9B79EE91-B5FD-41C0-A243-4248E266E9D0")

START_BIT, END_BIT = 0x40000000, 0x80000000
SEND, RECEIVE = 0x100000000, 0x200000000
WHOLE = START_BIT | END_BIT
CHANNEL = 0x8000060000000000 & ~(SEND | RECEIVE)
ETHERNET_BIT, WWAN_BIT, WIFI_BIT, SWITCH_BIT, TRUNCATED_BIT = 0x1, 0x200, 0x10000, 0x1000000, 0x2000000


def le64(*values):
    return b"".join((value & 0xFFFFFFFFFFFFFFFF).to_bytes(8, "little") for value in values)


def utf16(text):
    return text.encode("utf-16-le") + bytes(2)


# ---- compression (2.1) -----------------------------------------------------------------------------------------------

class Packed:
    """Plain LZ77 of [MS-XCA]; greedy."""

    def __init__(self, data):
        self.out, self.flags, self.flags_at, self.left = bytearray(), 0, 0, 0
        self.nibble_at = None
        seen, at = {}, 0
        while at < len(data):
            length, distance = self.match(data, at, seen)
            self.flag(length > 0)
            if length:
                self.reference(distance, length)
            else:
                self.out.append(data[at])
                length = 1
            for i in range(at, min(at + length, len(data) - 2, at + 512)):
                seen[data[i:i + 3]] = i
            at += length
        self.finish()

    def finish(self):
        if self.left:  # the rest of the flags is ones
            self.flags = self.flags << self.left | (1 << self.left) - 1
            struct.pack_into("<I", self.out, self.flags_at, self.flags)

    def literals(self, data):
        for byte in data:
            self.flag(False)
            self.out.append(byte)

    @staticmethod
    def match(data, at, seen):
        source = seen.get(data[at:at + 3], -1) if at + 3 <= len(data) else -1
        if source < 0 or at - source > 8192:
            return 0, 0
        length = 0
        while at + length < len(data) and data[source + length] == data[at + length]:
            length += 1
        return (length, at - source) if length >= 3 else (0, 0)

    def flag(self, bit):
        if self.left == 0:
            self.flags, self.flags_at, self.left = 0, len(self.out), 32
            self.out += bytes(4)
        self.flags = self.flags << 1 | bit
        self.left -= 1
        if self.left == 0:
            struct.pack_into("<I", self.out, self.flags_at, self.flags)

    def reference(self, distance, length):
        rest = length - 3
        self.out += le16(distance - 1 << 3 | min(rest, 7))
        if rest < 7:
            return
        nibble = min(rest - 7, 15)
        if self.nibble_at is None:
            self.nibble_at = len(self.out)
            self.out.append(nibble)
        else:
            self.out[self.nibble_at] |= nibble << 4
            self.nibble_at = None
        if nibble < 15:
            return
        if rest - 22 < 255:
            self.out.append(rest - 22)
        elif rest < 65536:
            self.out += u8(255) + le16(rest)
        else:
            self.out += u8(255) + le16(0) + le32(rest)


# ---- events (3) ------------------------------------------------------------------------------------------------------

def padded(event):
    return event + bytes(-len(event) % 8)


def manifest_event(ticks, provider, number, data, keyword=0, bits=64, items=b"", thread=44, process=4, level=4,
                   channel=16):
    flags = 1 if items else 0
    return (le16(80 + len(items) + len(data), 0xC013 if bits == 64 else 0xC012, flags, 0) + le32(thread, process)
            + le64(ticks) + provider + le16(number) + u8(0, channel, level, 0) + le16(0) + le64(keyword) + le32(7, 9)
            + bytes(16) + items + data)


def item(kind, data, more):
    """3.2"""
    size = 8 + len(data) + -len(data) % 8
    return le16(size, kind, int(more), len(data)) + data + bytes(size - 8 - len(data))


def system_event(ticks, hook, data, bits=64):
    return le16(2) + u8(0x02 if bits == 64 else 0x01, 0xC0) + le16(32 + len(data), hook) + le32(44, 4) + le64(
        ticks) + le32(0, 0) + data


def compact_event(ticks, hook, data, bits=64):
    return le16(2) + u8(0x04 if bits == 64 else 0x03, 0xC0) + le16(24 + len(data), hook) + le32(44, 4) + le64(
        ticks) + data


def perfinfo_event(ticks, hook, data, bits=64):
    return le16(2) + u8(0x11 if bits == 64 else 0x10, 0xC0) + le16(16 + len(data), hook) + le64(ticks) + data


def full_event(ticks, provider, data, bits=64):
    return le16(48 + len(data)) + u8(0x14 if bits == 64 else 0x0A, 0xC0, 1, 4, 0, 0) + le32(44, 4) + le64(
        ticks) + provider + le32(0, 0) + data


def instance_event(ticks, data, bits=64):
    header = le16(0x38 if bits == 32 else 0x48) + u8(0x15 if bits == 64 else 0x0B, 0xC0, 1, 4, 0, 0) + le32(
        44, 4) + le64(ticks)
    header = header.ljust(0x38 if bits == 32 else 0x48, b"\x11")
    return le16(len(header) + len(data)) + header[2:] + data


def sized_event(kind, mark, data):
    """Kinds of which only the size is known."""
    return le16(4 + len(data)) + u8(kind, mark) + data


# ---- buffers and files (1, 2, 4, 5) ----------------------------------------------------------------------------------

class Log:
    def __init__(self, bits=64, clock=1, frequency=10_000_000, mhz=2400, size=1024, compressed=False, mode=1,
                 build=17763, processors=2, events_lost=0, buffers_lost=0, unfinished=False, windows7=False,
                 session="Relogger", header_size=None):
        self.bits, self.clock, self.frequency, self.mhz = bits, clock, frequency, mhz
        self.size, self.compressed, self.mode, self.build = size, compressed, mode, build
        self.processors, self.events_lost, self.buffers_lost = processors, events_lost, buffers_lost
        self.unfinished, self.windows7, self.session, self.header_size = unfinished, windows7, session, header_size
        self.buffers = []  # (CPU, events)
        self.header_events = []  # behind the log file's own

    def ticks(self, micros):
        if self.clock == 2:
            return START + micros * 10
        return FIRST + micros * (self.mhz if self.clock == 3 else self.frequency) // (
            1 if self.clock == 3 else 1_000_000)

    def times(self, ticks):
        """In nanoseconds: cut to 100 as Windows' tools do, and exact."""
        past = ticks - FIRST
        base = (START - FILETIME_OF_1970) * 100
        if self.clock == 2:
            exact = (ticks - FILETIME_OF_1970) * 100
        elif self.clock == 3:
            exact = base + past * 1000 // self.mhz
        else:
            exact = base + past * 1_000_000_000 // self.frequency
        return exact // 100 * 100, exact

    def header_event(self):
        pointer, wide = (8, le64) if self.bits == 64 else (4, le32)
        written = 0 if self.unfinished else len(self.buffers) + 1
        mode = self.mode | (0x04000000 if self.compressed else 0) | (0x00010000 if self.session == "Relogger" else 0)
        zone = le32(-330) + bytes(64) + bytes(16) + le32(0) + bytes(64) + bytes(16) + le32(0)
        payload = (le32(self.size) + u8(10, 0, *((2, 0) if self.compressed else (1, 5)))
                   + le32(self.build, self.processors)
                   + le64(0 if self.unfinished else START + 86400 * 10_000_000) + le32(156250, 250, mode, written, 1)
                   + le32(pointer, self.events_lost, self.mhz) + wide(0x11223344, 0x55667788) + zone + bytes(4)
                   + le64(START - 7 * 86400 * 10_000_000, self.frequency, START) + le32(self.clock, self.buffers_lost)
                   + utf16(self.session) + utf16("C:\\trace.etl"))
        return system_event(self.ticks(0), 0, payload, self.bits)

    def buffer(self, cpu, events, kind=0, flags=0x01, size=None, sequence=1):
        body = b"".join(map(padded, events))
        used = 72 + len(body)
        size = size or self.size
        number = u8(cpu, 8) if self.windows7 else le16(cpu)
        flags |= 0 if self.windows7 else 0x20
        if self.compressed and kind != 4:
            packed = bytes(Packed(body).out)
            size, flags, rest = 72 + len(packed), flags | 0x40, packed
        else:
            assert used <= size, f"{used} bytes do not fit into {size}"
            rest = body + b"\xff" * (size - used)
        header = (le32(size, 0 if kind == 4 else used, 0x7F001234, 0) + le64(START, sequence, 0xFFFFC0001234) + number
                  + le16(0, 0x0003, 0) + le32(used) + le16(flags, kind) + noise(len(events), 16))
        return header + rest

    def data(self):
        out = self.buffer(0, [self.header_event()] + self.header_events, 4, 0x01,
                          self.header_size or (1024 if self.compressed else self.size))
        for number, (cpu, events) in enumerate(self.buffers):
            out += self.buffer(cpu, events, sequence=1 + number % 5)
        return out


# ---- packets (7, 8) --------------------------------------------------------------------------------------------------

@dataclasses.dataclass
class EtlPacket(Packet):
    times: tuple[int, ...] = ()  # any of them
    also: tuple[bytes, ...] = ()  # other bytes that would do
    logged: bytes = b""  # with --all-components, which shows frames as they were logged; empty: the same
    key: object = None  # packets of one key come from one interface, others from another
    words: str = ""  # must stand in the name or description of its interface
    comments: tuple[str, ...] = ()  # expressions that its comments must hold


@dataclasses.dataclass
class EtlSample(Sample):
    everything: list[EtlPacket] | None = None  # with --all-components --drops; None: the same
    shown: tuple[str, ...] = ()  # by `info`
    lenient: bool = False  # the exit status may be 0 or 3
    open: bool = False  # what comes out by default is left open; nothing may be lost in silence
    # Of lying files:
    may_refuse: bool = False
    may_miss: frozenset[int] = frozenset()  # indices of packets
    may_have_more: bool = False
    # The conversion holds one of each: addresses may be options, or words.
    holds: tuple[tuple[bytes, ...], ...] = ()


def fragment(log, ticks, data, bits=WHOLE, direction=RECEIVE, link=ETHERNET_BIT, lower=14, miniport=14, tail=False,
             items=b"", bitness=None, process=4, thread=44):
    payload = le32(miniport, lower, len(data)) + data + (le64(0, 0) if tail else b"")
    return manifest_event(ticks, NDIS, 1001, payload, CHANNEL | bits | direction | link, bitness or log.bits, items,
                          process=process, thread=thread)


def seen(log, ticks, data, direction=IN, link=ETHERNET, original=None, key=None, **more):
    times = log.times(ticks)
    return EtlPacket(times[1], data, len(data) if original is None else original, link, direction, None, times,
                     key=key, **more)


def way(i):
    return (RECEIVE, IN) if i % 2 else (SEND, OUT)


def wifi(number, size=92, protected=True):
    """A data frame as NDIS gives it: decrypted, without check sequence, the Protected bit left on."""
    return (u8(8, 1 | (0x40 if protected else 0)) + be16(0) + ROUTER + STATION + ROUTER + le16(number << 4)
            + SNAP_IP + ip_packet(number, size - 32))


def run_of(log, first, count, size=60, step=1000, **how):
    """Events of NDIS and what they are: alternately sent and received, `step` microseconds apart."""
    events, packets = [], []
    for i in range(first, first + count):
        flag, direction = way(i)
        ticks, frame = log.ticks(1 + i * step), ethernet(i, size + i % 7)
        events.append(fragment(log, ticks, frame, direction=flag, **how))
        packets.append(seen(log, ticks, frame, direction, key=how.get("lower", 14)))
    return events, packets


def plain(name, log, count=12, per_buffer=4, order=None, **how):
    """Packets in turn on two CPUs. `order`: of the buffers in the file."""
    buffers, packets = [], []
    for n, first in enumerate(range(0, count, per_buffer)):
        events, some = run_of(log, first, per_buffer)
        buffers.append((n % 2, events))
        packets += some
    log.buffers = [buffers[i] for i in order] if order else buffers
    return EtlSample("etl", name, log.data(), packets, tshark=NO_JUDGE, **how)


NO_JUDGE = ("refuses", "it reads no ETL")


def clocks():
    for bits in (64, 32):
        for clock, frequency in ((1, 10_000_000), (1, 3_312_788), (1, 1_818_300), (2, 10_000_000), (3, 10_000_000)):
            log = Log(bits=bits, clock=clock, frequency=frequency, mhz=2394)
            yield plain(f"clock-{clock}-{bits}-bit-{frequency}", log, seed=bits == 32 and clock == 2)
    # Products of 64 bits overflow within days (5).
    for clock, frequency in ((1, 3_312_788), (1, 24_000_000), (3, 10_000_000)):
        log = Log(clock=clock, frequency=frequency, size=4096)
        events, packets = run_of(log, 0, 8, step=9 * 86_400_000_000)
        log.buffers = [(0, events)]
        yield EtlSample("etl", f"two-months-clock-{clock}-{frequency}", log.data(), packets)


def orders():
    yield plain("one-size", Log(), seed=True)
    yield plain("interleaved", Log(), 24, 4, [1, 3, 0, 5, 2, 4])
    yield plain("windows-7-cpu", Log(windows7=True, build=7601), 24, 4, [1, 3, 0, 5, 2, 4])
    # The ring of a session that was not relogged: the oldest buffers stand behind the newest (6, 12).
    yield plain("wrapped", Log(mode=2, session="NetTrace"), 12, 4, [2, 0, 1], seed=True)
    yield plain("wrapped-twice", Log(mode=2, session="NetTrace"), 24, 4, [4, 5, 0, 1, 2, 3])
    yield plain("wrapped-interleaved", Log(mode=2, session="NetTrace"), 32, 4, [5, 7, 4, 6, 1, 0, 3, 2])
    yield plain("backwards", Log(mode=2, session="NetTrace"), 40, 4, list(range(9, -1, -1)))
    yield plain("unfinished", Log(unfinished=True, session="NetTrace", mode=2))
    zeros = plain("unfinished-with-zeros-behind", Log(unfinished=True, session="NetTrace", mode=2), lenient=True)
    zeros.data += bytes(3000)
    yield zeros
    for i, log in enumerate((Log(compressed=True), Log(compressed=True, header_size=0x200, build=9200),
                             Log(compressed=True, size=16 << 20, build=26100, bits=64, frequency=3_312_788))):
        yield plain(f"compressed-{i}", log, 24, 4, [1, 3, 0, 5, 2, 4], seed=i == 0)
    # Equal times: the file's order decides (6).
    log = Log()
    packets = []
    for n in range(4):
        events = []
        for i in range(4):
            frame, ticks = ethernet(n * 4 + i, 60), log.ticks(1000 + i // 2)
            events.append(fragment(log, ticks, frame))
            packets.append(seen(log, ticks, frame, key=14))
        log.buffers.append((3 - n, events))
    packets.sort(key=lambda packet: packet.time_ns)
    yield EtlSample("etl", "equal-times", log.data(), packets)
    # Ninety processors, with numbers beyond a byte (2).
    log = Log(processors=400)
    packets = []
    for n in range(90):
        events, some = run_of(log, n * 3, 3, step=1)
        log.buffers.append((7 * n + 3, events))
        packets += some
    random.Random(5).shuffle(log.buffers)
    yield EtlSample("etl", "ninety-cpus", log.data(), packets)
    # An 0xFFFFFFFF ends a buffer; buffers may hold nothing; the first may hold more (2, 9).
    log = Log()
    events, packets = run_of(log, 0, 8)
    log.header_events = [system_event(log.ticks(0), 0x50, noise(1, 24))]
    log.buffers = [(0, []), (0, events[:4] + [b"\xff" * 8]), (1, [system_event(log.ticks(0), 0x50, noise(1, 24))]),
                   (1, events[4:]), (0, [])]
    yield EtlSample("etl", "hollow", log.data(), packets)
    # Long matches: lengths of one, two and four bytes (2.1).
    log = Log(compressed=True, size=1 << 20)
    same = [full_event(log.ticks(0), SYSTEM_CONFIG, bytes(16)) for _ in range(1200)]
    text = [full_event(log.ticks(0), SYSTEM_CONFIG, bytes(size)) for size in (20, 60, 200, 274, 275, 276, 300, 9000)]
    events, packets = run_of(log, 0, 6)
    log.buffers = [(0, same + events[:2]), (0, text + events[2:])]
    yield EtlSample("etl", "long-matches", log.data(), packets)


def framings():
    """Every kind of section 3 between packets."""
    for bits in (64, 32):
        for compressed in (False, True):
            log = Log(bits=bits, size=4096, compressed=compressed)
            t = log.ticks
            between = [
                system_event(t(5), 0x0050, noise(1, 20), bits), compact_event(t(6), 0x0F01, noise(2, 13), bits),
                perfinfo_event(t(7), 0x0F2E, noise(3, 9), bits), full_event(t(8), SYSTEM_CONFIG, noise(4, 33), bits),
                instance_event(t(9), noise(5, 12), bits), sized_event(0x0C, 0xC0, noise(6, 28)),
                sized_event(0x0E, 0xC0, noise(6, 44)), sized_event(0x0D, 0xC0, noise(7, 36)),
                sized_event(0x0F, 0xC0, noise(8, 20)), sized_event(0x00, 0x90, noise(9, 27)),
                sized_event(0x00, 0x9F, noise(9, 21)), sized_event(0x00, 0xB0, noise(10, 25)),
                le16(0x8702) + perfinfo_event(t(7), 0x0F2E, bytes(16) + noise(3, 9), bits)[2:],
                manifest_event(t(10), TCPIP, 1001, noise(11, 40), bits=bits),
                manifest_event(t(10), TCPIP, 160, noise(11, 70), bits=96 - bits),
                manifest_event(t(10), SYSTEM_CONFIG, 5001, noise(11, 70), bits=bits),
                full_event(t(8), NDIS, noise(4, 60), bits),  # classic, whatever its GUID
            ]
            items = (item(1, noise(1, 16), True) + item(6, noise(2, 44), True) + item(12, noise(3, 3), False))
            events, packets = [], []
            for i, other in enumerate(between):
                flag, direction = way(i)
                frame, ticks = ethernet(i, 60 + i), t(20 + i)
                # 32-bit headers in a 64-bit file and the other way round: only their sizes matter.
                events += [other, fragment(log, ticks, frame, direction=flag, items=items if i % 3 == 0 else b"",
                                           bitness=(64, 32)[i % 2])]
                packets.append(seen(log, ticks, frame, direction, key=14))
            log.buffers = [(0, events[:16]), (0, events[16:])]
            name = f"framings-{bits}-bit{'-compressed' if compressed else ''}"
            yield EtlSample("etl", name, log.data(), packets, seed=compressed and bits == 64, tshark=NO_JUDGE)


def fragments_of(log, ticks, frame, sizes, apart=1, **how):
    at, events = 0, []
    for i, size in enumerate(sizes):
        bits = (START_BIT if i == 0 else 0) | (END_BIT if i == len(sizes) - 1 else 0)
        events.append(fragment(log, ticks + apart * i, frame[at:at + size], bits, **how))
        at += size
    assert at == len(frame)
    return events


def reassembled(log, ticks, frame, sizes, direction, key):
    packet = seen(log, ticks, frame, direction, key=key)
    packet.times = tuple(time for i in range(len(sizes)) for time in log.times(ticks + i))
    return packet


def several_fragments():
    """Windows 7 splits (7)."""
    log = Log(build=7601, windows7=True, size=2048)
    sizes = [(40, 34), (20, 20, 34), (74,), (1, 1, 1, 71), (14, 60)]
    events, packets = [], []
    for i in range(10):
        flag, direction = way(i)
        ticks, frame, cut = log.ticks(1000 * (i + 1)), ethernet(i, 74), sizes[i % 5]
        events.append(fragments_of(log, ticks, frame, cut, direction=flag))
        packets.append(reassembled(log, ticks, frame, cut, direction, 14))
    log.buffers = [(i % 2, [event for some in events[i:i + 2] for event in some]) for i in range(0, 10, 2)]
    yield EtlSample("etl", "fragments", log.data(), packets)
    # The same, small.
    log = Log(build=7601, windows7=True)
    events, packets = [], []
    for i in range(5):
        flag, direction = way(i)
        ticks, frame = log.ticks(1000 * (i + 1)), ethernet(i, 70)
        events += fragments_of(log, ticks, frame, ((70,), (30, 40), (20, 20, 30))[i % 3], 0, direction=flag)
        packets.append(seen(log, ticks, frame, direction, key=14))
    log.buffers = [(0, events[:3]), (0, events[3:6]), (0, events[6:])]
    yield EtlSample("etl", "fragments-small", log.data(), packets, seed=True, tshark=NO_JUDGE)

    # Both directions of a CPU, two CPUs and two interfaces at once.
    log = Log(build=7601, windows7=True, size=4096)
    streams, packets = [], []
    for cpu in (0, 1):
        for lower in (14, 2):
            for i in (0, 1):
                flag, direction = way(i)
                number = len(streams)
                ticks, frame = log.ticks(1000 + 40 * number), ethernet(number, 90 + number)
                cut = (30, 30, 30 + number)
                parts = [fragment(log, ticks + 10_000 * j, frame[30 * j:30 * j + cut[j]],
                                  (START_BIT, 0, END_BIT)[j], flag, lower=lower, miniport=lower) for j in range(3)]
                streams.append((cpu, parts))
                packet = seen(log, ticks, frame, direction, key=lower)
                packet.times = tuple(time for j in range(3) for time in log.times(ticks + 10_000 * j))
                packets.append(packet)
    for cpu in (0, 1):
        mixed = [parts[j] for j in range(3) for owner, parts in streams if owner == cpu]
        log.buffers.append((cpu, mixed))
    yield EtlSample("etl", "fragments-interleaved", log.data(), packets)

    # A packet whose fragments stand in two buffers of its CPU, with a buffer of another between.
    log = Log(build=7601, windows7=True)
    frame = ethernet(7, 300)
    parts = fragments_of(log, log.ticks(1000), frame, (100, 100, 100))
    events, packets = run_of(log, 0, 3, step=100)
    log.buffers = [(0, parts[:2]), (1, events), (0, parts[2:])]
    packets.append(reassembled(log, log.ticks(1000), frame, (100, 100, 100), IN, 14))
    yield EtlSample("etl", "fragments-across-buffers", log.data(), packets)

    # What is never ended, or never began, comes out or is told.
    log = Log(build=7601, windows7=True)
    events, packets = run_of(log, 0, 4, step=100)
    log.buffers = [(0, events[:2]), (0, [fragment(log, log.ticks(900), ethernet(90, 80), START_BIT)]),
                   (1, [fragment(log, log.ticks(50), ethernet(91, 80)[40:], END_BIT)] + events[2:])]
    yield EtlSample("etl", "fragments-left", log.data(), packets, open=True, lenient=True)


def ndis_kinds():
    for name, tail in (("gft-tail", True), ("no-tail", False)):
        log = Log()
        events, packets = run_of(log, 0, 4, tail=tail, process=31415, thread=27182)
        for packet in packets:
            packet.comments = (r"\b31415\b", r"\b27182\b")
        log.buffers = [(0, events)]
        yield EtlSample("etl", f"ndis-{name}", log.data(), packets)
    # Keyword 0x60000000000, of a realtime session.
    log = Log()
    frames = [ethernet(i, 61 + i) for i in range(4)]
    ticks = [log.ticks(100 * i + 1) for i in range(4)]
    log.buffers = [(0, [manifest_event(at, NDIS, 1001, le32(14, 14, len(frame)) + frame, 0x60000000000)
                        for at, frame in zip(ticks, frames)])]
    yield EtlSample("etl", "ndis-neither-start-nor-end", log.data(),
                    [seen(log, at, frame, UNKNOWN, key=14) for at, frame in zip(ticks, frames)])

    log = Log(size=2048)
    events, packets = [], []
    for i in range(6):
        flag, direction = way(i)
        frame = wifi(i, 90 + i, protected=i % 3 != 0)
        clear = wifi(i, 90 + i, protected=False)
        events.append(fragment(log, log.ticks(1 + i), frame, direction=flag, link=WIFI_BIT))
        packets.append(seen(log, log.ticks(1 + i), clear, direction, IEEE802_11, key=14, logged=frame))
    log.buffers = [(0, events)]
    yield EtlSample("etl", "ndis-wifi-protected", log.data(), packets, seed=True, tshark=NO_JUDGE)

    log = Log(size=2048)
    frames = [(ip_packet, ipv6_packet)[i % 2](i, 80 + i) for i in range(6)]
    log.buffers = [(0, [fragment(log, log.ticks(1 + i), frame, direction=way(i)[0], link=WWAN_BIT)
                        for i, frame in enumerate(frames)])]
    yield EtlSample("etl", "ndis-wwan", log.data(),
                    [seen(log, log.ticks(1 + i), frame, way(i)[1], RAW, key=14) for i, frame in enumerate(frames)])

    # Three links of one trace, each with its own interface.
    log = Log(size=2048)
    kinds = [(ETHERNET_BIT, ETHERNET, ethernet, 14), (WIFI_BIT, IEEE802_11, lambda i: wifi(i, protected=False), 15),
             (WWAN_BIT, RAW, ip_packet, 16)]
    events, packets = [], []
    for i in range(9):
        bit, link, make, lower = kinds[i % 3]
        events.append(fragment(log, log.ticks(1 + i), make(i), link=bit, lower=lower, miniport=lower))
        packets.append(seen(log, log.ticks(1 + i), make(i), IN, link, key=(lower, link)))
    log.buffers = [(0, events)]
    yield EtlSample("etl", "ndis-three-links", log.data(), packets, tshark=NO_JUDGE)

    # PacketTruncateBytes: the length on the wire is inferred from that of IP (7).
    log = Log(size=2048)
    frames = [ethernet(i, 200 + i) for i in range(4)]
    log.buffers = [(0, [fragment(log, log.ticks(1 + i), frame[:60], link=ETHERNET_BIT | TRUNCATED_BIT)
                        for i, frame in enumerate(frames)])]
    yield EtlSample("etl", "ndis-truncated", log.data(),
                    [seen(log, log.ticks(1 + i), frame[:60], original=len(frame), key=14, comments=("length",))
                     for i, frame in enumerate(frames)])
    # Padded to the least size of a frame: the captured length is the larger.
    log = Log(size=2048)
    frames = [ethernet(i, 50) + bytes(10) for i in range(4)]
    log.buffers = [(0, [fragment(log, log.ticks(1 + i), frame) for i, frame in enumerate(frames)])]
    yield EtlSample("etl", "ndis-padded", log.data(),
                    [seen(log, log.ticks(1 + i), frame, key=14) for i, frame in enumerate(frames)])

    log = Log(size=8192)
    events, packets = run_of(log, 0, 2, size=1514 - 2)
    jumbo = ethernet(5, 6000)
    log.buffers = [(0, events), (0, [fragment(log, log.ticks(10_000), jumbo)])]
    yield EtlSample("etl", "ndis-jumbo", log.data(), packets + [seen(log, log.ticks(10_000), jumbo, key=14)])
    log = Log(size=1 << 17)
    largest = ethernet(5, 65535 - 80 - 12)
    events, packets = run_of(log, 0, 2)
    log.buffers = [(0, events + [fragment(log, log.ticks(10_000), largest)])]
    yield EtlSample("etl", "ndis-largest", log.data(), packets + [seen(log, log.ticks(10_000), largest, key=14)])


def ndis_others():
    # Receive information precedes its packet, and is none itself.
    log = Log(size=4096)
    events, packets = [], []
    for i in range(4):
        frame = wifi(i, 90, False)
        metadata = (u8(0x80, 1) + le16(48) + le32(0, 8, 5180) + le16(1, 0) + le32(-47 - i) + u8(0x6C) + bytes(3)
                    + le32(0) + le64(0, 123456))
        assert len(metadata) == 48
        events += [manifest_event(log.ticks(1 + i), NDIS, 1002, le32(14, 14, 48) + metadata,
                                  CHANNEL | RECEIVE | WIFI_BIT),
                   fragment(log, log.ticks(1 + i), frame, link=WIFI_BIT)]
        packets.append(seen(log, log.ticks(1 + i), frame, IN, IEEE802_11, key=14))
    log.buffers = [(0, events)]
    yield EtlSample("etl", "ndis-wifi-metadata", log.data(), packets)

    # VMSwitch, with a VLAN tag out of band (index 4), for hosts of 64 and 32 bits.
    for pointer in (8, 4):
        log = Log(bits=8 * pointer, size=4096)
        events, packets = [], []
        for i in range(6):
            frame, vlan = ethernet(i, 70 + i), 100 + i if i % 2 else 0
            tag = 3 | vlan << 4 if vlan else 0
            oob = b"".join(value.to_bytes(pointer, "little")
                           for value in (0, 0, 0, 0, tag, 0, 0, 0, 0xABCD, 0, 0, 0))
            payload = (le32(5, 5, 40 + i % 2) + utf16(f"port-{i % 2}") + utf16(f"nic-{i % 2}") + utf16("Synthetic")
                       + le32(i % 3) + noise(i, 8 * (i % 3)) + le32(len(frame)) + frame + le32(len(oob)) + oob)
            flag, direction = way(i)
            events.append(manifest_event(log.ticks(1 + i), NDIS, 1003, payload,
                                         CHANNEL | WHOLE | flag | SWITCH_BIT | ETHERNET_BIT))
            packet = seen(log, log.ticks(1 + i), frame, direction, key=40 + i % 2)
            if vlan:
                tagged = frame[:12] + be16(0x8100, 3 << 13 | vlan) + frame[12:]
                packet.also, packet.original = (tagged,), None
            packets.append(packet)
        log.buffers = [(0, events)]
        yield EtlSample("etl", f"vmswitch-{8 * pointer}-bit-host", log.data(), packets)
    log = Log(size=4096, compressed=True)
    events, packets = [], []
    for i in range(5):
        frame = ethernet(i, 70 + i)
        payload = (le32(5, 5, 40) + utf16("port") + utf16("nic") + utf16("") + le32(1) + bytes(8) + le32(len(frame))
                   + frame + le32(0))
        events.append(manifest_event(log.ticks(1 + i), NDIS, 1003, payload,
                                     CHANNEL | WHOLE | RECEIVE | SWITCH_BIT | ETHERNET_BIT))
        packets.append(seen(log, log.ticks(1 + i), frame, key=40))
    log.buffers = [(0, events[:3]), (0, events[3:])]
    yield EtlSample("etl", "vmswitch-untagged", log.data(), packets, seed=True, tshark=NO_JUDGE)

    # CaptureMultiLayer: one copy by default (7).
    log = Log(size=8192)
    events, packets, every = [], [], []
    for i in range(5):
        flag, direction = way(i)
        frame = ethernet(i, 70 + i)
        for j, lower in enumerate((14, 15, 16, 17)):
            ticks = log.ticks(100 * i + 1) + j
            events.append(fragment(log, ticks, frame, direction=flag, lower=lower))
            every.append(seen(log, ticks, frame, direction, key=lower))
            if j == 0:
                packets.append(every[-1])
    log.buffers = [(0, events)]
    yield EtlSample("etl", "ndis-multi-layer", log.data(), packets, everything=every)

    # Rules and layers stand in `info`; two adapters stay apart.
    log = Log(size=4096)
    events, packets = run_of(log, 0, 3)
    other, more = run_of(log, 3, 3, lower=2, miniport=2)
    notes = [manifest_event(log.ticks(0), NDIS, 1011, le32(2)),
             manifest_event(log.ticks(0), NDIS, 1016, u8(6, 3) + le16(2) + be16(0x800)),
             manifest_event(log.ticks(0), NDIS, 1016, u8(0xC, 3) + le16(4) + u8(192, 0, 2, 77)),
             manifest_event(log.ticks(0), NDIS, 1014, le32(14, 14, 0, 9)),
             manifest_event(log.ticks(0), NDIS, 5000, b"")]
    log.buffers = [(0, notes + events + other)]
    yield EtlSample("etl", "ndis-rules", log.data(), packets + more)

    log = Log(size=2048)
    events, packets = [], []
    for i in range(6):
        flag, direction = way(i)
        frame = ethernet(i, 70 + i)
        payload = utf16("{domain}") + utf16("user" * (i % 2)) + le32(len(frame)) + frame
        events.append(manifest_event(log.ticks(1 + i), RAS, 5001 if direction == OUT else 5002, payload))
        packets.append(seen(log, log.ticks(1 + i), frame, direction))
    log.buffers = [(0, events)]
    yield EtlSample("etl", "ras-ndiswan", log.data(), packets, seed=True, tshark=NO_JUDGE)


# ---- PktMon (8) ------------------------------------------------------------------------------------------------------

NDIS_PART, MINIPORT, FILTER, PROTOCOL, NETVSC, NEW_NIC = 1, 2, 3, 4, 9, 14
DIRECTIONS = {UNKNOWN: 0, IN: 1, OUT: 2}


def pktmon(ticks, number, component, frame, kind=1, direction=IN, group=0, packet=0, appearance=0, original=None,
           edge=1, reason=0, location=0, tag=None):
    tag = DIRECTIONS[direction] if tag is None else tag
    header = (le64(group) + le16(packet, appearance, tag, kind, component, edge, 0) + le32(reason, location)
              + le16(len(frame) if original is None else original, len(frame)))
    assert len(header) == 34
    return manifest_event(ticks, PKTMON, number, header + frame, 0x10)


def component(log, identity, kind, name, description="", mac=None, medium=None, medium_as=60, unterminated=None):
    """Its rundown events, written when the capture stops."""
    t = log.ticks(10_000_000)
    events = [manifest_event(t, PKTMON, 20, le16(identity, kind) + utf16(name) + utf16(description or name), 2)]
    if mac:
        events.append(manifest_event(t, PKTMON, 70, le16(identity, 6) + le32(6) + mac, 2))
    if medium is not None:
        value = le16(medium) if medium_as == 60 else le32(medium)
        events.append(manifest_event(t, PKTMON, medium_as, le16(identity, 5) + value, 2))
    if unterminated:
        events.append(manifest_event(t, PKTMON, 73, le16(identity, 10) + unterminated.encode("utf-16-le"), 2))
    events.append(manifest_event(t, PKTMON, 30, le16(identity, 1) + le32(20 + identity), 2))
    return events


def pktmon_counting():
    """Builds that count appearances: four copies of each, the NIC's first or last."""
    for compressed in (True, False):
        log = Log(compressed=compressed, size=4096, build=19042)
        parts = (component(log, 11, MINIPORT, "nic0.sys", "Test NIC", STATION, 0)
                 + component(log, 12, FILTER, "filter.sys", "Filter") + component(log, 13, PROTOCOL, "tcpip.sys"))
        events, packets, every = [], [], []
        for i in range(5):
            flag, direction = way(i)
            frame = ethernet(i, 80 + i)
            for j, identity in enumerate((11, 12, 12, 13) if direction == IN else (13, 12, 12, 11)):
                ticks = log.ticks(100 * i + 1) + j
                events.append(pktmon(ticks, 160, identity, frame[:64], direction=direction, group=7 + i, packet=i,
                                     appearance=j + 1, original=len(frame), edge=j))
                every.append(seen(log, ticks, frame[:64], direction, original=len(frame), key=identity))
                if identity == 11:
                    every[-1].words = "nic0.sys"
                    packets.append(every[-1])
        log.buffers = [(0, events[i:i + 4]) for i in range(0, 20, 4)] + [(1, parts)]
        yield EtlSample("etl", f"pktmon-counting{'' if compressed else '-uncompressed'}", log.data(), packets,
                        everything=every, seed=compressed, tshark=NO_JUDGE)


def pktmon_not_counting():
    """Newer builds: count 0, and a new group for every copy; drivers of the newer kind."""
    for nic in (MINIPORT, 6, 7, NETVSC, NEW_NIC):
        log = Log(compressed=True, size=16 << 20, build=26200)
        parts = (component(log, 137, nic, "newnic.sys", "New NIC", STATION, 0, 30)
                 + component(log, 12, FILTER, "filter.sys", unterminated="switch") + component(log, 13, 11, "TCPIP"))
        events, packets, every = [], [], []
        for i in range(6):
            flag, direction = way(i)
            frame = ethernet(i, 80 + i)
            for j, identity in enumerate((137, 12, 12, 13)):
                ticks = log.ticks(100 * i + 1) + j
                events.append(pktmon(ticks, 160, identity, frame, direction=direction, group=100 * i + j, packet=1,
                                     tag=(3, 4)[direction - 1], edge=j))
                every.append(seen(log, ticks, frame, direction, key=identity))
                if j == 0:
                    every[-1].words = "newnic.sys"
                    packets.append(every[-1])
        log.buffers = [(0, events[:12]), (1, events[12:]), (0, parts)]
        yield EtlSample("etl", f"pktmon-not-counting-type-{nic}", log.data(), packets, everything=every)


def pktmon_sr_iov():
    """A sent packet at netvsc and at the virtual function's miniport: the lowest count stays."""
    log = Log(compressed=True, size=16 << 20, build=20348)
    parts = component(log, 59, NETVSC, "netvsc.sys") + component(log, 60, MINIPORT, "vf.sys") + component(
        log, 12, FILTER, "filter.sys")
    events, packets, every = [], [], []
    for i in range(6):
        flag, direction = way(i)
        frame = ethernet(i, 80 + i)
        stack = ((12, 1), (59, 2), (60, 3)) if direction == OUT else ((60, 1), (59, 2), (12, 3)) if i == 5 else (
            (59, 1), (12, 2))
        for j, (identity, count) in enumerate(stack):
            ticks = log.ticks(100 * i + 1) + j
            events.append(pktmon(ticks, 160, identity, frame, direction=direction, group=5, packet=i,
                                 appearance=count))
            every.append(seen(log, ticks, frame, direction, key=identity))
            if identity == (60 if i == 5 else 59):
                packets.append(every[-1])
    log.buffers = [(0, events), (0, parts)]
    yield EtlSample("etl", "pktmon-sr-iov", log.data(), packets, everything=every)


def pktmon_types():
    """Drops, and types that are not true (8.2)."""
    log = Log(compressed=True, size=16 << 20, build=19042)
    parts = (component(log, 11, MINIPORT, "wifi.sys", "Test Wi-Fi", STATION, 16)
             + component(log, 12, FILTER, "pacer.sys") + component(log, 13, MINIPORT, "mbb.sys", "Test modem", None, 19)
             + component(log, 14, MINIPORT, "lan.sys", "Test LAN", ROUTER, 0))
    events, packets, every = [], [], []

    def add(number, identity, frame, kind, link, nic, out=None, **how):
        ticks = log.ticks(100 * len(every) + 1)
        events.append(pktmon(ticks, number, identity, frame, kind, group=len(every), packet=1, **how))
        every.append(seen(log, ticks, out or frame, IN, link, key=(identity, link), logged=frame))
        if how:  # a drop: why and where, as a number or by name
            every[-1].comments = ("drop", *(f"{how[what]}|{how[what]:x}" for what in ("reason", "location")))
        if nic:
            packets.append(every[-1])

    for i in range(3):
        add(160, 11, wifi(i), 2, IEEE802_11, True, wifi(i, protected=False))
        add(160, 12, ethernet(i), 2, ETHERNET, False)
        add(160, 13, (ip_packet(i), ipv6_packet(i))[i % 2], 3, RAW, True)
        add(160, 14, ethernet(i, 90), 1, ETHERNET, True)
        add(170, 14, ethernet(50 + i, 90), 1, ETHERNET, False, reason=0x1234 + i, location=0xE000_4242)
        add(170, 11, ethernet(60 + i, 90), 2, ETHERNET, False, reason=77, location=88, edge=0)
    log.buffers = [(0, events[:9]), (0, events[9:]), (0, parts)]
    yield EtlSample("etl", "pktmon-types-and-drops", log.data(), packets, everything=every)


def pktmon_rundown():
    # Without a component table nobody can tell a NIC.
    log = Log(compressed=True, size=16 << 20, build=26100, unfinished=True)
    events, every = [], []
    for i in range(6):
        frame, ticks = ethernet(i, 80 + i), log.ticks(100 * i + 1)
        events.append(pktmon(ticks, 160, 11 + i % 2, frame, group=i, packet=1))
        every.append(seen(log, ticks, frame, key=11 + i % 2))
    log.buffers = [(0, events)]
    yield EtlSample("etl", "pktmon-no-rundown", log.data(), [], everything=every, open=True, lenient=True)
    # Every property that rundown has, some of them odd.
    log = Log(compressed=True, size=16 << 20, build=22621)
    t = log.ticks(10_000_000)
    parts = component(log, 11, MINIPORT, "nic0.sys", "Test NIC", STATION, 0) + [
        manifest_event(t, PKTMON, 40, le16(11, 4) + bytes(16), 2),
        manifest_event(t, PKTMON, 65, le16(11, 13) + u8(192, 0, 2, 99), 2),
        manifest_event(t, PKTMON, 66, le16(11, 13) + bytes.fromhex("20010db8000000000000000000000063"), 2),
        manifest_event(t, PKTMON, 75, le16(11, 7) + le16(0x800), 2), manifest_event(t, PKTMON, 80, bytes(38), 2),
        manifest_event(t, PKTMON, 90, le16(11) + utf16("Lower") + le16(1) + bytes(36), 2),
        manifest_event(t, PKTMON, 100, le16(1) + utf16("name") + bytes(12) + le16(0x800, 0) + bytes(8) + u8(6)
                       + le16(443, 0) + u8(2), 2),
        manifest_event(t, PKTMON, 73, le16(11, 10) + "switch".encode("utf-16-le"), 2)]
    events, packets = [], []
    for i in range(6):
        frame, ticks = ethernet(i, 80 + i), log.ticks(100 * i + 1)
        events.append(pktmon(ticks, 160, 11, frame, group=i, packet=1))
        packets.append(seen(log, ticks, frame, key=11, words="nic0.sys"))
    log.buffers = [(0, events), (1, parts)]
    yield EtlSample("etl", "pktmon-rundown", log.data(), packets, shown=("nic0.sys",),
                    holds=((STATION, b"00:00:5e:00:53:01"), (u8(192, 0, 2, 99), b"192.0.2.99"),
                           (bytes.fromhex("20010db8000000000000000000000063"), b"2001:db8::63")))


# ---- nothing, and losses ---------------------------------------------------------------------------------------------

def without_packets():
    for name, provider, events in (("tcpip", TCPIP, 5), ("ndis", NDIS, 3), ("pktmon", PKTMON, 4)):
        log = Log(session="NetTrace")
        number = 1011 if provider == NDIS else 20 if provider == PKTMON else 9
        payload = le32(0) if provider != PKTMON else le16(11, MINIPORT) + utf16("nic0.sys") + utf16("NIC")
        log.buffers = [(0, [manifest_event(log.ticks(i), provider, number, payload) for i in range(events)])]
        text = {"tcpip": "tcpip", "ndis": "ndis-packetcapture", "pktmon": "pktmon"}[name]
        yield EtlSample("etl", f"no-packets-{name}", log.data(), [], shown=(text,))
    yield EtlSample("etl", "no-packets-header-only", Log().data(), [])


def losses():
    for bits in (64, 32):
        log = Log(bits=bits, events_lost=31337, buffers_lost=4242)
        yield plain(f"losses-{bits}-bit", log, shown=("31337", "4242"))


# ---- damage whose result is certain ----------------------------------------------------------------------------------

def patched(name, log, place, value, lost, more=()):
    """`place` of the second of four buffers says `value`, and so on for `more`; the packets numbered in `lost` may be
    missing."""
    sample = plain(name, log, 16, 4)
    data = bytearray(sample.data)
    starts, at = [], 0
    while at < len(data):
        starts.append(at)
        at += struct.unpack_from("<I", data, at)[0]
    for at, what in ((place, value), *more):
        at += starts[2]
        data[at:at + len(what)] = what
    sample.data = bytes(data)
    sample.damaged = True
    sample.may_miss = frozenset(lost)
    return sample


def hostile():
    """Files that lie. The buffers that are not touched give all their packets."""
    first, rest = range(4, 8), range(4, 16)
    event = 72
    for compressed in (False, True):
        log = lambda: Log(compressed=compressed)
        kind = "-compressed" if compressed else ""
        yield patched(f"buffer-size-0{kind}", log(), 0, le32(0), rest)
        yield patched(f"buffer-size-71{kind}", log(), 0, le32(71), rest)
        yield patched(f"buffer-size-4-GiB{kind}", log(), 0, le32(-1), rest)
        yield patched(f"buffer-size-2-GiB{kind}", log(), 0, le32(0x80000000), rest)
        yield patched(f"offset-0{kind}", log(), 0x30, le32(0), first)
        yield patched(f"offset-71{kind}", log(), 0x30, le32(71), first)
        yield patched(f"offset-4-GiB{kind}", log(), 0x30, le32(-1), first)
        yield patched(f"offset-1-GiB{kind}", log(), 0x30, le32(0x40000000), first)
        yield patched(f"offset-one-more{kind}", log(), 0x30, le32(0x401 if not compressed else 900), first)
    # The first match reaches before the output: flags begin with a one.
    yield patched("lz77-distance", Log(compressed=True), 72, le32(-1) + le16(0xFFF8), first)
    yield patched("lz77-length-4-GiB", Log(compressed=True), 72,
                  le32(0x7FFFFFFF) + u8(0) + le16(7) + u8(15, 255) + le16(0) + le32(-1), first)
    yield patched("lz77-length-below-22", Log(compressed=True), 72,
                  le32(0x7FFFFFFF) + u8(0) + le16(7) + u8(15, 255) + le16(5), first)
    yield patched("lz77-ends-in-a-match", Log(compressed=True), 72, le32(0x7FFFFFFF) + u8(0), first)
    yield patched("compressed-flag-on-plain", Log(), 0x34, le16(0x61), first)
    yield patched("plain-flag-on-compressed", Log(compressed=True), 0x34, le16(0x21), first)
    yield patched("event-size-0", Log(), event, le16(0), first)
    yield patched("event-size-7", Log(), event, le16(7), first)
    yield patched("event-size-below-header", Log(), event, le16(79), first)
    yield patched("event-size-beyond", Log(), event, le16(0xFFFF), first)
    yield patched("event-marker", Log(), event + 2, u8(0x13, 0x55), first)
    yield patched("event-system-size-0", Log(), event, le16(0) + u8(0x02, 0xC0) + le16(0), first)
    # Within one event the framing is sound, and only its packet is lost (7).
    yield patched("fragment-size-beyond", Log(), event + 88, le32(1000), [4])
    yield patched("fragment-size-4-GiB", Log(), event + 88, le32(-1), [4])
    yield patched("extended-items-endless", Log(), event + 4, le16(1), [4])
    yield patched("extended-item-of-0", Log(), event + 4, le16(1), [4], [(event + 80, le16(0, 1, 1, 0))])


def hostile_headers():
    """The log file's header: it may be refused, or read; nothing more is certain."""
    for name, at, value in (("buffer-size-4-GiB", 0x68, le32(-1)), ("pointer-0", 0x68 + 0x2C, le32(0)),
                            ("pointer-4", 0x68 + 0x2C, le32(4)), ("frequency-0", 0x68 + 0x100, le64(0)),
                            ("frequency-minus-1", 0x68 + 0x100, le64(-1)), ("start-0", 0x68 + 0x108, le64(0)),
                            ("start-minus-1", 0x68 + 0x108, le64(-1)), ("clock-0", 0x68 + 0x110, le32(0)),
                            ("clock-4", 0x68 + 0x110, le32(4)), ("clock-most", 0x68 + 0x110, le32(-1)),
                            ("processors-4-G", 0x68 + 0x0C, le32(-1)), ("written-4-G", 0x68 + 0x24, le32(-1)),
                            ("session-not-ended", 0x68 + 0x118, b"A\0" * 400), ("first-time", 0x58, le64(1 << 63)),
                            ("event-size-0", 0x4C, le16(0)), ("event-size-33", 0x4C, le16(33)),
                            ("used-0", 0x30, le32(0)), ("all-ones", 0x48, b"\xff" * 500)):
        sample = plain(f"header-{name}", Log())
        sample.data = sample.data[:at] + value + sample.data[at + len(value):]
        sample.lenient = sample.open = True
        sample.may_refuse = True
        yield sample
    log = Log(clock=3, mhz=0)
    log.ticks = lambda micros: FIRST + micros
    log.times = lambda ticks: (0, 0)
    sample = plain("header-mhz-0", log, lenient=True, open=True)
    sample.may_refuse = True
    yield sample


def hostile_events():
    """Payloads cut at every length: only their own packet is lost."""
    whole = [("1001", NDIS, 1001, le32(14, 14, 40) + noise(1, 40)),
             ("1002", NDIS, 1002, le32(14, 14, 48) + noise(1, 48)),
             ("1003", NDIS, 1003, le32(5, 5, 4) + utf16("p") + utf16("n") + utf16("t") + le32(1) + bytes(8) + le32(20)
              + noise(1, 20) + le32(40) + bytes(40)),
             ("1012", NDIS, 1012, utf16("a") + utf16("b") + utf16("c") + utf16("d")),
             ("1016", NDIS, 1016, u8(6, 3) + le16(2) + be16(0x800)),
             ("5101", NDIS, 5101, u8(1) + utf16("name") + le32(14) + le16(2, 1, 2)),
             ("5001", RAS, 5001, utf16("d") + utf16("u") + le32(20) + noise(1, 20)),
             ("160", PKTMON, 160, le64(1) + le16(1, 0, 1, 1, 11, 1, 0) + le32(0, 0) + le16(20, 20) + noise(1, 20)),
             ("20", PKTMON, 20, le16(11, 2) + utf16("nic0") + utf16("NIC")),
             ("70", PKTMON, 70, le16(11, 6) + le32(6) + STATION), ("73", PKTMON, 73, le16(11, 10) + utf16("switch")),
             ("90", PKTMON, 90, le16(11) + utf16("Lower") + le16(1) + bytes(36)),
             ("100", PKTMON, 100, le16(1) + utf16("name") + bytes(36))]
    for name, provider, number, payload in whole:
        log = Log(size=1 << 16)
        events, packets = [], []
        for length in range(len(payload)):
            ticks = log.ticks(1 + length)
            keyword = CHANNEL | WHOLE | RECEIVE | ETHERNET_BIT
            frame = ethernet(length)
            events += [manifest_event(ticks, provider, number, payload[:length], keyword),
                       fragment(log, log.ticks(1 + length), frame)]
            packets.append(seen(log, ticks, frame))
        log.buffers = [(0, events)]
        sample = EtlSample("etl", f"cut-payloads-{name}", log.data(), packets, lenient=True)
        sample.may_have_more = True
        yield sample


def inflating():
    """Little that becomes much: buffers of 16 MiB, all of them open at once, from 5 KiB each."""
    cpus, period, used = 24, 4096, 16 << 20
    log = Log(compressed=True, size=used, processors=cpus)
    out, packets = b"", []
    for cpu in range(cpus):
        ends = []
        for i in (0, 1):
            frame, ticks = ethernet(2 * cpu + i), log.ticks(1 + cpu + 1_000_000 * i)
            ends.append(padded(fragment(log, ticks, frame)))
            packets.append(seen(log, ticks, frame))
        repeated = sized_event(0, 0x90, noise(cpu, period - 4))
        count = (used - 72 - len(ends[0]) - len(ends[1])) // period
        packed = Packed(b"")
        packed.literals(ends[0] + repeated)
        packed.flag(True)
        packed.reference(period, period * (count - 1))
        packed.literals(ends[1])
        packed.finish()
        size = 72 + len(packed.out)
        header = bytearray(log.buffer(cpu, [])[:72])
        struct.pack_into("<I", header, 0, size)
        struct.pack_into("<I", header, 0x30, 72 + len(ends[0]) + len(ends[1]) + period * count)
        out += bytes(header) + bytes(packed.out)
        log.buffers.append((cpu, []))
    packets.sort(key=lambda packet: packet.time_ns)
    header_only = log.data()[:1024]
    yield EtlSample("etl", "inflating", header_only + out, packets)


def exploding(name, size, used):
    """Hours of work in little: a packet, and 4000 buffers of one event that is repeated up to `used`."""
    log = Log(compressed=True, size=size)
    frame, ticks = ethernet(1), log.ticks(1)
    log.buffers = [(0, [fragment(log, ticks, frame)])]
    repeated = sized_event(0, 0x90, noise(1, 4))
    packed = Packed(b"")
    packed.literals(repeated)
    packed.flag(True)
    packed.reference(8, used - 72 - 8)
    packed.finish()
    header = bytearray(log.buffer(1, [])[:72])
    struct.pack_into("<I", header, 0, 72 + len(packed.out))
    struct.pack_into("<I", header, 0x30, used)
    data = log.data() + (bytes(header) + bytes(packed.out)) * 4000
    return EtlSample("etl", f"exploding-{name}", data, [seen(log, ticks, frame)], lenient=True)


def bombs():
    yield exploding("buffers", 16 << 20, 64 << 20)  # each beyond the logger's size
    yield exploding("file", 16 << 20, 16 << 20)  # each as large as it may be


def samples():
    for part in (clocks, orders, framings, several_fragments, ndis_kinds, ndis_others, pktmon_counting,
                 pktmon_not_counting, pktmon_sr_iov, pktmon_types, pktmon_rundown, without_packets, losses):
        yield from part()


def hostile_samples():
    for part in (hostile, hostile_headers, hostile_events, inflating, bombs):
        yield from part()
