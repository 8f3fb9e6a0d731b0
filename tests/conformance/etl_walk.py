"""Event trace log files, walked with nothing but what is known of the format: no code is shared with anchoko."""

import dataclasses
import struct

BUFFER_HEADER = struct.Struct("<IIIiqqQHHIIHH16s")
EVENT_HEADER = struct.Struct("<HBBHHIIq16sHBBBBHQQ16s")
COMPRESSED = 0x40
HEADER_BUFFER = 4
SIZE_AT_FOUR = {0x01, 0x02, 0x03, 0x04, 0x10, 0x11}
TIME_AT_EIGHT = {0x10, 0x11}
WITH_EVENT_HEADER = {0x12, 0x13}
SYSTEM_32 = 0x01


def decompress(data, size):
    """Plain LZ77 of [MS-XCA]. Raises IndexError or struct.error when the input ends, ValueError when it lies."""
    out = bytearray()
    at = 0
    flags = left = 0
    half = None
    while len(out) < size:
        if left == 0:
            flags, left = struct.unpack_from("<I", data, at)[0], 32
            at += 4
        left -= 1
        if not flags >> left & 1:
            out.append(data[at])
            at += 1
            continue
        match, = struct.unpack_from("<H", data, at)
        at += 2
        distance, length = (match >> 3) + 1, match & 7
        if length == 7:
            if half is None:
                half, nibble = at, data[at] & 15
                at += 1
            else:
                half, nibble = None, data[half] >> 4
            length += nibble
            if nibble == 15:
                byte = data[at]
                at += 1
                length += byte
                if byte == 255:
                    length, = struct.unpack_from("<H", data, at)
                    at += 2
                    if length == 0:
                        length, = struct.unpack_from("<I", data, at)
                        at += 4
        length += 3
        if distance > len(out) or len(out) + length > size:
            raise ValueError("a match lies")
        for _ in range(length):
            out.append(out[-distance])
    return bytes(out)


@dataclasses.dataclass
class Buffer:
    """A buffer; its image is decompressed and ends where its events do."""
    at: int
    size: int
    saved: int
    current: int
    time: int
    sequence: int
    cpu: int
    logger: int
    state: int
    used: int
    flags: int
    kind: int
    image: bytes
    filling: bytes

    def events(self):
        at = BUFFER_HEADER.size
        while at < self.used:
            event = Event(self.image, at, self.cpu)
            yield event
            at += (len(event.bytes) + 7) & ~7


class Event:
    """One event: its bytes without padding, and what all kinds have."""

    def __init__(self, image, at, cpu):
        self.cpu = cpu
        self.kind = image[at + 2]
        if image[at + 3] != 0xC0:
            raise ValueError(f"unknown framing {image[at + 3]:#x}")
        size, = struct.unpack_from("<H", image, at + 4 if self.kind in SIZE_AT_FOUR else at)
        self.bytes = image[at:at + size]
        if len(self.bytes) != size or size < 16:
            raise ValueError("an event ends outside")
        self.padding = image[at + size:(at + size + 7) & ~7]
        self.stamp, = struct.unpack_from("<q", self.bytes, 8 if self.kind in TIME_AT_EIGHT else 16)
        self.fields = EVENT_HEADER.unpack_from(self.bytes) if self.kind in WITH_EVENT_HEADER else None

    @property
    def provider(self):
        return self.fields[8] if self.fields else None

    @property
    def id(self):
        return self.fields[9] if self.fields else None


def buffers(data):
    at = 0
    while at + BUFFER_HEADER.size <= len(data):
        header = data[at:at + BUFFER_HEADER.size]
        (size, saved, current, _, time, sequence, _, cpu, logger, state, used, flags, kind,
         _) = BUFFER_HEADER.unpack(header)
        if size < BUFFER_HEADER.size or at + size > len(data):
            raise ValueError(f"buffer at {at:#x} has an impossible size")
        filling = b""
        if flags & COMPRESSED:
            image = header + decompress(data[at + BUFFER_HEADER.size:at + size], used - BUFFER_HEADER.size)
        else:
            image, filling = data[at:at + used], data[at + used:at + size]
        yield Buffer(at, size, saved, current, time, sequence, cpu, logger, state, used, flags, kind, image, filling)
        at += size


def logfile(event):
    """What the first event of a file says of its session."""
    body = event.bytes[32:]
    names = ("buffer_size", "version", "build", "processors", "end_time", "timer_resolution", "max_file_size", "mode",
             "buffers_written", "start_buffers", "pointer_size", "events_lost", "cpu_mhz")
    info = dict(zip(names, struct.unpack_from("<IIIIqIIIIIIII", body)))
    zone, tail, end = (0x40, 0xF0, 0x110) if event.kind == SYSTEM_32 else (0x48, 0xF8, 0x118)
    (info["bias"], standard_name, standard_date, info["standard_bias"], daylight_name, daylight_date,
     info["daylight_bias"]) = struct.unpack_from("<i64s16si64s16si", body, zone)
    info["standard_name"], info["daylight_name"] = utf16(standard_name), utf16(daylight_name)
    info["standard_date"], info["daylight_date"] = standard_date.hex(), daylight_date.hex()
    (info["boot_time"], info["frequency"], info["start_time"], info["clock_type"],
     info["buffers_lost"]) = struct.unpack_from("<qqqII", body, tail)
    info["session_name"], info["file_name"] = body[end:].decode("utf-16-le").split("\0")[:2]
    info["start_stamp"] = event.stamp
    info["thread"], info["process"] = struct.unpack_from("<II", event.bytes, 8)
    info["cpu_times"], = struct.unpack_from("<Q", event.bytes, 24)
    return info


def utf16(data):
    text, _, rest = data.decode("utf-16-le").partition("\0")
    if rest.strip("\0"):
        raise ValueError("something stands behind a terminator")
    return text


def filetime(info, stamp):
    """As Windows tools have it: what is below 100 ns is cut off."""
    if info["clock_type"] == 2:
        return stamp
    rate = info["frequency"] if info["clock_type"] == 1 else info["cpu_mhz"] * 1_000_000
    return info["start_time"] + (stamp - info["start_stamp"]) * 10_000_000 // rate
