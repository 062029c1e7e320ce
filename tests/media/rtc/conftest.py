"""Both ways of writing packets, each with sockets of its own."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from media.rtc.compiled import LIBRARY
from media.rtc.fanout import Batch, Fanout, available, socket_address
from media.rtc.traffic import Traffic
from tests.media.rtc.batches import Rig
from tests.media.rtc.receiving import Receiver, udp
from tests.services import skip_or_fail


@pytest.fixture(params=["compiled", "python"])
def native(request: pytest.FixtureRequest) -> bool:
    """Both ways of writing: they must not differ."""
    if not available():
        skip_or_fail("no sendmmsg here")
    if request.param == "compiled" and not LIBRARY.exists():
        skip_or_fail("the loop was not compiled: no C compiler")
    return bool(request.param == "compiled")


@pytest.fixture
async def rig(native: bool) -> AsyncIterator[Rig]:
    """Receivers 0 and 1 by IPv4, 2 and 3 by IPv6, 4 without a batch."""
    v4, v6 = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")
    traffic = Traffic()
    with udp(*v4) as out4, udp(*v6) as out6, udp(*v4) as a, udp(*v4) as b, udp(*v6) as c, udp(*v6) as d, udp(*v4) as e:
        batches = [Batch(out4, traffic), Batch(out6, traffic)]
        receivers = [
            Receiver(number + 1, sock, batches[number // 2], socket_address(sock.family, sock.getsockname()))
            for number, sock in enumerate((a, b, c, d))
        ]
        receivers.append(Receiver(5, e, None, None))
        fanout = Fanout(batches, traffic, native)
        assert fanout.compiled is native
        yield Rig(traffic, fanout, receivers, batches)
        fanout.close()
        for batch in batches:
            batch.close()
