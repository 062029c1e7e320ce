"""The program as its editor shows it: what is planned, what readers see otherwise, and what cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.errors import NotFound
from conference.desk.editing.words import finding_sentence
from conference.doors.visit import Visit
from conference.people.model import Person, Role, RoleHeld
from conference.program.casting import roles_in
from conference.program.clashes import Finding, findings_in
from conference.program.drafts import edition_of, is_direct, program_planned
from conference.program.model import Kind, Place
from conference.program.plan import Plan, Planned
from conference.program.shifting import slots_of
from conference.program.view import kind_word
from conference.registration.model import Choice


@dataclass(frozen=True)
class Editor:
    """All that the editor's pages need, read at once: six queries."""

    visit: Visit
    planned: Sequence[Planned]
    held: Sequence[tuple[RoleHeld, Person]]
    findings: Sequence[Finding]

    @property
    def base(self) -> str:
        return f"/desk/{self.visit.conference.slug}/program"

    @property
    def waiting(self) -> list[Planned]:
        """What is planned otherwise than published."""
        return [each for each in self.planned if each.drafted]

    def one(self, slug: str) -> Planned:
        """Raises NotFound."""
        for each in self.planned:
            if each.plan.slug == slug:
                return each
        raise NotFound("session", slug=slug)

    def titles(self) -> dict[str, str]:
        return {each.plan.slug: self.visit.say(each.plan.title) or each.plan.slug for each in self.planned}

    def faults(self) -> list[dict[str, Any]]:
        """[{text, href, serious}], the serious ones first."""
        _ = self.visit.services.texts[self.visit.language].gettext
        titles = self.titles()
        return [
            {
                "text": finding_sentence(_, each, titles),
                "href": f"{self.base}/{each.sessions[0]}",
                "serious": each.serious,
                "about": titles[each.sessions[0]],
            }
            for each in self.findings
        ]

    def days(self) -> list[dict[str, Any]]:
        """[{day, slots: [{starts, ends, sessions: [entry], first (slug), up, down (slug to go before, or None)}]}]."""
        days: dict[date, list[Plan]] = {}
        known = {each.plan.slug: each for each in self.planned}
        for each in self.planned:
            if not each.plan.hidden:
                days.setdefault(self.visit.local(each.plan.starts).date(), []).append(each.plan)
        return [{"day": day, "slots": self._slots(slots_of(plans), known)} for day, plans in sorted(days.items())]

    def _slots(self, slots: list[list[Plan]], known: Mapping[str, Planned]) -> list[dict[str, Any]]:
        shown = []
        for n, slot in enumerate(slots):
            after = slots[n + 2][0].slug if n + 2 < len(slots) else ""
            shown.append(
                {
                    "starts": self.visit.local(slot[0].starts),
                    "ends": self.visit.local(max(plan.ends for plan in slot)),
                    "first": slot[0].slug,
                    "up": slots[n - 1][0].slug if n else None,
                    "down": after if n + 1 < len(slots) else None,
                    "sessions": [self._entry(known[plan.slug]) for plan in slot],
                }
            )
        return shown

    def _entry(self, each: Planned) -> dict[str, Any]:
        _ = self.visit.services.texts[self.visit.language].gettext
        plan = each.plan
        mark = None
        if each.drafted:
            mark = _("new") if each.public.hidden else _("changed")
        return {
            "slug": plan.slug,
            "href": f"{self.base}/{plan.slug}",
            "title": self.titles()[plan.slug],
            "kind": kind_word(self.visit, plan.kind),
            "number": plan.number if plan.kind in (Kind.FORUM, Kind.THEME_ROOM) else None,
            "room": plan.room,
            "people": ", ".join(named.name for named in plan.people),
            "mark": mark,
        }

    def out(self) -> list[dict[str, Any]]:
        """Sessions that are in no program (any more), with what readers see still."""
        return [
            {"slug": each.plan.slug, "href": f"{self.base}/{each.plan.slug}", "title": self.titles()[each.plan.slug],
             "shown": not each.public.hidden, "version": each.session.version}
            for each in self.planned if each.plan.hidden
        ]  # fmt: skip


async def editor_of(visit: Visit) -> Editor:
    async with visit.services.db.read() as db:
        return await editor_in(db, visit)


async def editor_in(db: AsyncSession, visit: Visit) -> Editor:
    planned = await program_planned(db, visit.conference.id)
    slugs = {each.session.id: each.plan.slug for each in planned}
    held = await roles_in(db, list(slugs))
    roles: dict[str, frozenset[Role]] = {}
    for row, _person in held:
        slug = slugs[row.session_id or ""]
        roles[slug] = roles.get(slug, frozenset()) | {row.role}
    counted = select(Choice.session_id, func.count()).where(
        col(Choice.session_id).in_(list(slugs)), col(Choice.placed).is_not(None)
    )
    taken = {slugs[session_id]: number for session_id, number in (await db.exec(counted.group_by(Choice.session_id))).all()}
    findings = findings_in([each.plan for each in planned], visit.times, roles=roles, taken=taken)
    return Editor(visit, planned, held, findings)


def context_of(editor: Editor) -> dict[str, Any]:
    """What the list's page is drawn from."""
    visit = editor.visit
    return {
        "base": editor.base,
        "edition": edition_of(list(editor.planned)),
        "direct": is_direct(visit.state),
        "waiting": len(editor.waiting),
        "faults": editor.faults(),
        "days": editor.days(),
        "out": editor.out(),
        "count": sum(not each.plan.hidden for each in editor.planned),
        "public": f"/{visit.conference.slug}/program",
        "rooms": len(rooms := with_room(editor.planned)),
        "guests": sum(each.plan.guests for each in rooms),
    }


def with_room(planned: Sequence[Planned]) -> list[Planned]:
    """Sessions into which guests could come: those of the program that have a room."""
    return [
        each for each in planned
        if not each.plan.hidden and each.plan.place is not Place.ON_SITE and each.plan.kind is not Kind.BREAK
    ]  # fmt: skip


def next_free(editor: Editor, default: datetime) -> datetime:
    """When what is planned is over: where a new session begins."""
    return max((each.plan.ends for each in editor.planned if not each.plan.hidden), default=default)
