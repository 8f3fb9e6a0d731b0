"""The packets of a pcapng file, read strictly: anything odd is an error. Enough for what anchoko writes."""

import dataclasses
import struct


@dataclasses.dataclass
class Interface:
    link: int
    name: str = ""
    unit: int = 1000  # nanoseconds
    dropped: int | None = None  # by statistics
    comments: list[str] = dataclasses.field(default_factory=list)
    description: str = ""
    mac: bytes = b""


@dataclasses.dataclass
class Record:
    interface: Interface
    time_ns: int
    data: bytes
    original: int
    direction: int
    dropped: int
    comments: list[str] = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Content:
    interfaces: list[Interface]
    records: list[Record]


class Broken(Exception):
    pass


def need(holds, what):
    if not holds:
        raise Broken(what)


def options(data):
    """(code, value) of each."""
    found, at = [], 0
    while at < len(data):
        need(at + 4 <= len(data), "an option header is cut")
        code, size = struct.unpack_from("<HH", data, at)
        if code == 0:
            need(size == 0 and at + 4 == len(data), "something follows the end of options")
            return found
        need(at + 4 + size <= len(data), "an option is cut")
        found.append((code, data[at + 4:at + 4 + size]))
        at += 4 + size + -size % 4
    return found


UPPER_PDU = 252


def without_tags(data):
    """The packet behind the tags of the link type that Wireshark has for what has no link layer, and the name of the
    protocol that they give."""
    at, name = 0, ""
    while True:
        need(at + 4 <= len(data), "the tags of an upper PDU are cut")
        tag, size = struct.unpack_from(">HH", data, at)
        value = data[at + 4:at + 4 + size]
        at += 4 + size
        if tag == 0:
            need(name, "an upper PDU does not say its protocol")
            return data[at:], name
        if tag == 12:
            name = value.rstrip(b"\0").decode("ascii")


def interface_of(body):
    link, reserved, _ = struct.unpack_from("<HHI", body)
    need(reserved == 0, "reserved bits of an interface are set")
    interface = Interface(link)
    for code, value in options(body[8:]):
        if code == 1:
            interface.comments.append(value.decode())
        elif code == 2:
            interface.name = value.decode()
        elif code == 3:
            interface.description = value.decode()
        elif code == 6:
            interface.mac = value
        elif code == 9:
            need(value[0] <= 9, "a resolution finer than nanoseconds, or of base 2")
            interface.unit = 10 ** (9 - value[0])
        need(code != 14, "a time offset: not expected here")
    return interface


def record_of(body, interfaces):
    index, high, low, captured, original = struct.unpack_from("<IIIII", body)
    need(index < len(interfaces), "a packet of an interface that is not described")
    need(20 + captured <= len(body), "a packet longer than its block")
    direction = dropped = 0
    comments = []
    for code, value in options(body[20 + captured + -captured % 4:]):
        if code == 1:
            comments.append(value.decode())
        elif code == 2:
            direction = struct.unpack("<I", value)[0] & 3
        elif code == 4:
            dropped = struct.unpack("<Q", value)[0]
    interface = interfaces[index]
    return Record(interface, (high << 32 | low) * interface.unit, body[20:20 + captured], original, direction, dropped,
                  comments)


def read(data):
    """The content of a file of one little-endian section."""
    need(data[:4] == b"\x0a\x0d\x0d\x0a" and data[8:12] == b"\x4d\x3c\x2b\x1a", "not a little-endian pcapng")
    interfaces, records, at = [], [], 0
    while at < len(data):
        need(at + 12 <= len(data), "a block header is cut")
        kind, size = struct.unpack_from("<II", data, at)
        need(size >= 12 and size % 4 == 0 and at + size <= len(data), f"a block of {size} bytes at {at}")
        need(data[at + size - 4:at + size] == data[at + 4:at + 8], f"the two lengths of the block at {at} differ")
        body = data[at + 8:at + size - 4]
        need(kind != 0x0A0D0D0A or at == 0, "a second section")
        if kind == 1:
            interfaces.append(interface_of(body))
        elif kind == 6:
            records.append(record_of(body, interfaces))
        elif kind == 5:
            for code, value in options(body[12:]):
                if code in (5, 7):
                    target = interfaces[struct.unpack_from("<I", body)[0]]
                    target.dropped = (target.dropped or 0) + struct.unpack("<Q", value)[0]
        at += size
    return Content(interfaces, records)
