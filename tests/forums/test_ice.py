"""TURN servers as they are announced to pages and to WHIP clients."""

from __future__ import annotations

import pytest

from conference.base.errors import SettingsError
from conference.base.settings import Settings, read_settings
from conference.forums.ice import GRACE, LONGEST, ice_servers, link_headers

DAY = 86_400.0


def with_turn(address: str) -> Settings:
    return read_settings({"MEETINGPOINT_TURN_URL": address, "MEETINGPOINT_TURN_SECRET": "secret"}, demo=True)


def test_no_turn_server_is_announced_unless_there_is_one() -> None:
    assert ice_servers(read_settings({}, demo=True), "seat", 1000.0, DAY) == []
    assert link_headers([]) == []


def test_credentials_end_with_the_room_and_never_later_than_half_a_day() -> None:
    settings = with_turn("turn:turn.example.org:3478")
    (soon,) = ice_servers(settings, "seat", 1000.0, 4600.0)
    assert soon["username"] == f"{int(4600 + GRACE)}:seat"
    (late,) = ice_servers(settings, "seat", 1000.0, 1000.0 + 3 * DAY)
    assert late["username"] == f"{int(1000 + LONGEST)}:seat"


def test_credentials_are_those_that_coturn_expects() -> None:
    (server,) = ice_servers(with_turn("turn:turn.example.org"), "seat", 1000.0, DAY)
    # printf '44200:seat' | openssl dgst -sha1 -hmac secret -binary | base64
    assert (server["username"], server["credential"]) == ("44200:seat", "D9MRNoQofXYon+3PJ2nxddz/7sI=")


def test_several_addresses_share_one_pair_of_credentials_and_keep_their_order() -> None:
    (server,) = ice_servers(
        with_turn(" turn:192.0.2.1:3478?transport=udp, turns:turn.example.org:443?transport=tcp"), "seat", 0, DAY
    )
    assert server["urls"] == ["turn:192.0.2.1:3478?transport=udp", "turns:turn.example.org:443?transport=tcp"]


def test_a_link_header_for_each_address() -> None:
    servers = ice_servers(with_turn("turns:turn.example.org:443,turn:[2001:db8::1]"), "seat", 1000.0, DAY)
    name, credential = servers[0]["username"], servers[0]["credential"]
    rest = f'; rel="ice-server"; username="{name}"; credential="{credential}"; credential-type="password"'
    assert link_headers(servers) == [f"<turns:turn.example.org:443>{rest}", f"<turn:[2001:db8::1]>{rest}"]
    assert link_headers([{"urls": ["stun:stun.example.org"]}]) == ['<stun:stun.example.org>; rel="ice-server"']


@pytest.mark.parametrize(
    "address",
    [
        "https://turn.example.org",
        "turn:",
        "turn:a b",
        "turn:host:port",
        "turn:h?transport=sctp",
        "turns:ok.example.org,stun:x",
        "turn://h",
    ],
)
def test_an_address_that_a_browser_would_refuse_is_refused_at_the_start(address: str) -> None:
    with pytest.raises(SettingsError, match="MEETINGPOINT_TURN_URL must be like"):
        with_turn(address)


def test_a_turn_server_needs_its_secret() -> None:
    with pytest.raises(SettingsError, match="needs MEETINGPOINT_TURN_SECRET"):
        read_settings({"MEETINGPOINT_TURN_URL": "turn:turn.example.org"}, demo=True)
