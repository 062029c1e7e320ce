"""RTCP, read tolerantly and written exactly (RFC 3550 section 6, RFC 4585, RFC 5104, REMB draft).

One odd block never costs the rest of a compound packet: unknown types (extended reports, transport-wide feedback),
profile extensions and blocks cut short are skipped. Compound and reduced-size packets (RFC 5506) are read alike.
Numbers that do not fit their field are clamped or wrapped as the standards say, never refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

_Item = TypeVar("_Item")
_HEAD = struct.Struct("!BBH")
_WORD = struct.Struct("!I")
_TWO_WORDS = struct.Struct("!II")
_NACK = struct.Struct("!HH")
_SENDER = struct.Struct("!IQIII")
_BLOCK = struct.Struct("!IIIIII")

SR, RR, SDES, BYE, RTPFB, PSFB = 200, 201, 202, 203, 205, 206
_GENERIC_NACK, _PLI, _FIR, _AFB = 1, 1, 4, 15
_CNAME = 1
_MOST_LOST = 512  # numbers of one NACK that are read; 1400 bytes could name 6000, far more than anybody remembers
_MOST = 31  # what the five bits of a count can say
_PLAUSIBLE = 30 << 16  # of a round trip in 1/65536 s; what is beyond was made up


class ReportBlock(NamedTuple):
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
    reason: str = ""


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


def round_trip(block: ReportBlock, now: int) -> float | None:
    """Seconds from our sender report to the peer and back (RFC 3550 section 6.4.1). `now`: the middle 32 bits of the NTP
    time of arrival, by the clock of the sender report. None: the peer has seen no report yet, or reports nonsense."""
    if not block.last_sr:
        return None
    elapsed = (now - block.last_sr - block.delay) & 0xFFFFFFFF
    if elapsed >> 31:  # negative: the two clocks tick differently; a little is rounding
        elapsed -= 1 << 32
    return max(0, elapsed) / 65536 if -(1 << 13) < elapsed < _PLAUSIBLE else None


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
                return _read_bye(body, count)
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


def _read_bye(body: bytes, count: int) -> Bye:
    end = 4 * min(count, len(body) // 4)
    reason = body[end + 1 : end + 1 + body[end]] if end < len(body) else b""
    return Bye(_words(body[:end]), reason.decode("utf-8", "replace"))


def _words(body: bytes) -> tuple[int, ...]:
    return tuple(word for (word,) in _WORD.iter_unpack(body[: len(body) & ~3]))


def _read_names(body: bytes, count: int) -> Iterable[tuple[int, str]]:
    position, end = 0, len(body)
    for _ in range(count):
        (ssrc,) = _WORD.unpack_from(body, position)
        position += 4
        while position + 1 < end and body[position]:
            kind, after = body[position], position + 2 + body[position + 1]
            if kind == _CNAME and after <= end:
                yield ssrc, body[position + 2 : after].decode("utf-8", "replace")
            position = after
        position += 4 - position % 4  # the list of items ends with 1-4 zero bytes
        if position >= end:
            return


def _read_transport_feedback(fmt: int, body: bytes) -> Report | None:
    if fmt != _GENERIC_NACK:
        return None
    sender, ssrc = _TWO_WORDS.unpack_from(body)
    sequences: list[int] = []
    for position in range(8, len(body) - 3, 4):
        if len(sequences) >= _MOST_LOST:
            break
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
        return Remb(sender, mantissa << exponent, _words(body[16 : 16 + 4 * count]))
    return None


# -- writing ------------------------------------------------------------------------------------------------------------


def write_compound(reports: Iterable[Report]) -> bytes:
    """The reports one after the other. A compound packet begins with a sender or receiver report; that is the
    caller's business. What is more than a packet's count can say follows in further packets of the same kind."""
    return b"".join(map(_write_one, reports))


def _write_one(report: Report) -> bytes:
    match report:
        case SenderReport():
            head = _SENDER.pack(
                report.ssrc,
                report.ntp & 0xFFFFFFFFFFFFFFFF,
                report.timestamp & 0xFFFFFFFF,
                report.packets & 0xFFFFFFFF,
                report.octets & 0xFFFFFFFF,
            )
            first = _framed(SR, len(report.blocks[:_MOST]), head + _write_blocks(report.blocks[:_MOST]))
            return first + _write_receiver(report.ssrc, report.blocks[_MOST:])
        case ReceiverReport():
            return _write_receiver(report.ssrc, report.blocks) or _framed(RR, 0, _WORD.pack(report.ssrc))
        case Description():
            parts = [_framed(SDES, len(part), b"".join(_write_name(*name) for name in part)) for part in _parts(report.names)]
            return b"".join(parts) or _framed(SDES, 0, b"")
        case Bye():
            parts = [_framed(BYE, len(part), _write_words(part)) for part in _parts(report.ssrcs[:-_MOST])]
            return b"".join(parts) + _write_bye(report.ssrcs[-_MOST:], report.reason)
        case Nack():
            body = _TWO_WORDS.pack(report.sender, report.ssrc) + _write_sequences(report.sequences)
            return _framed(RTPFB, _GENERIC_NACK, body)
        case Pli():
            return _framed(PSFB, _PLI, _TWO_WORDS.pack(report.sender, report.ssrc))
        case Fir():
            pairs = b"".join(_TWO_WORDS.pack(ssrc, (number & 0xFF) << 24) for ssrc, number in report.requests)
            return _framed(PSFB, _FIR, _TWO_WORDS.pack(report.sender, 0) + pairs)
        case _:
            return _framed(PSFB, _AFB, _write_remb(report))


def _framed(kind: int, count: int, body: bytes) -> bytes:
    return _HEAD.pack(0x80 | count, kind, len(body) // 4) + body


def _parts(items: Sequence[_Item]) -> Iterable[Sequence[_Item]]:
    return (items[start : start + _MOST] for start in range(0, len(items), _MOST))


def _write_words(words: Iterable[int]) -> bytes:
    return b"".join(map(_WORD.pack, words))


def _write_receiver(ssrc: int, blocks: Sequence[ReportBlock]) -> bytes:
    """Receiver reports for the blocks; empty without any."""
    return b"".join(_framed(RR, len(part), _WORD.pack(ssrc) + _write_blocks(part)) for part in _parts(blocks))


def _write_blocks(blocks: Sequence[ReportBlock]) -> bytes:
    return b"".join(
        _BLOCK.pack(
            block.ssrc,
            min(max(block.fraction_lost, 0), 255) << 24 | min(max(block.lost, -0x800000), 0x7FFFFF) & 0xFFFFFF,
            block.highest & 0xFFFFFFFF,
            min(max(block.jitter, 0), 0xFFFFFFFF),
            block.last_sr,
            min(max(block.delay, 0), 0xFFFFFFFF),
        )
        for block in blocks
    )


def _write_name(ssrc: int, name: str) -> bytes:
    text = _short(name)
    chunk = _WORD.pack(ssrc) + bytes([_CNAME, len(text)]) + text
    return chunk + bytes(4 - len(chunk) % 4)


def _write_bye(ssrcs: Sequence[int], reason: str) -> bytes:
    text = _short(reason)
    body = _write_words(ssrcs) + (bytes([len(text)]) + text if text else b"")
    return _framed(BYE, len(ssrcs), body + bytes(-len(body) % 4))


def _short(text: str) -> bytes:
    """At most 255 bytes, no character cut in two."""
    return text.encode("utf-8", "replace")[:255].decode("utf-8", "ignore").encode()


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
    bitrate = min(max(report.bitrate, 0), 0x3FFFF << 63)
    exponent = max(0, bitrate.bit_length() - 18)
    mantissa = bitrate >> exponent
    ssrcs = report.ssrcs[:255]
    head = bytes([len(ssrcs), exponent << 2 | mantissa >> 16, mantissa >> 8 & 0xFF, mantissa & 0xFF])
    return _TWO_WORDS.pack(report.sender, 0) + b"REMB" + head + _write_words(ssrcs)
