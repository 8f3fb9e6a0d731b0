"""Files of AIX: iptrace 1.0 and 2.0, and the look-alike of pcap that its tcpdump writes."""

from native_samples import (ETHERNET, FDDI, IN, NULL, OPAQUE, OUT, RAW, SECOND, SUNATM, TOKEN_RING, Packet,
                            Sample, be16, be32, ethernet, fddi, ip_packet, noise, one_too_large, padded_text,
                            token_ring, u8)

START = 900_000_000
SNAP = bytes.fromhex("aaaa030000000800")


def leftover(text, i):
    """A C string with memory behind its end, as the real file has it."""
    return (text.encode("ascii") + b"\0" + noise(i, 12))[:12]


def record(version, i, data, if_type=6, name="en", unit=0, sent=False, text=None, start=START):
    seconds, nanos = start + i, 1000 * i + 123_456_789
    body = noise(i, 3) if version == 1 else bytes(3)
    body += u8(unit) + padded_text(name, 4) + (text or leftover("if_en: n", i)) + u8(if_type, int(sent))
    if version == 2:
        body += bytes(2) + be32(seconds, nanos)
    body += data
    return be32(len(body), seconds) + body


def packet(version, i, data, link=ETHERNET, name="en", unit=0, sent=False, start=START):
    nanos = 1000 * i + 123_456_789 if version == 2 else 0
    return Packet((start + i) * SECOND + nanos, data, len(data), link, OUT if sent else IN, f"{name}{unit}")


def magic(version):
    return f"iptrace {version}.0".encode("ascii")


def plain(label, version, if_type, link, frames, name="en", unit=0, front=b"", texts=None, **how):
    """Packets of one interface, every third one sent; `front` stands before each frame and is not part of it."""
    data = magic(version) + b"".join(
        record(version, i, front + frame, if_type, name, unit, i % 3 == 2, texts and texts[i])
        for i, frame in enumerate(frames))
    packets = [packet(version, i, frame, link, name, unit, i % 3 == 2) for i, frame in enumerate(frames)]
    return Sample("iptrace", f"{version}.0-{label}", data, packets, **how)


def interface_types(version):
    frames = [ethernet(i, 60 + i) for i in range(8)]
    packets = [ip_packet(i, 48 + i) for i in range(8)]
    yield plain("type-06-ethernet", version, 0x06, ETHERNET, frames, seed=True)
    yield plain("type-07-ieee802.3", version, 0x07, ETHERNET, frames, "et")
    yield plain("type-09-token-ring", version, 0x09, TOKEN_RING, [token_ring(i, 70 + i) for i in range(8)], "tr")
    yield plain("type-0f-fddi", version, 0x0F, FDDI, [fddi(i, 70 + i) for i in range(8)], "fi", front=bytes(3),
                seed=version == 2)
    for number, what in ((0x04, "x25-ddn"), (0x0C, "sp-switch"), (0x18, "loopback"), (0x3D, "hfi")):
        yield plain(f"type-{number:02x}-{what}", version, number, RAW, packets, {0x18: "lo", 0x0C: "css"}.get(number, "hf"))
    cells = [SNAP + packet for packet in packets]
    texts = [leftover(f"if_a0.{32 + i}", i) for i in range(8)]
    yield plain("type-25-atm", version, 0x25, SUNATM, cells, "at", texts=texts)
    yield plain("type-c7-infiniband", version, 0xC7, OPAQUE, [be16(0x800, 0) + packet for packet in packets], "ib")
    yield plain("type-10-lapb", version, 0x10, OPAQUE, [u8(1, 0x10) + packet for packet in packets], "x25s")
    refused = ("refuses", "an unknown interface type stops its reader of version 1.0 (aix-iptrace.md 6)")
    yield plain("type-99-unknown", version, 0x99, OPAQUE, [noise(i, 50 + i) for i in range(4)], "zz",
                tshark=refused if version == 1 else None)


def interfaces(version):
    names = [("en", 0, 6, ETHERNET), ("en", 1, 6, ETHERNET), ("tr", 0, 9, TOKEN_RING), ("vlan", 12, 6, ETHERNET),
             ("lo", 0, 0x18, RAW), ("et", 0, 7, ETHERNET), ("en", 255, 6, ETHERNET)]
    data, packets = magic(version), []
    for i in range(14):
        name, unit, if_type, link = names[i % len(names)]
        frame = {ETHERNET: ethernet, TOKEN_RING: token_ring, RAW: ip_packet}[link](i, 64 + i)
        data += record(version, i, frame, if_type, name, unit, i % 2 == 1)
        packets.append(packet(version, i, frame, link, name, unit, i % 2 == 1))
    yield Sample("iptrace", f"{version}.0-several-interfaces", data, packets, seed=True)
    frames = [ethernet(i, 60 + i) for i in range(6)]
    # One name, two types: two interfaces.
    data = magic(version) + record(version, 0, frames[0], 6, "et", 0) + record(version, 1, frames[1], 7, "et", 0)
    yield Sample("iptrace", f"{version}.0-one-name-two-types", data,
                 [packet(version, i, frames[i], ETHERNET, "et") for i in range(2)])


def odd_times_and_sizes(version):
    yield Sample("iptrace", f"{version}.0-empty", magic(version), [])
    frames = [ethernet(0, 60), ethernet(1, 9014), ethernet(2, 60000), b"", ethernet(4)[:15], ethernet(5, 61)]
    yield plain("sizes", version, 6, ETHERNET, frames)
    yield from one_too_large(lambda name, frames: plain(name, version, 6, ETHERNET, frames))
    late = 0xF0000000
    data = magic(version) + b"".join(record(version, i, ethernet(i), start=late) for i in range(3))
    yield Sample("iptrace", f"{version}.0-after-2038", data,
                 [packet(version, i, ethernet(i), start=late) for i in range(3)])


def aix_tcpdump():
    """Version 2.2: the interface type for a link type, nanoseconds, the original length first (aix-iptrace.md 7)."""
    kinds = ((6, "ethernet", ETHERNET, ethernet, b""), (9, "token-ring", TOKEN_RING, token_ring, b""),
             (15, "fddi", FDDI, fddi, bytes(3)), (24, "loopback", NULL, lambda i, size: be32(2) + ip_packet(i, size), b""))
    for number, what, link, make, front in kinds:
        data, packets = be32(0xA1B2C3D4) + be16(2, 2) + be32(0, 0, 96, number), []
        for i in range(8):
            frame = make(i, 80 + 5 * i)
            kept = frame[:90]
            data += be32(START + i, 987_654_321 - i, len(front + frame), len(front + kept)) + front + kept
            packets.append(Packet((START + i) * SECOND + 987_654_321 - i, kept, len(frame), link))
        yield Sample("pcap", f"aix-{number:02}-{what}", data, packets, seed=number == 15)


def samples():
    for version in (1, 2):
        for part in (interface_types, interfaces, odd_times_and_sizes):
            yield from part(version)
    yield from aix_tcpdump()
