"""What reading a conference file in would change, before it does. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from conference.base.words import Words
from conference.desk.conference_file import ConferenceFile, LegalFacts


@dataclass(frozen=True)
class Changes:
    """fields: names of what the conference is told anew ("title", "times", "legal", "report", "survey", "terms"); new, other,
    kept: titles of sessions that come, change, or stay though the file does not know them; initiatives: that come or change;
    leaving: that would no longer take part; cards: initiatives whose video card would go, with its films and consents; drafts:
    titles of sessions that change, so that what was planned for them is forgotten; times_kept: the file has times that it cannot
    change."""

    fields: Sequence[str]
    new: Sequence[Words]
    other: Sequence[Words]
    kept: Sequence[Words]
    initiatives: Sequence[str]
    leaving: Sequence[str] = ()
    cards: Sequence[str] = ()
    drafts: Sequence[Words] = ()
    times_kept: bool = False

    @property
    def takes_away(self) -> bool:
        """Whether something goes that nobody can bring back."""
        return bool(self.leaving or self.cards)

    def __bool__(self) -> bool:
        return bool(self.fields or self.new or self.other or self.initiatives or self.takes_away)


def changes_between(
    now: ConferenceFile, then: ConferenceFile, with_card: Collection[str] = (), drafted: Collection[str] = ()
) -> Changes:
    """now: the conference as it stands, as a file; then: the file that was brought. with_card: slugs of initiatives that have a
    video card, whatever its state (a file names only those with a film); drafted: slugs of sessions with a draft."""
    present = {facts.slug: (facts, results) for facts, results in now.sessions}
    brought = {facts.slug: (facts, results) for facts, results in then.sessions}
    others = [slug for slug in brought if slug in present and _session(now, slug) != _session(then, slug)]
    before = {entry.slug: entry for entry in now.initiatives or ()}
    after = before if then.initiatives is None else {entry.slug: entry for entry in then.initiatives}
    stay = set(before) if then.initiatives is None else {slug for slug, entry in after.items() if entry.card is not None}
    return Changes(
        fields=_fields(now, then),
        new=[brought[slug][0].title for slug in brought if slug not in present],
        other=[brought[slug][0].title for slug in others],
        kept=[present[slug][0].title for slug in present if slug not in brought],
        initiatives=[entry.name for slug, entry in after.items() if before.get(slug) != entry],
        leaving=[entry.name for slug, entry in before.items() if slug not in after],
        cards=[entry.name for slug, entry in before.items() if slug in with_card and slug not in stay],
        drafts=[brought[slug][0].title for slug in others if slug in drafted and brought[slug][0] != present[slug][0]],
    )


def _session(file: ConferenceFile, slug: str) -> object:
    """All that a file says of one session, but for its place in the list."""
    return next(each for each in file.sessions if each[0].slug == slug), file.slides.get(slug, [])


def _others(now: LegalFacts | None, then: LegalFacts) -> bool:
    stands = now.model_dump() if now is not None else {}
    return any(stands.get(page) != text for page, text in then.named().items())


def _fields(now: ConferenceFile, then: ConferenceFile) -> list[str]:
    names = ["title", "motto", "purpose", "zone", "place", "people_expected", "hosts", "contact"]
    found = [name for name in names if getattr(now.conference, name) != getattr(then.conference, name)]
    found += ["times"] if now.times != then.times else []
    found += ["legal"] if then.legal is not None and _others(now.legal, then.legal) else []
    found += ["terms"] if then.card_terms is not None and now.card_terms != then.card_terms else []
    found += ["survey"] if then.survey is not None and now.survey != then.survey else []
    return found + (["report"] if then.report is not None and now.report != then.report else [])
