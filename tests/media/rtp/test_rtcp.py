import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from media.rtp.rtcp import (
    Bye,
    Description,
    Fir,
    Nack,
    Pli,
    ReceiverReport,
    Remb,
    Report,
    ReportBlock,
    SenderReport,
    read_compound,
    write_compound,
)

WORD = st.integers(0, 0xFFFFFFFF)
BLOCKS = st.lists(
    st.builds(ReportBlock, WORD, st.integers(0, 255), st.integers(-0x800000, 0x7FFFFF), WORD, WORD, WORD, WORD),
    max_size=3,
).map(tuple)
NAME = st.text(max_size=40)
REPORTS = st.one_of(
    st.builds(SenderReport, WORD, st.integers(0, (1 << 64) - 1), WORD, WORD, WORD, BLOCKS),
    st.builds(ReceiverReport, WORD, BLOCKS),
    st.builds(Description, st.lists(st.tuples(WORD, NAME), max_size=3).map(tuple)),
    st.builds(Bye, st.lists(WORD, max_size=3).map(tuple), st.text(max_size=40)),
    st.builds(Pli, WORD, WORD),
    st.builds(Fir, WORD, st.lists(st.tuples(WORD, st.integers(0, 255)), max_size=3).map(tuple)),
    st.builds(Remb, WORD, st.integers(0, (1 << 18) - 1), st.lists(WORD, max_size=3).map(tuple)),
)


@given(st.lists(REPORTS, max_size=5))
def test_what_is_written_is_read(reports: list[Report]) -> None:
    assert read_compound(write_compound(reports)) == reports


@given(WORD, WORD, st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=40))
@example(1, 2, [65535, 0, 1, 16, 17])
def test_nacks_name_the_same_packets(sender: int, ssrc: int, sequences: list[int]) -> None:
    [report] = read_compound(write_compound([Nack(sender, ssrc, tuple(sequences))]))
    assert isinstance(report, Nack)
    assert set(report.sequences) == set(sequences)


def test_a_nack_that_names_all_there_is_is_read_in_part() -> None:
    pairs = b"\x00\x07\xff\xff" * 345
    [report] = read_compound(b"\x81\xcd" + (2 + len(pairs) // 4).to_bytes(2, "big") + bytes(8) + pairs)
    assert isinstance(report, Nack)
    assert 512 <= len(report.sequences) < 512 + 17


def test_neighbours_share_one_nack_item() -> None:
    assert len(write_compound([Nack(1, 2, (65530, 65531, 3, 10))])) == 12 + 4
    assert len(write_compound([Nack(1, 2, (1, 18))])) == 12 + 8


@given(st.integers(0, 1 << 50))
def test_bitrates_lose_only_their_lowest_bits(bitrate: int) -> None:
    [report] = read_compound(write_compound([Remb(1, bitrate)]))
    assert isinstance(report, Remb)
    assert 0 <= bitrate - report.bitrate <= bitrate >> 17


@given(st.binary(max_size=200))
@example(b"\x81\xc8\x00\x01abcd")  # sender report cut short
@example(b"\x81\xca\x00\x01abcd")  # SDES without items
@example(b"\x8f\xce\x00\x03" + bytes(8) + b"REMB")  # REMB without a rate
@example(b"\x81\xcd\x00\x00")  # feedback without SSRCs
def test_any_bytes_are_read(data: bytes) -> None:
    read_compound(data)


@given(st.lists(REPORTS, min_size=1, max_size=3), st.data())
def test_a_flipped_bit_raises_nothing(reports: list[Report], data: st.DataObject) -> None:
    packet = bytearray(write_compound(reports))
    packet[data.draw(st.integers(0, len(packet) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    read_compound(bytes(packet))


def test_one_odd_block_costs_nothing_else() -> None:
    pli = write_compound([Pli(1, 2)])
    odd = [
        b"\x80\xcc\x00\x01APP!",  # application data
        b"\x80\xcf\x00\x00",  # extended reports
        b"\x8f\xcd\x00\x02" + bytes(8),  # transport-wide feedback
        b"\x82\xce\x00\x02" + bytes(8),  # slice loss
        b"\x8f\xce\x00\x03" + bytes(8) + b"MEMB",  # another application's feedback
        b"\x81\xc8\x00\x01abcd",  # cut short
        b"\x81\xc9\x00\x01abcd",  # a block is announced that is not there
    ]
    for block in odd:
        assert read_compound(pli + block + pli)[-1] == Pli(1, 2)
        assert len(read_compound(pli + block + pli)) in (2, 3)


def test_profile_extensions_and_padding_are_skipped() -> None:
    block = ReportBlock(1, 2, -3, 4, 5, 6, 7)
    report = bytearray(write_compound([ReceiverReport(9, (block,))]))
    report[3] += 1
    assert read_compound(bytes(report) + b"more") == [ReceiverReport(9, (block,))]
    padded = bytearray(write_compound([Pli(1, 2)]) + b"\0\0\0\4")
    padded[0] |= 0x20
    padded[3] += 1
    assert read_compound(bytes(padded)) == [Pli(1, 2)]
    assert read_compound(b"\xa1\xce\x00\x00") == []


def test_names_other_than_cname_are_skipped() -> None:
    items = b"\x02\x01n" + b"\x01\x02me" + b"\0"
    body = b"\0\0\0\7" + items + bytes(-(4 + len(items)) % 4)
    packet = bytes([0x81, 202, 0, len(body) // 4]) + body
    assert read_compound(packet) == [Description(((7, "me"),))]


def test_another_version_ends_the_reading() -> None:
    pli = write_compound([Pli(1, 2)])
    assert read_compound(pli + b"\x40" + pli[1:]) == [Pli(1, 2)]
    assert read_compound(pli + pli[:-1]) == [Pli(1, 2)]


def blocks(number: int) -> tuple[ReportBlock, ...]:
    return tuple(ReportBlock(ssrc, 0, 0, 0, 0, 0, 0) for ssrc in range(number))


@pytest.mark.parametrize("number", [0, 1, 31, 32, 62, 70])
def test_what_a_count_cannot_say_follows_in_another_packet(number: int) -> None:
    [sender, *more] = read_compound(write_compound([SenderReport(9, 1, 2, 3, 4, blocks(number))]))
    assert isinstance(sender, SenderReport)
    receivers = read_compound(write_compound([ReceiverReport(9, blocks(number))]))
    assert sum((part.blocks for part in more), sender.blocks) == blocks(number)  # type: ignore[union-attr]
    assert [part for report in receivers for part in report.blocks] == list(blocks(number))  # type: ignore[union-attr]
    assert {part.ssrc for part in [sender, *more, *receivers]} == {9}  # type: ignore[union-attr]
    names = tuple((ssrc, f"name {ssrc}") for ssrc in range(number))
    described = read_compound(write_compound([Description(names)]))
    assert sum((part.names for part in described), ()) == names  # type: ignore[union-attr]
    byes = read_compound(write_compound([Bye(tuple(range(number)), "over")]))
    assert sum((part.ssrcs for part in byes), ()) == tuple(range(number))  # type: ignore[union-attr]
    assert byes[-1].reason == "over"  # type: ignore[union-attr]


def test_numbers_that_do_not_fit_are_clamped_or_wrapped() -> None:
    block = ReportBlock(1, 300, 1 << 30, 1 << 32, 1 << 33, 6, 1 << 34)
    low = ReportBlock(1, -1, -(1 << 30), 5, -1, 6, -1)
    full = ReportBlock(1, 255, 0x7FFFFF, 0, 0xFFFFFFFF, 6, 0xFFFFFFFF)
    empty = ReportBlock(1, 0, -0x800000, 5, 0, 6, 0)
    assert read_compound(write_compound([ReceiverReport(1, (block, low))])) == [ReceiverReport(1, (full, empty))]
    report = SenderReport(1, 1 << 64, (1 << 32) + 1, (1 << 32) + 2, (1 << 32) + 3)
    assert read_compound(write_compound([report])) == [SenderReport(1, 0, 1, 2, 3)]
    assert read_compound(write_compound([Fir(1, ((2, 256),))])) == [Fir(1, ((2, 0),))]
    assert read_compound(write_compound([Remb(1, -5)])) == [Remb(1, 0)]
    assert read_compound(write_compound([Remb(1, 1 << 99)])) == [Remb(1, 0x3FFFF << 63)]
    assert read_compound(write_compound([Remb(1, 9, tuple(range(300)))])) == [Remb(1, 9, tuple(range(255)))]
    assert read_compound(write_compound([Bye((1,), "ä" * 200)])) == [Bye((1,), "ä" * 127)]
    assert read_compound(write_compound([Description(((1, "€" * 100),))])) == [Description(((1, "€" * 85),))]


def test_what_is_there_of_a_short_list_is_read() -> None:
    assert read_compound(b"\x83\xcb\x00\x01\0\0\0\7") == [Bye((7,))]
    assert read_compound(b"\x81\xcb\x00\x02\0\0\0\7\xffabc") == [Bye((7,), "abc")]
    assert read_compound(b"\x80\xcb\x00\x00") == [Bye(())]
    remb = b"\x8f\xce\x00\x05" + bytes(8) + b"REMB\x03\x00\x00\x09\0\0\0\7"
    assert read_compound(remb) == [Remb(0, 9, (7,))]
    assert read_compound(b"\x82\xca\x00\x02\0\0\0\7\x01\x02me") == [Description(((7, "me"),))]  # no end of the items
    assert read_compound(b"\x81\xca\x00\x02\0\0\0\7\x01\x09me") == [Description(())]  # an item cut short
    assert read_compound(b"\x80\xca\x00\x00") == [Description(())]
