"""The talk as tables for the moderation: one CSV each for questions, chat and polls. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from conference.base.tables import write_table
from conference.forums.talk.model import Poll
from conference.forums.talk.rules import SHOWN_POLLS, place_of
from conference.forums.talk.store import Asked, Said

Say = Callable[[str], str]
Local = Callable[[datetime], datetime]
KINDS = ("questions", "chat", "polls")


def questions_table(questions: Iterable[Asked], _: Say, local: Local) -> str:
    """In the order of the list. Names only with consent, and none of those who asked without."""
    words = {
        "pending": _("Waits for the moderation"),
        "approved": _("Open"),
        "pinned": _("Pinned"),
        "answered": _("Answered"),
        "declined": _("Not taken up"),
    }
    head = [_("Time"), _("State"), _("Votes"), _("Question"), _("Name"), _("Reason")]
    rows = (
        [_moment(local(one.question.asked)), words[one.question.state.value], one.question.votes, one.question.text,
         one.name or "", one.question.reason]
        for one in sorted(questions, key=lambda one: place_of(one.question.state, one.question.votes, one.question.asked))
    )  # fmt: skip
    return write_table(head, rows)


def chat_table(lines: Sequence[Said], _: Say, local: Local) -> str:
    """What was not taken back, in order."""
    texts = {said.line.id: said.line.text for said in lines}
    rows = (
        [_moment(local(said.line.at)), said.name or "", said.line.text, texts.get(said.line.reply_to or "", "")] for said in lines
    )
    return write_table([_("Time"), _("Name"), _("Message"), _("Reply to")], rows)


def polls_table(polls: Iterable[Poll], _: Say) -> str:
    """One row for each option; drafts are left out."""
    words = {"open": _("Open"), "closed": _("Closed")}
    rows = (
        [poll.question, words[poll.state.value], poll.voters, option, count]
        for poll in polls
        if poll.state in SHOWN_POLLS
        for option, count in zip(poll.options, poll.counts, strict=True)
    )
    return write_table([_("Question"), _("State"), _("Voters"), _("Option"), _("Votes")], rows)


def _moment(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M")
