"""Files of snoop (RFC 1761, and what was seen of other writers)."""

from native_samples import (ETHERNET, FDDI, IEEE802_11, IN, IP_OVER_FC, IPNET, NULL, OPAQUE, OUT, RAW, SECOND, SUNATM,
                            TOKEN_RING, UNKNOWN, Packet, Sample, be16, be32, ethernet, fddi, ip_packet, ipv6_packet, noise, one_too_large,
                            token_ring, u8, wifi)

START = 1_200_000_000


def time_of(i):
    return START + i, 1000 * i + 7


def record(i, data, pad, original=None, drops=0, filler=None):
    seconds, micros = time_of(i)
    original = len(data) if original is None else original
    return be32(original, len(data), 24 + len(data) + pad, drops, seconds, micros) + data + (filler or bytes(pad))


def packet(i, data, link=ETHERNET, original=None):
    # Two link layers tell the direction in a header of their own.
    direction = UNKNOWN
    if link == SUNATM:
        direction = OUT if data[0] & 0x80 else IN
    elif link == IPNET:
        direction = (IN, OUT, UNKNOWN)[int.from_bytes(data[2:4], "big")]
    seconds, micros = time_of(i)
    return Packet(seconds * SECOND + micros * 1000, data, len(data) if original is None else original, link, direction)


def header(link, version=2):
    return b"snoop\0\0\0" + be32(version, link)


def to_multiple(size, unit):
    return -size % unit


def plain(name, link_number, link, frames, rounding=4, **how):
    """One file of one link type; data rounded up as the kernel does."""
    data = header(link_number) + b"".join(
        record(i, frame, to_multiple(len(frame), rounding)) for i, frame in enumerate(frames))
    return Sample("snoop", name, data, [packet(i, frame, link) for i, frame in enumerate(frames)], **how)


def ipnet(i, version6=False, hook=0):
    body = ipv6_packet(i) if version6 else ip_packet(i)
    return u8(1, 26 if version6 else 2) + be16(hook) + be32(len(body), 2, 0, 0, 0xFFFFFFFF) + body


def sizes_of(base, count=10):
    return [base + 7 * i for i in range(count)]


def padding():
    frames = [ethernet(i, 60 + i) for i in range(16)]
    every = header(4) + b"".join(record(i, frame, i % 8) for i, frame in enumerate(frames))
    dirty = header(4) + b"".join(record(i, frame, i % 8, filler=noise(i, i % 8)) for i, frame in enumerate(frames))
    packets = [packet(i, frame) for i, frame in enumerate(frames)]
    yield Sample("snoop", "pads-0-to-7", every, packets, seed=True)
    yield Sample("snoop", "pads-not-zero", dirty, packets)
    yield plain("rounded-to-4", 4, ETHERNET, frames, seed=True)
    yield plain("rounded-to-8", 4, ETHERNET, frames, 8)
    yield plain("unpadded", 4, ETHERNET, frames, 1, seed=True)
    # Only the first record tells Surveyor's files; later ones may be padded as they like.
    late = header(4) + b"".join(record(i, frame, 40 if i == 3 else 0) for i, frame in enumerate(frames))
    yield Sample("snoop", "pad-of-40-later", late, packets)


def link_types():
    refused = lambda what: ("refuses", f"snoop type {what} is unknown to it (solaris-snoop.md 7.3)")
    yield plain("type-0-ieee802.3", 0, ETHERNET, [ethernet(i, size) for i, size in enumerate(sizes_of(60))])
    yield plain("type-2-token-ring", 2, TOKEN_RING, [token_ring(i, size) for i, size in enumerate(sizes_of(60))])
    yield plain("type-8-fddi", 8, FDDI, [fddi(i, size) for i, size in enumerate(sizes_of(60))])
    loopback = [be32(2) + ip_packet(i, size) for i, size in enumerate(sizes_of(60))]
    yield plain("type-9-other", 9, NULL, loopback)
    yield plain("type-14-loopback", 14, NULL, loopback)
    yield plain("type-16-fibre-channel", 16, IP_OVER_FC, [noise(i, size) for i, size in enumerate(sizes_of(60))])
    atm = [u8(0x80 * (i % 2) | 2, 0) + be16(32 + i) + bytes.fromhex("aaaa030000000800") + ip_packet(i)
           for i in range(6)]
    yield plain("type-18-ipatm", 18, SUNATM, atm)
    yield plain("type-26-infiniband", 26, OPAQUE, [be16(0x800, 0) + ip_packet(i) for i in range(6)])
    yield plain("type-80000001-ipv4-tunnel", 0x80000001, RAW, [ip_packet(i) for i in range(6)],
                tshark=refused("0x80000001"))
    yield plain("type-80000002-ipv6-tunnel", 0x80000002, RAW, [ipv6_packet(i) for i in range(6)],
                tshark=refused("0x80000002"))
    yield plain("type-80000005-ipnet", 0x80000005, IPNET, [ipnet(i, i % 3 == 2, i % 3) for i in range(6)], 8,
                seed=True)
    yield plain("type-80000007-6to4", 0x80000007, RAW, [ip_packet(i, 80, 41) for i in range(6)],
                tshark=refused("0x80000007"))
    for number, what in ((1, "token-bus"), (5, "hdlc"), (0x80000003, "vni"), (0x80000004, "wifi"),
                         (0x80000006, "ipmp")):
        yield plain(f"type-{number:x}-{what}", number, OPAQUE, [noise(i, 64) for i in range(4)],
                    tshark=refused(f"{number:#x}"))


def empty_and_tails():
    yield Sample("snoop", "empty-12-bytes", header(4)[:12], [],
                 tshark=("refuses", "it wants 16 bytes of header (solaris-snoop.md 0, item 9)"))
    yield Sample("snoop", "empty-16-bytes", header(4), [])
    frames = [ethernet(i, 60 + i) for i in range(5)]
    stream = header(4) + b"".join(record(i, frame, to_multiple(len(frame), 8)) for i, frame in enumerate(frames))
    yield Sample("snoop", "stream-with-newline", stream + b"\n", [packet(i, frame) for i, frame in enumerate(frames)],
                 tshark=("complains", "takes the newline of a stopped stream for a record (solaris-snoop.md 5)"))
    version1 = header(4, 1)[:12] + stream[16:]
    yield Sample("snoop", "version-1", version1, [packet(i, frame) for i, frame in enumerate(frames)], seed=True,
                 tshark=("refuses", "it knows versions 2 to 5 (solaris-snoop.md 7.1, 7.5)"))


def lengths_and_drops():
    frames = [ethernet(i, 200 + i) for i in range(10)]
    snapped = header(4) + b"".join(
        record(i, frame[:96], to_multiple(96, 4), len(frame)) for i, frame in enumerate(frames))
    yield Sample("snoop", "snapped", snapped,
                 [packet(i, frame[:96], original=len(frame)) for i, frame in enumerate(frames)])
    counts = [0, 0, 48, 97, 97, 439, 439, 439, 487, 487]
    dropping = header(4) + b"".join(
        record(i, frame, to_multiple(len(frame), 4), drops=count)
        for i, (frame, count) in enumerate(zip(frames, counts)))
    yield Sample("snoop", "drops", dropping, [packet(i, frame) for i, frame in enumerate(frames)], drops=487,
                 seed=True)
    jumbo = [ethernet(1, 60), ethernet(2, 9014), ethernet(3, 60000), ethernet(4, 61)]
    yield plain("jumbo", 4, ETHERNET, jumbo)
    yield from one_too_large(lambda name, frames: plain(name, 4, ETHERNET, frames))


def surveyor(name, link_number, link, frames, version, bodies=None, **how):
    """Padded by 16 and more; Ethernet frames carry their check sequence, which stays with them."""
    bodies = bodies or frames
    data = header(link_number, version) + b"".join(record(i, frame, 16 + i % 8) for i, frame in enumerate(frames))
    return Sample("snoop", name, data, [packet(i, body, link) for i, body in enumerate(bodies)], **how)


def surveyor_files():
    frames = [ethernet(i, 60 + i) + noise(i, 4) for i in range(8)]
    for number, version in ((0, 2), (4, 3), (10, 4), (12, 5), (19, 5)):
        yield surveyor(f"surveyor-type-{number}", number, ETHERNET, frames, version)
    rings = [token_ring(i, 70 + i) for i in range(6)]
    for number in (2, 11, 13, 14):
        yield surveyor(f"surveyor-type-{number}-token-ring", number, TOKEN_RING, rings, 4)
    yield surveyor("surveyor-type-8-fddi", 8, FDDI, [fddi(i, 70 + i) for i in range(6)], 4)
    bodies = [wifi(i) for i in range(6)]
    radio = u8(0, 0, 2, 0, 11, 60, 70, 6)
    for name, extra in (("surveyor-type-18-wifi", 0), ("surveyor-type-18-wifi-long-header", 4)):
        # Four bytes in front, the last the length of what follows: eight that are known, perhaps more.
        inner = [bytes(3) + u8(8 + extra) + radio + noise(i, extra) + body for i, body in enumerate(bodies)]
        yield surveyor(name, 18, IEEE802_11, inner, 4, bodies)


def samples():
    for part in (padding, link_types, empty_and_tails, lengths_and_drops, surveyor_files):
        yield from part()
