"""All addresses of the editor. Those with a session's name in them come last, since the others are words beside it."""

from __future__ import annotations

from starlette.routing import Route

from conference.desk.editing import pages, people, publishing, schedule

routes: list[Route] = [*pages.routes, *publishing.routes, *schedule.routes, *pages.last_routes, *people.routes]
