"""Files of nettl (HP-UX 9, 10 and 11)."""

from native_samples import (ETHERNET, FDDI, IN, OPAQUE, OUT, RAW, SCTP, SECOND, TOKEN_RING, UNKNOWN, Packet, Sample,
                            be16, be32, ethernet, fddi, ip_packet, ipv6_packet, noise, one_too_large,
                            padded_text, token_ring, u8)

START = 1_021_539_000
PDU_IN, PDU_OUT, STATE, HEADER_IN, LOOPBACK = 0x20000000, 0x10000000, 0x04000000, 0x80000000, 0x00800000
DRIVER = 11


def file_header(release=11, limit=0x0007D000):
    start = be32(1, 0, limit) if release == 9 else be32(0x54520064, 0, 0x80)
    head = (start + padded_text("/var/tmp/trace.TRC000", 56) + padded_text("CET-1CEST", 20) + padded_text("hpux", 9)
            + padded_text({9: "A.09.05", 10: "B.10.20", 11: "B.11.11"}[release], 9) + u8(0x55) + bytes(8)[:7] + u8(0)
            + padded_text("9000/800", 11) + be16(0x0406))
    assert len(head) == 128
    return head


def time_of(i):
    return START + i, 1000 * i + 406


def record(i, subsystem, kind, body, original=None, header=68, device=2, pid=-1, uid=-1):
    seconds, micros = time_of(i)
    original = len(body) if original is None else original
    head = (be16(header, subsystem) + be32(device, 0, kind, 0, 0x0406, 0, 0, len(body), original, seconds, micros, pid,
                                           0, 0, uid))
    assert len(head) == 64
    return head + bytes(header - 64) + body


def direction_of(kind):
    return IN if kind & PDU_IN else OUT if kind & PDU_OUT else UNKNOWN


def packet(i, data, link, kind, original=None):
    seconds, micros = time_of(i)
    return Packet(seconds * SECOND + micros * 1000, data, len(data) if original is None else original, link,
                  direction_of(kind))


def kind_of(i):
    return PDU_OUT if i % 3 == 2 else PDU_IN


def plain(name, subsystem, link, frames, front=None, release=11, header=68, limit=0x0007D000, **how):
    """Packets of one subsystem; `front(i, frame, kind)` gives the bytes that stand before the frame, counted in both
    lengths."""
    front = front or (lambda i, frame, kind: b"")
    data, packets = file_header(release, limit), []
    for i, frame in enumerate(frames):
        kind = kind_of(i)
        data += record(i, subsystem, kind, front(i, frame, kind) + frame, header=header)
        packets.append(packet(i, frame, link, kind))
    return Sample("nettl", name, data, packets, **how)


def frames_of(make, count=6):
    return [make(i, 80 + i) for i in range(count)]


# Drivers, virtual interfaces and ports of aggregates (hpux-nettl.md 3).
ETHERNET_DRIVERS = [37, 164, 172, 173, 178, 179, 180, 185, 210, 233, 252, 253, 265, 271, 275, 277, 278, 269, 270, 188,
                    189, 190, 247]


def link_layers():
    data, packets = file_header(), []
    for i, number in enumerate(2 * ETHERNET_DRIVERS):
        data += record(i, number, kind_of(i), ethernet(i))
        packets.append(packet(i, ethernet(i), ETHERNET, kind_of(i)))
    yield Sample("nettl", "ethernet-drivers", data, packets)
    yield plain("ethernet-253-iether", 253, ETHERNET, frames_of(ethernet), seed=True)
    for name, number in (("token", 31), ("pcitr", 187)):
        yield plain(f"token-ring-{number:03}-{name}", number, TOKEN_RING, frames_of(token_ring))
    for name, number in (("eisa-fddi", 174), ("pci-fddi", 176), ("hsc-fddi", 177)):
        yield plain(f"fddi-{number}-{name}", number, FDDI, frames_of(fddi), lambda i, frame, kind: bytes(3))
    yield unknown_subsystem()
    yield hp_pb_fddi()


def unknown_subsystem():
    return plain("unknown-999", 999, ETHERNET, frames_of(ethernet))


def hp_pb_fddi():
    """Sent: 9 bytes and as many as the ninth of them says. Received: SNAP frames have 3 bytes too many behind the
    service access points, others none."""
    data, packets = file_header(), []
    for i in range(8):
        frame = fddi(i, 80 + i)
        if i >= 6:
            frame = frame[:13] + u8(0x42, 0x42, 3) + noise(i, 35)
        kind = kind_of(i)
        if kind == PDU_OUT:
            body = bytes(8) + u8(i) + bytes(i) + frame
        else:
            body = frame[:15] + bytes(3) + frame[15:] if frame[13] == 0xAA else frame
        data += record(i, 95, kind, body)
        packets.append(packet(i, frame, FDDI, kind))
    return Sample("nettl", "fddi-095-hp-pb", data, packets,
                  tshark=("differs", "takes the 3 bytes out and still counts them, so that others follow the frame "
                          "(hpux-nettl.md 8)"))


def upper_layers():
    for name, number in (("tcp", 6), ("udp", 8), ("ip", 9)):
        yield plain(f"raw-{number:03}-{name}", number, RAW, frames_of(ip_packet), seed=name == "ip")
    yield plain("raw-244-ipv6", 244, RAW, frames_of(ipv6_packet))
    yield plain("raw-002-loopback", 2, RAW, frames_of(ip_packet), lambda i, frame, kind: bytes(26), seed=True)
    icmp = [u8(8, 0) + be16(0, i, i) + noise(i, 40 + i) for i in range(6)]
    for name, number in (("icmp", 23), ("icmpv6", 245), ("telnet", 267)):
        yield plain(f"bare-{number}-{name}", number, OPAQUE, icmp)
    sctp = [be16(1024, 2905) + be32(7, 0) + noise(i, 28 + i) for i in range(6)]
    yield plain("sctp-268", 268, SCTP, sctp, lambda i, frame, kind: be32(3, 1 if kind == PDU_IN else 2))
    for name, number in (("sx25l2", 34), ("sx25l3", 35)):
        yield plain(f"x25-{number:03}-{name}", number, OPAQUE, [u8(1, 0x10) + noise(i, 30 + i) for i in range(6)],
                    lambda i, frame, kind: bytes(24))


def driver_body(i, frame, size, original=None):
    """The driver's own header, 22 bytes of HP-UX 10 or 24 of 11; its times lie a little before those of the record."""
    seconds, micros = time_of(i)
    head = (be32(0x00020100 if size == 22 else 0x00000102) + be16(len(frame), original or len(frame))
            + be32(0xFFFFFFFF, seconds, micros - 9) + be16(0x000B) + be16(0x0014)[:size - 22])
    assert len(head) == size
    return head + frame


def drivers():
    for release, header, size in ((11, 68, 24), (10, 64, 22)):
        data, packets = file_header(release), []
        for i, frame in enumerate(frames_of(ethernet, 8)):
            body = driver_body(i, frame, size)
            data += record(i, DRIVER, kind_of(i), body, header=header, pid=0, uid=0)
            packets.append(packet(i, frame, ETHERNET, kind_of(i)))
        yield Sample("nettl", f"driver-{size}-bytes", data, packets, seed=True)
    # Kept to 60 bytes: both lengths are those of the driver's header.
    data, packets = file_header(11), []
    for i in range(6):
        frame = ethernet(i, 200 + i)
        data += record(i, DRIVER, kind_of(i), driver_body(i, frame[:60], 24, len(frame)), 24 + len(frame))
        packets.append(packet(i, frame[:60], ETHERNET, kind_of(i), len(frame)))
    yield Sample("nettl", "driver-snapped", data, packets)
    # Seen on 10.20: real packets without a kind.
    data, packets = file_header(10), []
    for i, frame in enumerate(frames_of(ethernet, 6)):
        data += record(i, DRIVER, 0, driver_body(i, frame, 22), header=64, device=-1, pid=0, uid=0)
        packets.append(packet(i, frame, ETHERNET, 0))
    yield Sample("nettl", "driver-kind-0", data, packets,
                 tshark=("differs", "shows the driver's header as part of the frame (hpux-nettl.md 8)"))
    # The header's length tells, not the release in the file header.
    data, packets = file_header(11), []
    for i, frame in enumerate(frames_of(ethernet, 6)):
        data += record(i, DRIVER, kind_of(i), driver_body(i, frame, 22))
        packets.append(packet(i, frame, ETHERNET, kind_of(i)))
    yield Sample("nettl", "driver-22-bytes-on-11", data, packets,
                 tshark=("differs", "goes by the release alone (hpux-nettl.md 8)"))


def kinds_and_layers():
    data, packets = file_header(), []
    for i in range(14):
        frame, inner = ethernet(i, 80 + i), ip_packet(i, 66 + i)
        if i % 4 == 3:
            data += record(i, 9, STATE if i % 8 == 3 else HEADER_IN, noise(i, 30 + i))
            continue
        if i % 2 == 0:
            data += record(i, 253, kind_of(i), frame)
            packets.append(packet(i, frame, ETHERNET, kind_of(i)))
        else:
            kind = kind_of(i) | LOOPBACK
            data += record(i, 9, kind, inner)
            packets.append(packet(i, inner, RAW, kind))
    yield Sample("nettl", "layers-and-other-records", data, packets, seed=True)


def headers_and_lengths():
    yield Sample("nettl", "header-only", file_header(), [],
                 tshark=("refuses", "a file header alone is no capture for it (hpux-nettl.md 8)"))
    for header in (64, 68, 96):
        yield plain(f"record-header-{header}", 253, ETHERNET, frames_of(ethernet), header=header)
    yield plain("hpux-9", 164, ETHERNET, frames_of(ethernet), release=9, header=64, seed=True)
    yield plain("hpux-9-other-limit", 164, ETHERNET, frames_of(ethernet), release=9, header=64, limit=0x000FA000,
                tshark=("refuses", "it takes the size limit for part of the magic (hpux-nettl.md 8)"))
    yield plain("hpux-10", 164, ETHERNET, frames_of(ethernet), release=10, header=64)
    data, packets = file_header(), []
    for i in range(6):
        frame = ip_packet(i, 300 + i)
        data += record(i, 2, kind_of(i), bytes(26) + frame[:96], 26 + len(frame))
        packets.append(packet(i, frame[:96], RAW, kind_of(i), len(frame)))
    yield Sample("nettl", "loopback-snapped", data, packets)
    yield from one_too_large(lambda name, frames: plain(name, 253, ETHERNET, frames))
    yield plain("sizes", 253, ETHERNET, [ethernet(i, size) for i, size in enumerate((60, 9014, 60000, 61))])


def ring(index):
    """Of a ring of three files; that with number 0 is the newest."""
    name, first = f"ring.TRC{index:03}", (2 - index) * 5
    data, packets = file_header(), []
    for i in range(first, first + 5):
        data += record(i, 253, kind_of(i), ethernet(i))
        packets.append(packet(i, ethernet(i), ETHERNET, kind_of(i)))
    return Sample("nettl", name, data, packets)


def samples():
    for part in (link_layers, upper_layers, drivers, kinds_and_layers, headers_and_lengths):
        yield from part()
    for index in range(3):
        yield ring(index)
