"""What the guides show: each picture's name, who looks, at which moment, where, and what has to be there first."""

from __future__ import annotations

from dataclasses import dataclass

OFFICE = "/desk/{c}"
ORGANISER, MODERATOR, ATTENDEE, INITIATIVE, STRANGER = "organiser", "moderator", "attendee", "initiative", None
INSTALLATION = "installation"  # an organiser of the installation, who may make conferences
PLAYING = """() => [...document.querySelectorAll("video")].filter((one) => one.videoWidth && one.currentTime > 0.5).length >= 3 &&
  document.querySelector("#captions")?.textContent.trim().length > 40"""
# Without the browser's own controls, which draw a circle over a film while it loads.
LOADED = """() => {
  const film = document.getElementById("preview");
  film.preload = "auto";
  film.controls = false;
  return film.readyState === 4;
}"""


@dataclass(frozen=True)
class Shot:
    """moment: of tests/browser; path: with {c} for the conference; ready: a script that is true when it can be taken; above: what
    is scrolled to the top; height: of the window."""

    name: str
    who: str | None
    moment: str
    path: str
    ready: str | None = None
    above: str | None = None
    height: int = 800


# In the order of the moments, so that the clock is moved three times.
SHOTS = [
    Shot("new-conference", INSTALLATION, "draft", "/desk/new", height=1000),
    Shot("desk", ORGANISER, "draft", OFFICE, height=900),
    Shot("ready", ORGANISER, "draft", f"{OFFICE}/ready", height=1000),
    Shot("program", ORGANISER, "draft", f"{OFFICE}/program", height=1000),
    Shot("people", ORGANISER, "draft", f"{OFFICE}/people", height=900),
    Shot("letters", ORGANISER, "draft", f"{OFFICE}/letters/new?kind=invitation", height=1750),
    Shot("check", ATTENDEE, "before", "/{c}/check", height=1150),
    Shot("cards", ORGANISER, "before", f"{OFFICE}/cards", height=1000),
    Shot("own-card", INITIATIVE, "before", "/{c}/my-card", ready=LOADED, height=1000),
    Shot("home", ATTENDEE, "live", "/{c}/", height=800),
    Shot("room", ATTENDEE, "live", "/{c}/sessions/forum-1/room?join", ready=PLAYING),
    Shot("run", ORGANISER, "live", f"{OFFICE}/run", height=1000),
    Shot("sheet", MODERATOR, "live", "/{c}/sessions/forum-1/sheet", height=1000),
    Shot("after", ORGANISER, "archive", f"{OFFICE}/after", height=1000),
]
