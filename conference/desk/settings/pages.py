"""The routes of the settings."""

from __future__ import annotations

from starlette.routing import Route

from conference.desk.settings.address import address, delete
from conference.desk.settings.hosts import hosts
from conference.desk.settings.times import times
from conference.desk.settings.words import words
from conference.doors.guard import page

routes: list[Route] = [
    page("/desk/{c}/settings", "desk.settings", words, ("GET", "POST")),
    page("/desk/{c}/settings/times", "desk.settings", times, ("GET", "POST")),
    page("/desk/{c}/settings/hosts", "desk.settings", hosts, ("GET", "POST")),
    page("/desk/{c}/settings/address", "desk.settings", address, ("GET", "POST")),
    page("/desk/{c}/delete", "desk.delete", delete, ("GET", "POST")),
]
