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
NAME = st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=40)
REPORTS = st.one_of(
    st.builds(SenderReport, WORD, st.integers(0, (1 << 64) - 1), WORD, WORD, WORD, BLOCKS),
    st.builds(ReceiverReport, WORD, BLOCKS),
    st.builds(Description, st.lists(st.tuples(WORD, NAME), max_size=3).map(tuple)),
    st.builds(Bye, st.lists(WORD, max_size=3).map(tuple)),
    st.builds(Pli, WORD, WORD),
    st.builds(Fir, WORD, st.lists(st.tuples(WORD, st.integers(0, 255)), max_size=3).map(tuple)),
    st.builds(Remb, WORD, st.integers(0, (1 << 18) - 1), st.lists(WORD, max_size=3).map(tuple)),
)


@given(st.lists(REPORTS, max_size=5))
def test_what_is_written_is_read(reports: list[Report]) -> None:
    assert read_compound(write_compound(reports)) == reports


@given(WORD, WORD, st.lists(st.integers(0, 0xFFFF), min_size=1, max_size=40))
def test_nacks_name_the_same_packets(sender: int, ssrc: int, sequences: list[int]) -> None:
    [report] = read_compound(write_compound([Nack(sender, ssrc, tuple(sequences))]))
    assert isinstance(report, Nack)
    assert set(report.sequences) == set(sequences)


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
