"""Taking datagrams out of a socket: both ways bring the same, in order, with addresses as the socket module writes them."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any

import pytest

from media.rtc.inbox import ADDRESSES, BURST, AllAtOnce, OneByOne, inbox
from media.rtc.srtp import SIZE
from tests.media.rtc.receiving import udp
from tests.services import skip_or_fail

WAYS: tuple[Callable[[socket.socket], AllAtOnce | OneByOne], ...] = (AllAtOnce, OneByOne)


@pytest.fixture(params=WAYS, ids=("all at once", "one by one"))
def way(request: pytest.FixtureRequest) -> Callable[[socket.socket], AllAtOnce | OneByOne]:
    with udp(socket.AF_INET, "127.0.0.1") as sock:
        if request.param is AllAtOnce and not isinstance(inbox(sock), AllAtOnce):
            skip_or_fail("no recvmmsg here")
    return request.param  # type: ignore[no-any-return]


def taken(box: AllAtOnce | OneByOne) -> list[tuple[bytes, Any]]:
    return [(bytes(slab.view[:size]), address) for slab, size, address in box.take()]


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_everything_that_waits_in_order_and_from_whom(way: Callable[[socket.socket], Any], family: Any, host: str) -> None:
    with udp(family, host) as mine, udp(family, host) as one, udp(family, host) as two:
        box = way(mine)
        assert taken(box) == []
        sent = [(bytes([number]) * (number % 7), (one, two)[number % 2]) for number in range(BURST + 10)]
        for data, sender in sent:
            sender.sendto(data, mine.getsockname())
        expected = [(data, sender.getsockname()) for data, sender in sent]
        assert taken(box) == expected[:BURST]  # the rest with the next wake-up: others want their turn
        assert taken(box) == expected[BURST:]
        assert taken(box) == []


def test_what_is_longer_than_any_packet_is_cut(way: Callable[[socket.socket], Any]) -> None:
    with udp(socket.AF_INET, "127.0.0.1") as mine, udp(socket.AF_INET, "127.0.0.1") as other:
        other.sendto(bytes(3000), mine.getsockname())
        other.sendto(b"next", mine.getsockname())
        assert [len(data) for data, _ in taken(way(mine))] == [SIZE, 4]


def test_an_error_of_something_sent_earlier_costs_no_datagram(way: Callable[[socket.socket], Any]) -> None:
    with udp(socket.AF_INET, "127.0.0.1") as mine, udp(socket.AF_INET, "127.0.0.1") as other:
        with udp(socket.AF_INET, "127.0.0.1") as gone:
            nobody = gone.getsockname()
        mine.connect(nobody)
        mine.send(b"to nobody")  # comes back as an ICMP error, which the next call reports
        box = way(mine)
        found = taken(box)
        mine.connect(other.getsockname())
        other.sendto(b"hello", mine.getsockname())
        found += taken(box)
        assert found == [(b"hello", other.getsockname())]


def test_a_link_local_address_keeps_its_interface() -> None:
    with udp(socket.AF_INET6, "::1") as mine:
        box = inbox(mine)
        if not isinstance(box, AllAtOnce):
            skip_or_fail("no recvmmsg here")
        assert isinstance(box, AllAtOnce)
        index, name = socket.if_nameindex()[0]
        raw = (
            b"\0\0"
            + (5).to_bytes(2, "big")
            + bytes(4)
            + socket.inet_pton(socket.AF_INET6, "fe80::1")
            + index.to_bytes(4, "little")
        )
        assert box._learn(raw) == (f"fe80::1%{name}", 5, 0, index)


def test_strangers_do_not_fill_the_memory() -> None:
    with udp(socket.AF_INET, "127.0.0.1") as mine:
        box = inbox(mine)
        if not isinstance(box, AllAtOnce):
            skip_or_fail("no recvmmsg here")
        assert isinstance(box, AllAtOnce)
        for number in range(2 * ADDRESSES):
            box._learn(b"\0\0" + (number % 60_000).to_bytes(2, "big") + bytes([10, 0, 0, number // 60_000]) + bytes(8))
        assert len(box._addresses) <= ADDRESSES


def test_another_system_takes_them_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with udp(socket.AF_INET, "127.0.0.1") as mine:
        assert isinstance(inbox(mine), OneByOne)
