"""What people do on and behind a plenary's stage. Each writes in one unit of work and tells the room; the media node hears
after the commit.

Who acts is named by session and seat, which the caller knows from the socket, never from a message.
"""

from __future__ import annotations

from datetime import timedelta

from sqlmodel.ext.asyncio.session import AsyncSession

from conference.base.audit import record
from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, NotAllowed
from conference.forums import rules as room_rules
from conference.forums import store as rooms
from conference.forums.acting import changed, silence, target_of
from conference.forums.events import DeskChanged
from conference.forums.grants import put_out, regrant
from conference.forums.plenary import places, rules, store
from conference.forums.plenary.view import is_crew
from conference.forums.store import Room, Seated
from conference.forums.talk.rules import clean
from conference.people.model import Feed, Role
from conference.web.services import Services


async def set_curtain(services: Services, session_id: str, by: str, closed: bool, text: object, minutes: object) -> None:
    """Show the holding slide, or take it away. Behind it nothing of the stage is forwarded, to nobody. text: what it says;
    minutes: until it goes on (None: not said). Raises NotAllowed, Conflict, Invalid."""
    said = "" if text is None or text == "" else clean(text, rules.TEXT_LENGTH)
    if said is None:
        raise Invalid("holding_text", longest=rules.TEXT_LENGTH)
    count = minutes_named(minutes)
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        _, plenary = await store.for_change(work, session_id)
        forum = await rooms.forum_for_change(work.session, session_id)
        forum.curtain = closed
        plenary.text, plenary.until = said, work.now + timedelta(minutes=count) if count is not None else None
        await work.session.flush()
        room = await rooms.room_of(work.session, session_id)
        everybody = await rooms.seated_in(work.session, session_id)
        changed(services, work, room)
    await regrant(services.media, services.clock, room, [each for each in everybody if not each.outside and each.sources(room)])


async def place(services: Services, session_id: str, by: str, whose: str | None, behind: bool) -> None:
    """Take somebody behind the stage, or (moderators alone) onto it; whose None: all who are behind it. Oneself everybody of the
    stage may take behind it. Raises NotAllowed, NotFound; Conflict for who belongs to the audience."""
    async with services.db.work() as work:
        room, _ = await store.for_change(work, session_id)
        if whose is None:
            await rooms.moderating(work.session, session_id, by)
            targets = [each for each in await rooms.seated_in(work.session, session_id) if each.behind and is_crew(each)]
        else:
            targets = [(await target_of(work.session, session_id, by, whose))[1]]
        if not behind:
            await rooms.moderating(work.session, session_id, by)
        for target in targets:
            if not is_crew(target) or target.beside:
                raise Conflict("not_of_the_stage")
            target.seat.behind = work.now if behind else None
            silence(target.seat)
            work.session.add(target.seat)
        changed(services, work, room)
    # Their pages offer again at once, and are then answered in the other forum of the node.
    for target in targets:
        await put_out(services.media, session_id, target.seat.id)
        if not behind:
            await put_out(services.media, places.behind_of(session_id), target.seat.id)


async def hear(services: Services, session_id: str, by: str, whose: str) -> None:
    """Somebody of the stage confirms to somebody behind it: we hear you. Raises NotAllowed, NotFound, Conflict."""
    async with services.db.work() as work:
        room, _ = await store.for_change(work, session_id)
        me = await rooms.acting(work.session, session_id, by)
        if not is_crew(me):
            raise NotAllowed("stage_only")
        target = await rooms.seat_in(work.session, session_id, whose)
        if not target.behind or whose == by:
            raise Conflict("not_behind")
        target.seat.heard = work.now
        work.session.add(target.seat)
        changed(services, work, room)


async def set_thirds(services: Services, session_id: str, by: str, auto: bool, seat_id: str | None) -> None:
    """Lower thirds: for whoever speaks, and (seat_id) for one seat in any case. Raises NotAllowed, NotFound, Conflict."""
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        room, plenary = await store.for_change(work, session_id)
        if seat_id is not None:
            await rooms.seat_in(work.session, session_id, seat_id)
        plenary.third_auto, plenary.third = auto, seat_id
        changed(services, work, room)


async def set_deputy(services: Services, session_id: str, by: str, seat_id: str | None) -> None:
    """Name who takes over when the host is lost; whoever names one first is the host. Raises NotAllowed, NotFound, Conflict."""
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        room, plenary = await store.for_change(work, session_id)
        plenary.host = plenary.host or by
        if seat_id is not None:
            target = await rooms.seat_in(work.session, session_id, seat_id)
            if target.person is None or target.beside or target.role in (Role.GUEST, Role.CAPTIONER):
                raise Conflict("cannot_moderate")
            if seat_id == plenary.host:
                raise Conflict("deputy_is_host")
        plenary.deputy = seat_id
        changed(services, work, room)


async def take_over(services: Services, session_id: str, by: str) -> None:
    """Lead on: a moderator at any time, the deputy once the host is gone. Roles and the running order stay; who led before is
    the deputy now. Raises NotAllowed, Conflict."""
    async with services.db.work() as work:
        room, plenary = await store.for_change(work, session_id)
        me = await rooms.acting(work.session, session_id, by)
        moderates = room_rules.may_moderate(me.role)
        if not moderates and not (plenary.deputy == by and plenary.host_gone is not None):
            raise NotAllowed("deputy_only")
        if me.beside:
            raise Conflict("beside_listens")
        if plenary.host != by:
            plenary.host, plenary.deputy = by, plenary.host
        plenary.host_gone = None
        if not moderates:
            me.seat.promoted = work.now
            work.session.add(me.seat)
        record(
            work, "plenary.taken_over", conference_id=room.session.conference_id, person_id=me.seat.person_id, session=session_id
        )
        DeskChanged(room.session.conference_id).tell(services.outbox, work)
        changed(services, work, room)
        await work.session.flush()
        me = await rooms.any_seat_in(work.session, session_id, by)
    await regrant(services.media, services.clock, room, [me])


async def host_seen(services: Services, session_id: str, host: str, here: bool) -> None:
    """Write down that the host's page has been away for too long, or is back; nothing when somebody else leads by now."""
    async with services.db.work() as work:
        room, plenary = await store.for_change(work, session_id)
        if plenary.host != host or (plenary.host_gone is None) == here:
            return
        plenary.host_gone = None if here else work.now
        DeskChanged(room.session.conference_id).tell(services.outbox, work)
        changed(services, work, room)


async def show_feed(services: Services, session_id: str, by: str, feed: Feed) -> None:
    """Put the studio's stage feed, or its deputy, into the stage's place. Raises NotAllowed, Conflict."""
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        room, _ = await store.for_change(work, session_id)
        moved = await _switch(services, work, room, feed)
        if not any(each.feed is feed for each in moved):
            raise Conflict("no_feed")
    await regrant(services.media, services.clock, room, moved)


async def feed_failed(services: Services, session_id: str) -> None:
    """The stage feed shows nothing any more: its deputy takes the place, until a moderator switches back."""
    async with services.db.work() as work:
        room, _ = await store.for_change(work, session_id)
        moved = await _switch(services, work, room, Feed.DEPUTY)
    await regrant(services.media, services.clock, room, moved)


async def _switch(services: Services, work: Work, room: Room, feed: Feed) -> list[Seated]:
    """All feeds of the stage's place, after the switch."""
    feeds = await feeds_in(work.session, room.session.id)
    for each in feeds:
        each.seat.behind = None if each.feed is feed else each.seat.behind or work.now
        work.session.add(each.seat)
    changed(services, work, room)
    return feeds


async def feeds_in(session: AsyncSession, session_id: str) -> list[Seated]:
    """The studio's feeds for the stage's place that have ever been connected, by tokens that are good for anything."""
    seated = await rooms.seated_in(session, session_id)
    return [each for each in seated if each.feed in (Feed.STAGE, Feed.DEPUTY) and each.until != rooms.LONG_AGO]


def minutes_named(number: object) -> int | None:
    """Raises Invalid for what is no number of minutes from 1 to 120."""
    if number is None:
        return None
    if not isinstance(number, int) or isinstance(number, bool) or number not in rules.MINUTES:
        raise Invalid("field", field="minutes")
    return number


def feed_named(name: object) -> Feed:
    """Raises Invalid for what is no feed of the stage's place."""
    if name not in (Feed.STAGE.value, Feed.DEPUTY.value):
        raise Invalid("field", field="feed")
    return Feed(str(name))
