import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from media.rtp.errors import Malformed
from media.rtp.extensions import (
    ONE_BYTE,
    TWO_BYTE,
    audio_level,
    extension_block,
    read_extensions,
    send_time,
)
from media.rtp.packet import Packet, is_rtcp, read_packet, unwrap_rtx, write_packet

ELEMENTS = st.dictionaries(st.integers(1, 14), st.binary(min_size=1, max_size=16), max_size=6)
WIDE_ELEMENTS = st.dictionaries(st.integers(1, 255), st.binary(max_size=40), max_size=6)


def facts(packet: Packet) -> tuple[object, ...]:
    return (
        packet.payload_type,
        packet.marker,
        packet.sequence,
        packet.timestamp,
        packet.ssrc,
        packet.payload,
        dict(packet.extensions),
    )


@given(
    st.integers(0, 127),
    st.booleans(),
    st.integers(0, 0xFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.integers(0, 0xFFFFFFFF),
    st.binary(max_size=100),
    ELEMENTS | WIDE_ELEMENTS,
)
def test_what_is_written_is_read(
    payload_type: int, marker: bool, sequence: int, timestamp: int, ssrc: int, payload: bytes, elements: dict[int, bytes]
) -> None:
    packet = Packet(payload_type, marker, sequence, timestamp, ssrc, payload, elements)
    assert facts(read_packet(write_packet(packet))) == facts(packet)


@given(st.binary(max_size=80))
@example(b"\x90" + bytes(11))  # extension flag without a block
@example(b"\x90" + bytes(15))
@example(b"\xa0" + bytes(11))  # padding of zero bytes
@example(b"\xa0" + bytes(10) + b"\xff")  # padding longer than the packet
@example(b"\x8f" + bytes(11))  # fifteen contributing sources, none there
@example(b"\x90" + bytes(11) + b"\xbe\xde\xff\xff")  # a block longer than the packet
def test_any_bytes_are_a_packet_or_malformed(data: bytes) -> None:
    try:
        packet = read_packet(data)
    except Malformed:
        return
    assert len(packet.payload) <= len(data) - 12


def test_contributing_sources_and_padding_are_cut_off() -> None:
    packet = read_packet(b"\xb1\xe0\x00\x01" + bytes(8) + b"CSRC" + b"\xbe\xde\x00\x01\x10a\x00\x00" + b"media\x00\x00\x03")
    assert (packet.payload_type, packet.marker, packet.payload, packet.extensions) == (96, True, b"media", {1: b"a"})
    assert read_packet(b"\xa0" + bytes(11) + b"\x00\x02").payload == b""


@pytest.mark.parametrize(
    ("profile", "block", "elements"),
    [
        (ONE_BYTE, b"\x00\x10a\x00\x21bc", {1: b"a", 2: b"bc"}),
        (ONE_BYTE, b"\x10a\xf0x\x20b", {1: b"a"}),  # id 15 ends the reading
        (ONE_BYTE, b"\x10a\x2fshort", {1: b"a"}),  # cut short
        (TWO_BYTE | 5, b"\x00\x01\x01a\x10\x00", {1: b"a", 16: b""}),
        (TWO_BYTE, b"\x01\x01a\x02", {1: b"a"}),  # no length
        (TWO_BYTE, b"\x01\x01a\x02\x09b", {1: b"a"}),  # cut short
        (0xABCD, b"\x10a", {}),
    ],
)
def test_extension_blocks(profile: int, block: bytes, elements: dict[int, bytes]) -> None:
    assert read_extensions(profile, block) == elements


@given(st.integers(0, 0xFFFF), st.binary(max_size=60))
def test_any_extension_block_is_readable(profile: int, block: bytes) -> None:
    read_extensions(profile, block)
    read_extensions(ONE_BYTE, block)
    read_extensions(TWO_BYTE, block)


@given(ELEMENTS)
def test_blocks_are_whole_words(elements: dict[int, bytes]) -> None:
    block = extension_block(elements)
    assert len(block) % 4 == 0
    assert bool(block) == bool(elements)


def test_audio_level() -> None:
    assert [audio_level(b"\x85"), audio_level(b"\x7f"), audio_level(b"")] == [5, 127, 127]


@given(st.floats(0, 1e7), st.floats(0, 31))
@example(63.9, 0.2)  # across the wrap
def test_send_times_are_the_distance_modulo_64_seconds(now: float, later: float) -> None:
    step = (send_time(now + later) - send_time(now)) & 0xFFFFFF
    assert abs(step / (1 << 18) - later) < 1e-4


def test_send_time() -> None:
    assert [send_time(1.0), send_time(64.5), send_time(63.999999)] == [1 << 18, 1 << 17, 0xFFFFFF]


def test_rtcp_is_told_apart() -> None:
    assert is_rtcp(b"\x80\xc8")
    assert is_rtcp(b"\x80\xce")
    assert not is_rtcp(b"\x80\x60")
    assert not is_rtcp(b"\x80\xe0")  # payload type 96 with the marker
    assert not is_rtcp(b"\x80")


def test_retransmissions() -> None:
    assert unwrap_rtx(b"\x01\x02abc") == (258, b"abc")
    with pytest.raises(Malformed):
        unwrap_rtx(b"\x01")
