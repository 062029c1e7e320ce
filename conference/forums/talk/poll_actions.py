"""What people do with polls: the moderation drafts, opens and closes them, everybody has one ballot. Each tells the room."""

from __future__ import annotations

from conference.base.db import Work
from conference.base.errors import Conflict, Invalid, TooMany
from conference.forums import store as rooms
from conference.forums.talk import rules, store
from conference.forums.talk.actions import changed
from conference.forums.talk.model import Ballot, Poll, PollState, Talk
from conference.web.services import Services

POLLS_OF_A_SESSION = 50
BALLOTS_PER_MINUTE = 30


async def draft_poll(
    services: Services, session_id: str, by: str, question: object, options: object, multiple: bool, client: str | None
) -> Poll:
    """Write a poll that only the moderation sees, once: the same `client` (if there is one) again finds the draft that is there.

    Raises NotAllowed, Invalid, TooMany.
    """
    asked, offered = rules.clean(question, rules.POLL_LENGTH), rules.options_of(options)
    if asked is None:
        raise Invalid("poll_question", longest=rules.POLL_LENGTH)
    if offered is None:
        raise Invalid("poll_options", fewest=rules.OPTIONS.start, most=rules.OPTIONS.stop - 1)
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        talk = await store.talk_for_change(work, session_id)
        known = await store.poll_by_client(work.session, session_id, client) if client is not None else None
        if known is not None:
            return known
        if len(await store.polls_since(work.session, session_id, 0)) >= POLLS_OF_A_SESSION:
            raise TooMany("polls", most=POLLS_OF_A_SESSION)
        poll = Poll(
            id=services.ids.new(), session_id=session_id, client=client, question=asked, options=offered, multiple=multiple,
            state=PollState.DRAFT, counts=[0] * len(offered), number=talk.changes, change=talk.changes,
        )  # fmt: skip
        _write(services, work, talk, poll)
        return poll


async def set_poll(services: Services, session_id: str, by: str, poll_id: str, state: PollState) -> None:
    """Open a draft, close an open poll, discard a draft. What each chose is deleted at closing; the counts stay.

    Raises NotAllowed, NotFound, Conflict.
    """
    async with services.db.work() as work:
        await rooms.moderating(work.session, session_id, by)
        talk = await store.talk_for_change(work, session_id)
        poll = await store.poll_in(work.session, session_id, poll_id)
        if poll.state is state:
            return
        if not rules.poll_may_become(poll.state, state):
            raise Conflict("poll_state")
        poll.state = state
        if state is PollState.CLOSED:
            await store.forget_choices(work.session, poll_id)
        _write(services, work, talk, poll)


async def cast_ballot(services: Services, session_id: str, seat_id: str, poll_id: str, choices: object) -> None:
    """Vote, or vote otherwise while the poll is open. Raises NotAllowed, NotFound (also for drafts), Conflict, Invalid."""
    services.limits.check("ballot", seat_id, per_minute=BALLOTS_PER_MINUTE, burst=10)
    async with services.db.work() as work:
        await rooms.acting(work.session, session_id, seat_id)
        talk = await store.talk_for_change(work, session_id)
        poll = await store.poll_for_voting(work.session, session_id, poll_id)
        chosen = rules.choices_of(choices, len(poll.options), poll.multiple)
        if chosen is None:
            raise Invalid("poll_choice")
        if poll.state is not PollState.OPEN:
            raise Conflict("poll_closed")
        ballot = await work.session.get(Ballot, (poll_id, seat_id)) or Ballot(poll_id=poll_id, seat_id=seat_id, choices=[])
        ballot.choices = chosen
        work.session.add(ballot)
        await work.session.flush()
        ballots = await store.ballots_of(work.session, poll_id)
        poll.counts = rules.tally((each.choices for each in ballots), len(poll.options))
        poll.voters = len(ballots)
        _write(services, work, talk, poll)


def poll_state_named(name: object) -> PollState:
    """Raises Invalid for what is no state."""
    try:
        return PollState(str(name))
    except ValueError:
        raise Invalid("poll_state", allowed=[state.value for state in PollState]) from None


def _write(services: Services, work: Work, talk: Talk, poll: Poll) -> None:
    poll.change = talk.changes
    work.session.add(poll)
    changed(services, work, talk)
