"""What our own use of OpenSSL's AES-GCM writes is what libsrtp writes, bit by bit, whatever the order of the numbers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from pylibsrtp import Policy, Session

from media.rtc import sealing
from media.rtc.answer import RECEIVE_LIMIT
from media.rtc.compiled import LIBRARY, ffi, open_library
from media.rtc.sealing import WINDOW, by_openssl, derived
from media.rtc.srtp import SIZE, TRAILER, Cipher, Slab
from tests.services import skip_or_fail

STREAMS = len(ffi.new("struct seal *").streams)
PROFILES = {
    16: Policy.SRTP_PROFILE_AEAD_AES_128_GCM,
    32: Policy.SRTP_PROFILE_AEAD_AES_256_GCM,
}


def session(key: bytes, size: int, kind: int = Policy.SSRC_ANY_OUTBOUND) -> Session:
    policy = Policy(key=key, ssrc_type=kind, srtp_profile=PROFILES[size])
    policy.window_size, policy.allow_repeat_tx = WINDOW, True
    return Session(policy)


@pytest.fixture(params=PROFILES)
def both(request: pytest.FixtureRequest) -> tuple[Cipher, Cipher]:
    """Ours, and libsrtp alone with the same keys."""
    if not LIBRARY.exists():
        skip_or_fail("the loop was not compiled: no C compiler")
    size = request.param
    key = random.Random(size).randbytes(size + 12)
    sealed = by_openssl(key[:size], key[size:])
    assert sealed is not None
    incoming = session(key, size, Policy.SSRC_ANY_INBOUND)
    return Cipher(incoming, session(key, size), sealed), Cipher(incoming, session(key, size))


def encrypted(cipher: Cipher, data: bytes) -> bytes | None:
    found = cipher.protect(Slab(), data, False)
    return None if found is None else bytes(found)


def rtp(number: int, ssrc: int = 7, first: int = 0x80, rest: bytes = b"payload") -> bytes:
    return bytes([first, 96]) + (number & 0xFFFF).to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big") + rest


def test_any_order_of_numbers(both: tuple[Cipher, Cipher]) -> None:
    """Several streams: gaps, repetitions, late ones, some too late, and several turns of the sequence numbers."""
    ours, theirs = both
    chance = random.Random(4)
    highest = {chance.getrandbits(32): chance.choice([0, 1, 20_000, 32_767, 60_000]) for _ in range(20)}
    refused = 0
    for ssrc, first in highest.items():  # some begin late in their first turn
        assert encrypted(ours, rtp(first, ssrc)) == encrypted(theirs, rtp(first, ssrc)) is not None
    for _ in range(12_000):
        ssrc = chance.choice(list(highest))
        step = chance.choice([1, 1, 1, 2, 50, 1000, 9000, 32_000, 0, -1, -200, 1 - WINDOW, -WINDOW, -WINDOW - 1, -1000])
        number = highest[ssrc] + step
        if number < 0:
            continue
        highest[ssrc] = max(highest[ssrc], number)
        first, rest = 0x80, chance.randbytes(chance.choice([0, 1, 15, 16, 17, 80, 700, 1200]))
        if chance.random() < 0.5:
            words = chance.randrange(4)
            first, rest = 0x90, b"\xbe\xde" + words.to_bytes(2, "big") + bytes(4 * words) + rest
        if chance.random() < 0.1:
            first, rest = first | 2, chance.randbytes(8) + rest  # two contributing sources
        data = rtp(number, ssrc, first, rest)
        sealed = encrypted(ours, data)
        assert sealed == encrypted(theirs, data)
        refused += sealed is None
    assert 100 < refused < 5000
    assert max(highest.values()) > 3 << 16


def test_every_size(both: tuple[Cipher, Cipher]) -> None:
    ours, theirs = both
    back = Slab()
    for number, size in enumerate([*range(70), *range(1000, SIZE - TRAILER - 11, 101), SIZE - TRAILER - 12]):
        data = rtp(number, rest=bytes(size))
        sealed = encrypted(ours, data)
        assert sealed is not None
        assert sealed == encrypted(theirs, data)
        back.memory[: len(sealed)] = sealed
        assert ours.unprotect(back, len(sealed), False) == data


@pytest.mark.parametrize("data", [b"", b"\x80", rtp(1)[:11], rtp(1, first=0x90, rest=b""), rtp(1, first=0x9F, rest=bytes(60))])
def test_what_is_no_packet_is_refused(both: tuple[Cipher, Cipher], data: bytes) -> None:
    assert [encrypted(cipher, data) for cipher in both] == [None, None]
    cut = rtp(1, first=0x90, rest=b"\xbe\xde\xff\xffrest")  # an extension that is longer than the packet
    assert [encrypted(cipher, cut) for cipher in both] == [None, None]


def test_there_is_room_for_the_streams_of_the_largest_receiver(both: tuple[Cipher, Cipher]) -> None:
    ours = both[0]
    assert STREAMS >= 2 * RECEIVE_LIMIT
    ssrcs = [STREAMS * number for number in range(STREAMS)]  # all of one place
    assert all(encrypted(ours, rtp(1, ssrc)) for ssrc in ssrcs)
    assert encrypted(ours, rtp(1, 5)) is None
    assert all(encrypted(ours, rtp(2, ssrc)) for ssrc in ssrcs)


def test_keys_are_derived_as_the_standard_shows() -> None:
    """RFC 3711 appendix B.3."""
    key, salt = bytes.fromhex("E1F97A0D3E018BE0D64FA32C06DE4139"), bytes.fromhex("0EC675AD498AFEEBB6960B3AABE6")
    assert derived(key, salt, 0, 16).hex().upper() == "C61E7A93744F39EE10734AFE3FF7A087"
    assert derived(key, salt, 2, 14).hex().upper() == "30CBBC08863D8C85D49DB34A9AE1"


def test_other_profiles_and_machines_without_the_compiled_code_keep_libsrtp(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert by_openssl(bytes(16), bytes(14)) is None
    missing = tmp_path / "_fanout.so"
    with pytest.raises(OSError):  # noqa: PT011 (what the system says, in its own words)
        open_library(missing)
    monkeypatch.setattr(sealing, "open_library", lambda: open_library(missing))
    sealing._openssl.cache_clear()
    try:
        assert by_openssl(bytes(16), bytes(12)) is None
    finally:
        sealing._openssl.cache_clear()
