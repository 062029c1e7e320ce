"""A list that many messages carry is written once and reads like any other."""

from __future__ import annotations

import json

from conference.live.line import Shared, frame


def test_a_shared_list_reads_like_any_other() -> None:
    people = [{"seat": "a", "name": "Änne"}, {"seat": "b", "name": None}]
    for shared in (Shared(people), Shared(), Shared(people[:1]).plus(people[1]), Shared().plus(people[0])):
        plain = frame({"type": "ok", "ref": 1, "people": list(shared)})
        assert json.loads(frame({"type": "ok", "ref": 1, "people": shared}).event["text"]) == json.loads(plain.event["text"])


def test_it_is_written_once() -> None:
    shared = Shared([{"seat": "a"}])
    assert shared.json() is shared.json()
    assert shared.plus({"seat": "b"}) == [{"seat": "a"}, {"seat": "b"}]
    assert shared == [{"seat": "a"}]
