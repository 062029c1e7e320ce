"""RTCP, read tolerantly and written exactly (RFC 3550 section 6, RFC 4585, RFC 5104, REMB draft).

One odd block never costs the rest of a compound packet: unknown types, profile extensions and blocks cut short are
skipped. Compound and reduced-size packets (RFC 5506) are read alike.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_HEAD = struct.Struct("!BBH")
_WORD = struct.Struct("!I")
_TWO_WORDS = struct.Struct("!II")
_NACK = struct.Struct("!HH")
_SENDER = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
_GENERIC_NACK, _PLI, _FIR, _AFB = 1, 1, 4, 15
_CNAME = 1


@dataclass(frozen=True, slots=True)
class ReportBlock:
    """Reception facts of one source. fraction_lost in 1/256; jitter in timestamp units; last_sr and delay in 1/65536 s."""

    ssrc: int
    fraction_lost: int
    lost: int
    highest: int
    jitter: int
    last_sr: int
    delay: int


@dataclass(frozen=True, slots=True)
class SenderReport:
    """ntp: 64-bit NTP time (32.32 fixed point); timestamp: the RTP time at that moment."""

    ssrc: int
    ntp: int
    timestamp: int
    packets: int
    octets: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    ssrc: int
    blocks: tuple[ReportBlock, ...] = ()


@dataclass(frozen=True, slots=True)
class Description:
    """SDES with the one item that matters: CNAME by SSRC."""

    names: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Bye:
    ssrcs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Nack:
    sender: int
    ssrc: int
    sequences: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pli:
    sender: int
    ssrc: int


@dataclass(frozen=True, slots=True)
class Fir:
    """Full intra request: (ssrc, command sequence number) pairs (RFC 5104 section 4.3.1)."""

    sender: int
    requests: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Remb:
    """Receiver estimated maximum bitrate in bit/s."""

    sender: int
    bitrate: int
    ssrcs: tuple[int, ...] = ()


Report = SenderReport | ReceiverReport | Description | Bye | Nack | Pli | Fir | Remb


# -- reading ------------------------------------------------------------------------------------------------------------


def read_compound(data: bytes) -> list[Report]:
    """All reports that can be understood, in order. Never raises; an unreadable packet is an empty list."""
    reports: list[Report] = []
    position = 0
    while position + 4 <= len(data):
        first, kind, words = _HEAD.unpack_from(data, position)
        end = position + 4 + 4 * words
        if first >> 6 != 2 or end > len(data):
            break
        body = data[position + 4 : end]
        if first & 0x20 and body:
            body = body[: max(0, len(body) - body[-1])]
        report = _read_one(kind, first & 0x1F, body)
        if report is not None:
            reports.append(report)
        position = end
    return reports


def _read_one(kind: int, count: int, body: bytes) -> Report | None:
    try:
        match kind:
            case 200:
                ssrc, ntp, timestamp, packets, octets = _SENDER.unpack_from(body)
                return SenderReport(ssrc, ntp, timestamp, packets, octets, _read_blocks(body[24:], count))
            case 201:
                return ReceiverReport(_WORD.unpack_from(body)[0], _read_blocks(body[4:], count))
            case 202:
                return Description(tuple(_read_names(body, count)))
            case 203:
                return Bye(tuple(_WORD.unpack_from(body, 4 * index)[0] for index in range(count)))
            case 205:
                return _read_transport_feedback(count, body)
            case 206:
                return _read_payload_feedback(count, body)
            case _:
                return None
    except (struct.error, IndexError):
        return None


def _read_blocks(body: bytes, count: int) -> tuple[ReportBlock, ...]:
    blocks = []
    for index in range(min(count, len(body) // 24)):
        ssrc, losses, highest, jitter, last_sr, delay = _BLOCK.unpack_from(body, 24 * index)
        lost = losses & 0xFFFFFF
        lost = lost - (1 << 24) if lost & 0x800000 else lost  # signed (RFC 3550 section 6.4.1)
        blocks.append(ReportBlock(ssrc, losses >> 24, lost, highest, jitter, last_sr, delay))
    return tuple(blocks)


def _read_names(body: bytes, count: int) -> Iterable[tuple[int, str]]:
    position = 0
    for _ in range(count):
        (ssrc,) = _WORD.unpack_from(body, position)
        position += 4
        while body[position]:
            kind, size = body[position], body[position + 1]
            if kind == _CNAME:
                yield ssrc, body[position + 2 : position + 2 + size].decode("utf-8", "replace")
            position += 2 + size
        position += 4 - position % 4  # the list of items ends with 1-4 zero bytes


def _read_transport_feedback(fmt: int, body: bytes) -> Report | None:
    if fmt != _GENERIC_NACK:
        return None
    sender, ssrc = _TWO_WORDS.unpack_from(body)
    sequences: list[int] = []
    for position in range(8, len(body) - 3, 4):
        first, mask = _NACK.unpack_from(body, position)
        sequences.append(first)
        sequences.extend((first + 1 + bit) & 0xFFFF for bit in range(16) if mask >> bit & 1)
    return Nack(sender, ssrc, tuple(sequences))


def _read_payload_feedback(fmt: int, body: bytes) -> Report | None:
    sender, ssrc = _TWO_WORDS.unpack_from(body)
    if fmt == _PLI:
        return Pli(sender, ssrc)
    if fmt == _FIR:
        pairs = (_TWO_WORDS.unpack_from(body, position) for position in range(8, len(body) - 7, 8))
        return Fir(sender, tuple((target, number >> 24) for target, number in pairs))
    if fmt == _AFB and body[8:12] == b"REMB":
        count, exponent = body[12], body[13] >> 2
        mantissa = (body[13] & 3) << 16 | body[14] << 8 | body[15]
        ssrcs = tuple(_WORD.unpack_from(body, 16 + 4 * index)[0] for index in range(count))
        return Remb(sender, mantissa << exponent, ssrcs)
    return None


# -- writing ------------------------------------------------------------------------------------------------------------


def write_compound(reports: Iterable[Report]) -> bytes:
    """The reports one after the other. A compound packet begins with a sender or receiver report; that is the
    caller's business."""
    return b"".join(map(_write_one, reports))


def _write_one(report: Report) -> bytes:
    match report:
        case SenderReport():
            body = _SENDER.pack(report.ssrc, report.ntp, report.timestamp, report.packets, report.octets)
            return _framed(SR, len(report.blocks), body + _write_blocks(report.blocks))
        case ReceiverReport():
            return _framed(RR, len(report.blocks), _WORD.pack(report.ssrc) + _write_blocks(report.blocks))
        case Description():
            return _framed(SDES, len(report.names), b"".join(_write_name(*name) for name in report.names))
        case Bye():
            return _framed(BYE, len(report.ssrcs), b"".join(map(_WORD.pack, report.ssrcs)))
        case Nack():
            body = _TWO_WORDS.pack(report.sender, report.ssrc) + _write_sequences(report.sequences)
            return _framed(RTPFB, _GENERIC_NACK, body)
        case Pli():
            return _framed(PSFB, _PLI, _TWO_WORDS.pack(report.sender, report.ssrc))
        case Fir():
            pairs = b"".join(_TWO_WORDS.pack(ssrc, number << 24) for ssrc, number in report.requests)
            return _framed(PSFB, _FIR, _TWO_WORDS.pack(report.sender, 0) + pairs)
        case _:
            return _framed(PSFB, _AFB, _write_remb(report))


def _framed(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def _write_blocks(blocks: Sequence[ReportBlock]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            block.fraction_lost << 24 | block.lost & 0xFFFFFF,
            block.highest & 0xFFFFFFFF,
            block.jitter,
            block.last_sr,
            block.delay,
        )
        for block in blocks
    )


def _write_name(ssrc: int, name: str) -> bytes:
    text = name.encode()[:255]
    chunk = _WORD.pack(ssrc) + bytes([_CNAME, len(text)]) + text
    return chunk + bytes(4 - len(chunk) % 4)


def _write_sequences(sequences: Sequence[int]) -> bytes:
    pairs: list[tuple[int, int]] = []
    for sequence in sequences:
        distance = (sequence - pairs[-1][0]) & 0xFFFF if pairs else 0
        if pairs and 1 <= distance <= 16:
            pairs[-1] = (pairs[-1][0], pairs[-1][1] | 1 << distance - 1)
        elif not pairs or distance:
            pairs.append((sequence & 0xFFFF, 0))
    return b"".join(_NACK.pack(*pair) for pair in pairs)


def _write_remb(report: Remb) -> bytes:
    exponent = max(0, report.bitrate.bit_length() - 18)
    mantissa = report.bitrate >> exponent
    head = bytes([len(report.ssrcs), exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF])
    return _TWO_WORDS.pack(report.sender, 0) + b"REMB" + head + b"".join(map(_WORD.pack, report.ssrcs))
