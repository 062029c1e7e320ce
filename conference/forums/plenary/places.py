"""Where somebody's media meet the others': on the stage, which all hear and see, or behind it, in a forum of the node's own.

The audience's connections are in the stage's forum alone, so nothing from behind can reach them, whatever a page does. Pure.
"""

from __future__ import annotations

_ENDING = "~behind"  # no id of a session has a tilde


def behind_of(session: str) -> str:
    """The node's forum behind a session's stage."""
    return session + _ENDING


def session_of(forum: str) -> tuple[str, bool]:
    """The session that a forum of the node belongs to, and whether it is the one behind the stage."""
    return forum.removesuffix(_ENDING), forum.endswith(_ENDING)
