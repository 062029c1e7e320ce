"""Who is here, out of sockets, other processes and the node, without a clock of its own."""

from __future__ import annotations

from conference.forums.presence import Facts, Presence, Showing
from media.gateway import Connected, Direction, Disconnected, NodeLost, SlotsChanged, Source, SpeakersChanged, TracksChanged

HERE = Facts(here=True, away=False, showing=Showing())
AWAY = Facts(here=False, away=True, showing=Showing())


def test_a_socket_makes_somebody_present_until_grace_and_a_minute_have_passed() -> None:
    presence = Presence()
    assert presence.enter("socket", "forum", "anna") == []
    assert presence.enter("socket", "forum", "anna") == []
    assert presence.seat_of("socket") == ("forum", "anna")
    assert presence.facts("forum", 0) == {"anna": HERE}
    assert presence.close("socket", 10) == ("forum", "anna")
    assert presence.close("socket", 10) is None
    assert presence.facts("forum", 14.9) == {"anna": HERE}
    assert presence.facts("forum", 15) == {"anna": AWAY}
    assert presence.facts("forum", 70) == {}
    presence.forget(69)
    assert presence.sessions() == ["forum"]
    presence.forget(70)
    assert presence.sessions() == []


def test_a_newer_socket_replaces_the_older() -> None:
    presence = Presence()
    presence.enter("old", "forum", "anna")
    assert presence.enter("new", "forum", "anna") == ["old"]
    assert presence.close("old", 5) is None
    assert presence.facts("forum", 100) == {"anna": HERE}
    assert presence.sockets_of("forum") == presence.sockets_of("forum", "anna") == ["new"]


def test_leaving_has_no_grace() -> None:
    presence = Presence()
    presence.enter("socket", "forum", "anna")
    presence.leave("forum", "anna")
    assert presence.facts("forum", 0) == {}
    assert presence.seat_of("socket") is None
    presence.forget(0)
    assert presence.sessions() == []


def test_what_the_page_says_goes_before_what_the_node_sees() -> None:
    presence = Presence()
    presence.enter("socket", "forum", "anna")
    presence.show("socket", Showing(camera=True))
    assert presence.heard(TracksChanged("forum", "anna", frozenset({Source.MICROPHONE}))) == ("forum",)
    assert presence.facts("forum", 0)["anna"].showing == Showing(camera=True)


def test_a_studio_has_media_alone() -> None:
    presence = Presence()
    presence.heard(Connected("forum", "studio", "c1", Direction.PUBLISH))
    presence.heard(TracksChanged("forum", "studio", frozenset({Source.CAMERA, Source.SCREEN})))
    assert presence.has_media("forum")
    assert presence.facts("forum", 0) == {"studio": Facts(True, False, Showing(camera=True, screen=True))}
    presence.heard(Connected("forum", "studio", "c2", Direction.RECEIVE))
    presence.heard(Disconnected("forum", "studio", "c1", Direction.PUBLISH, "left"))
    assert presence.facts("forum", 0)["studio"].here
    presence.heard(Disconnected("forum", "studio", "c2", Direction.RECEIVE, "left"))
    assert presence.facts("forum", 0) == {}
    assert not presence.has_media("forum")


def test_media_hold_a_seat_while_the_socket_is_away() -> None:
    presence = Presence()
    presence.enter("socket", "forum", "anna")
    presence.heard(Connected("forum", "anna", "c1", Direction.RECEIVE))
    presence.close("socket", 0)
    assert presence.facts("forum", 20)["anna"].here


def test_a_lost_node_takes_its_connections_along() -> None:
    presence = Presence()
    presence.heard(Connected("forum", "studio", "c1", Direction.PUBLISH))
    presence.heard(SpeakersChanged("forum", ("studio",)))
    assert presence.speakers("forum") == ("studio",)
    assert presence.heard(NodeLost(("forum",))) == ("forum",)
    assert presence.facts("forum", 0) == {}
    assert presence.speakers("forum") == ()
    assert presence.heard(SlotsChanged("forum", "anna", "c1", ())) == ()


def test_two_processes_know_of_each_other() -> None:
    one, two = Presence(), Presence()
    one.enter("socket", "forum", "anna")
    one.show("socket", Showing(microphone=True))
    assert two.told("one", one.tell(), 0) == {"forum"}
    assert two.told("one", one.tell(), 1) == set()
    assert two.facts("forum", 2) == {"anna": Facts(True, False, Showing(microphone=True))}
    assert two.sessions() == ["forum"]
    one.close("socket", 3)
    assert two.told("one", one.tell(), 3) == {"forum"}
    assert two.facts("forum", 4)["anna"].here
    assert two.facts("forum", 8) == {"anna": AWAY}


def test_a_process_that_is_silent_has_nobody() -> None:
    one, two = Presence(), Presence()
    one.enter("socket", "forum", "anna")
    two.told("one", one.tell(), 0)
    assert two.facts("forum", 14)["anna"].here
    assert two.facts("forum", 15) == {}
    two.forget(15)
    assert two.facts("forum", 16)["anna"].here  # the grace begins when the silence is noticed
    assert two.facts("forum", 21) == {"anna": AWAY}
