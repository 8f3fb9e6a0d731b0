"""What an ETL file of netsh trace or pktmon holds, read strictly from the description of the format: anything odd is an
error. Written apart from the reader, which it judges; references are to the sections of etl-format.md."""

import dataclasses
import struct
import uuid

FILETIME_OF_1970 = 116444736000000000
NDIS = uuid.UUID("2ED6006E-4729-4609-B423-3EE7BCD678EF")
PKTMON = uuid.UUID("4D4F80D9-C8BD-4D73-BB5B-19C90402C5AC")
RAS = uuid.UUID("D84521F7-2235-4237-A7C0-14E3A9676286")
NIC_TYPES = {2, 6, 7, 9, 14}  # 8.1
SIZE_BEHIND_VERSION = {0x01, 0x02, 0x03, 0x04, 0x10, 0x11}  # 3
ETHERNET, RAW, IEEE802_11 = 1, 101, 105
IN, OUT = 1, 2
START, END = 0x40000000, 0x80000000
SEND, RECEIVE = 0x100000000, 0x200000000


class Broken(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Broken(what)


def inflate(data, size):
    """2.1: plain LZ77; exactly `size` bytes."""
    out, at, flags, left, nibble_at = bytearray(), 0, 0, 0, None

    def take(count):
        nonlocal at
        need(at + count <= len(data), "compressed data end early")
        value = int.from_bytes(data[at:at + count], "little")
        at += count
        return value

    while len(out) < size:
        if left == 0:
            flags, left = take(4), 32
        left -= 1
        if not flags >> left & 1:
            out.append(take(1))
            continue
        match = take(2)
        distance, length = (match >> 3) + 1, match & 7
        if length == 7:
            if nibble_at is None:
                nibble_at = at
                length = take(1) & 15
            else:
                length = data[nibble_at] >> 4
                nibble_at = None
            if length == 15:
                length = take(1)
                if length == 255:
                    length = take(2) or take(4)
                    need(length >= 22, "a length of a match is too small")
                    length -= 22
                length += 15
            length += 7
        length += 3
        need(distance <= len(out), "a match begins before the output")
        need(len(out) + length <= size, "the output is longer than said")
        for _ in range(length):
            out.append(out[-distance])
    return bytes(out)


@dataclasses.dataclass
class Event:
    ticks: int
    position: tuple[int, int]  # buffer, offset in it
    cpu: int
    provider: uuid.UUID | None
    id: int
    keyword: int
    process: int
    thread: int
    data: bytes


@dataclasses.dataclass
class Buffer:
    offset: int
    size: int
    used: int
    cpu: int
    flags: int
    kind: int
    image: bytes  # decompressed, from its header on


def buffers_of(data):
    found, at = [], 0
    while at < len(data):
        need(at + 72 <= len(data), f"a buffer header is cut at {at}")
        size, used = struct.unpack_from("<I", data, at)[0], struct.unpack_from("<I", data, at + 0x30)[0]
        flags, kind = struct.unpack_from("<HH", data, at + 0x34)
        cpu = struct.unpack_from("<H", data, at + 0x28)[0] & 0x7FF if flags & 0x20 else data[at + 0x28]
        need(size >= 72 and at + size <= len(data), f"a buffer of {size} bytes at {at}")
        image = data[at:at + size]
        if flags & 0x40:
            need(used >= 72, f"a buffer at {at} uses {used} bytes")
            image = data[at:at + 72] + inflate(data[at + 72:at + size], used - 72)
        need(72 <= used <= len(image), f"a buffer at {at} uses {used} bytes")
        found.append(Buffer(at, size, used, cpu, flags, kind, image))
        at += size
    return found


def past_items(data, flags):
    """3.2: where the user data begin."""
    at = 80
    more = flags & 1
    while more:
        need(at + 8 <= len(data), "an extended item is cut")
        size, _, more, kept = struct.unpack_from("<HHHH", data, at)
        more &= 1
        need(size >= 8 and size % 8 == 0 and at + size <= len(data) and kept + 8 <= size, "an extended item is odd")
        at += size
    return at


def events_of(index, buffer):
    image, at = buffer.image, 72
    while at < buffer.used:
        need(at + 8 <= buffer.used, "an event header is cut")
        if image[at:at + 4] == b"\xff\xff\xff\xff":
            return
        kind, mark = image[at + 2], image[at + 3]
        need(mark == 0xC0 or 0x90 <= mark <= 0x9F or mark == 0xB0, f"a marker {mark:#x} at {buffer.offset}+{at}")
        behind = mark == 0xC0 and kind in SIZE_BEHIND_VERSION
        size = struct.unpack_from("<H", image, at + (4 if behind else 0))[0]
        need(size >= 8 and at + size <= buffer.used, f"an event of {size} bytes at {buffer.offset}+{at}")
        body = image[at:at + size]
        if mark == 0xC0 and kind in (0x12, 0x13):
            need(size >= 80, "an event smaller than its header")
            flags, _, thread, process, ticks = struct.unpack_from("<HHIIq", body, 4)
            yield Event(ticks, (index, at), buffer.cpu, uuid.UUID(bytes_le=body[0x18:0x28]),
                        struct.unpack_from("<H", body, 0x28)[0], struct.unpack_from("<Q", body, 0x30)[0], process,
                        thread, body[past_items(body, flags):])
        elif mark == 0xC0:
            yield Event(0, (index, at), buffer.cpu, None, kind, 0, 0, 0, body)
        else:
            yield Event(0, (index, at), buffer.cpu, None, 0x100 | mark, 0, 0, 0, body)
        at += size + 7 & ~7


@dataclasses.dataclass
class LogFile:
    buffer_size: int
    build: int
    buffers_written: int
    pointer: int
    events_lost: int
    buffers_lost: int
    mhz: int
    frequency: int
    start: int
    clock: int
    first: int

    def time_ns(self, ticks):
        """The exact time; Windows' own tools cut it to 100 ns (5)."""
        past = ticks - self.first
        if self.clock == 2:
            return (ticks - FILETIME_OF_1970) * 100
        base = (self.start - FILETIME_OF_1970) * 100
        if self.clock == 3:
            return base + past * 1000 // self.mhz
        return base + past * 1_000_000_000 // self.frequency


def log_file(data):
    payload = data[0x68:]
    pointer = struct.unpack_from("<I", payload, 0x2C)[0]
    need(pointer in (4, 8), f"pointers of {pointer} bytes")
    need(data[0x4A:0x4C] == (b"\x02\xc0" if pointer == 8 else b"\x01\xc0"), "does not begin with the log file's header")
    back = 0 if pointer == 8 else 8
    frequency, start, clock, buffers_lost = struct.unpack_from("<qqII", payload, 0x100 - back)
    u32 = lambda at: struct.unpack_from("<I", payload, at)[0]
    return LogFile(u32(0), u32(8), u32(0x24), pointer, u32(0x30), buffers_lost, u32(0x34), frequency, start, clock,
                   struct.unpack_from("<q", data, 0x58)[0])


@dataclasses.dataclass
class Packet:
    """A packet event; of one that is no fragment of several, all that is certain."""
    time_ns: int
    position: tuple[int, int]
    data: bytes
    event: Event
    direction: int = 0
    link: int = ETHERNET
    original: int | None = None
    where: tuple = ()  # what tells one interface from another
    drop: bool = False
    group: tuple = ()
    appearance: int = 0


def text_end(data, at):
    while at + 2 <= len(data) and data[at:at + 2] != b"\0\0":
        at += 2
    return at


def without_protection(frame):
    """Frames are decrypted already, and the Protected bit of data frames may say otherwise (7)."""
    if len(frame) > 1 and frame[0] & 0x0C == 0x08:
        return frame[:1] + bytes([frame[1] & ~0x40]) + frame[2:]
    return frame


def looks_like_ethernet(data):
    return len(data) >= 14 and data[12:14] in (b"\x08\x00", b"\x08\x06", b"\x86\xdd")


class Content:
    def __init__(self, data):
        self.log = log_file(data)
        self.buffers = buffers_of(data)
        self.events = [event for i, buffer in enumerate(self.buffers) for event in events_of(i, buffer)]
        self.components = {}  # 8: id -> (type, name)
        for event in self.events:
            if event.provider == PKTMON and event.id == 20:
                identity, kind = struct.unpack_from("<HH", event.data)
                self.components[identity] = (kind, event.data[4:text_end(event.data, 4)].decode("utf-16-le"))
        self.packets = [packet for event in self.events if (packet := self.packet(event))]
        self.packets.sort(key=lambda packet: (packet.event.ticks, packet.position))

    def packet(self, event):
        make = {NDIS: self.ndis, PKTMON: self.pktmon, RAS: self.ras}.get(event.provider)
        return make(event) if make else None

    def ndis(self, event):
        if event.id not in (1001, 1003):
            return None
        miniport, lower = struct.unpack_from("<II", event.data)
        at, port = 8, None
        if event.id == 1003:
            port = struct.unpack_from("<I", event.data, at)[0]
            at += 4
            for _ in range(3):
                at = text_end(event.data, at) + 2
            at += 4 + 8 * struct.unpack_from("<I", event.data, at)[0]
        size = struct.unpack_from("<I", event.data, at)[0]
        frame = event.data[at + 4:at + 4 + size]
        need(len(frame) == size, "a fragment longer than its event")
        link = IEEE802_11 if event.keyword & 0x10000 else RAW if event.keyword & 0x200 else ETHERNET
        direction = OUT if event.keyword & SEND else IN if event.keyword & RECEIVE else 0
        return Packet(self.log.time_ns(event.ticks), event.position, frame, event, direction, link,
                      where=(event.id, miniport, lower, port))

    def ras(self, event):
        if event.id not in (5001, 5002):
            return None
        at = text_end(event.data, text_end(event.data, 0) + 2) + 2
        size = struct.unpack_from("<I", event.data, at)[0]
        need(at + 4 + size <= len(event.data), "a fragment longer than its event")
        return Packet(self.log.time_ns(event.ticks), event.position, event.data[at + 4:at + 4 + size], event,
                      OUT if event.id == 5001 else IN, where=(event.id,))

    def pktmon(self, event):
        if event.id not in (160, 170):
            return None
        group, number, appearance, tag, kind, component, _, _, _, _, original, logged = struct.unpack_from(
            "<QHHHHHHHIIHH", event.data)
        frame = event.data[34:]
        need(len(frame) == logged, f"{logged} bytes of payload are {len(frame)}")
        link = {1: ETHERNET, 2: IEEE802_11, 3: RAW}.get(kind, ETHERNET)
        if link == IEEE802_11 and looks_like_ethernet(frame):
            link = ETHERNET
        direction = IN if tag in (1, 3, 5) else OUT if tag in (2, 4, 6) else 0
        return Packet(self.log.time_ns(event.ticks), event.position, frame, event, direction, link, original,
                      (component, link), event.id == 170, (group, number), appearance)

    def by_default(self):
        """One copy of every packet: 7 for NDIS, 8.1 for PktMon."""
        chosen, lowest = [], {}
        for packet in self.packets:
            if packet.event.provider == NDIS and packet.event.id == 1001 and packet.where[1] != packet.where[2]:
                continue
            if packet.event.provider == PKTMON:
                if packet.drop or self.components.get(packet.where[0], (0, ""))[0] not in NIC_TYPES:
                    continue
                if packet.appearance:
                    lowest.setdefault(packet.group, []).append(packet)
            chosen.append(packet)
        for copies in lowest.values():
            keep = min(copies, key=lambda packet: packet.appearance)
            chosen = [packet for packet in chosen if packet is keep or packet.group != keep.group]
        return chosen
