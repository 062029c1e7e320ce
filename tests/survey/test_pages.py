"""The survey in browsers: opened by one button, answered with three clicks, told of from five on, deleted with the conference."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select

from conference.base.audit import AuditEntry
from conference.desk.creating.copying import copy_conference
from conference.desk.exporting import conference_as_file
from conference.desk.figures import figures_of
from conference.mailing.composing import path_of
from conference.mailing.model import LetterKind
from conference.people.model import Person, Role
from conference.results.report.file import FigureFacts, figures_from
from conference.survey.actions import discard_answers
from conference.survey.file import QuestionFacts, SurveyFacts, put_survey
from conference.survey.model import Survey, SurveyAnswer, SurveyAnswered
from conference.worker import forget_old
from tests.site import MOMENTS, SLUG_2021, Site, open_site
from tests.survey.seeds import answers

SURVEY, DESK = f"/{SLUG_2021}/survey", f"/desk/{SLUG_2021}/after/survey"
LINE = f'href="{SURVEY}"'
GOOD = {"first": "5", "second": "4", "third": "5"}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


@pytest.fixture
async def olga(site: Site) -> httpx2.AsyncClient:
    return await site.signed_in("Olga Beispiel", Role.ORGANISER)


async def kept(site: Site) -> list[SurveyAnswer]:
    async with site.services.db.read() as session:
        return list(await session.exec(select(SurveyAnswer)))


async def test_opening_it_is_one_button_and_answering_three_clicks(site: Site, olga: httpx2.AsyncClient) -> None:
    anna = await site.signed_in("Anna Alt")
    assert LINE not in (await anna.get(f"/{SLUG_2021}/")).text
    assert "nicht geöffnet" in (await anna.get(SURVEY)).text
    assert "Umfrage öffnen" in (await olga.get(DESK)).text
    assert (await olga.post(DESK, data={"do": "open"})).status_code == 303
    assert "Teilnehmende können bis" in (await olga.get(DESK)).text
    home = await anna.get(f"/{SLUG_2021}/")
    assert LINE in home.text

    page = (await anna.get(SURVEY)).text
    assert page.count("<fieldset>") == 3
    assert page.count('type="radio"') == 15
    assert "Wie war die Veranstaltung für Sie insgesamt" in page
    refused = await anna.post(SURVEY, data={"first": "9"})
    assert refused.status_code == 422
    assert "wenigstens eine Frage" in refused.text
    assert (await anna.post(SURVEY, data={"comment": "x" * 1001})).status_code == 422
    assert (await anna.post(SURVEY, data={**GOOD, "comment": " Danke \r\nsehr "})).status_code == 303
    assert "Vielen Dank" in (await anna.get(SURVEY)).text or "Danke" in (await anna.get(SURVEY)).text
    assert LINE not in (await anna.get(f"/{SLUG_2021}/")).text

    assert (await anna.post(SURVEY, data={"first": "1"})).status_code == 303  # once more is nothing
    (only,) = await kept(site)
    assert only.answers == {"first": 5, "second": 4, "third": 5}
    assert (only.comment, only.day) == ("Danke \nsehr", site.clock.now().date())


async def test_an_answer_leads_to_nobody(site: Site, olga: httpx2.AsyncClient) -> None:
    await olga.post(DESK, data={"do": "open"})
    for number in range(6):
        browser = await site.signed_in(f"Person Nummer{number}")
        await browser.post(SURVEY, data={"first": str(number % 5 + 1), "comment": f"Kommentar {number}"})
    rows = await kept(site)
    async with site.services.db.read() as session:
        people = {person.id for person in await session.exec(select(Person))}
        answered = list(await session.exec(select(SurveyAnswered)))
    assert {row.person_id for row in answered} <= people
    assert not {row.id for row in rows} & people
    assert sorted(row.comment for row in rows) == [f"Kommentar {number}" for number in range(6)]
    assert sorted((row.comment, row.answers["first"]) for row in rows) == [(f"Kommentar {n}", n % 5 + 1) for n in range(6)]
    assert set(SurveyAnswered.model_fields) == {"person_id", "conference_id"}
    assert len({row.id for row in rows}) == 6


async def test_who_may_answer_when(site: Site, olga: httpx2.AsyncClient) -> None:
    await olga.post(DESK, data={"do": "open"})
    anna, stranger = await site.signed_in("Anna Alt"), site.browser()
    expected = {"draft": 404, "announced": 404, "doors": 404, "closed": 410, "purged": 410}
    for moment, status in expected.items():
        site.clock.jump_to(MOMENTS[moment])
        assert (await anna.get(SURVEY)).status_code == status, moment
        assert (await anna.post(SURVEY, data=GOOD)).status_code == status, moment
    site.clock.jump_to(MOMENTS["archive"])
    assert (await stranger.get(SURVEY)).status_code == 401
    assert (await stranger.post(SURVEY, data=GOOD)).status_code == 401
    assert await kept(site) == []
    assert (await anna.post(SURVEY, data=GOOD)).status_code == 303
    assert len(await kept(site)) == 1


async def test_the_page_of_a_session_that_is_over_leads_there(site: Site, olga: httpx2.AsyncClient) -> None:
    await olga.post(DESK, data={"do": "open"})
    anna = await site.signed_in("Anna Alt")
    assert LINE not in (await anna.get(f"/{SLUG_2021}/sessions/forum-1")).text
    site.clock.jump_to(MOMENTS["archive"])
    assert LINE in (await anna.get(f"/{SLUG_2021}/sessions/forum-1")).text
    assert LINE not in (await site.browser().get(f"/{SLUG_2021}/sessions/forum-1")).text
    assert path_of(LetterKind.SURVEY, SLUG_2021, None) == SURVEY
    assert "survey" in (await olga.get(f"/desk/{SLUG_2021}/letters")).text
    assert (await olga.get(f"/desk/{SLUG_2021}/letters/new?kind=survey")).status_code == 200


async def test_results_from_five_answers_on(site: Site, olga: httpx2.AsyncClient) -> None:
    await answers(site, 4)
    page = (await olga.get(DESK)).text
    assert "Weniger als fünf Personen" in page
    assert "Grüße aus" not in page
    rows = list(csv.reader(io.StringIO((await olga.get(f"{DESK}.csv")).text.removeprefix("\ufeff")), delimiter=";"))
    assert rows == [["Frage", "Antwort", "Anzahl"]]
    await answers(site, 6)
    page = (await olga.get(DESK)).text
    assert "10 Antworten." in page
    assert re.search(r"ganz sicher</th><td>10 ", page)
    assert "Im Mittel 2,6 von 5" in page  # no way to put them together is large enough everywhere
    assert page.index("Ort 0") < page.index("Ort 3")
    table = (await olga.get(f"{DESK}.csv")).text
    assert "Würden Sie an einer solchen Veranstaltung wieder teilnehmen?;ganz sicher;10" in table
    conference = await site.conference()
    async with site.services.db.read() as db:
        found = {each["key"]: each for each in await figures_of(db, conference, site.clock.now(), site.services.texts)}
    assert found["survey"]["value"] == 10
    assert found["surveythird"]["parts"] == [{"name": {"de": "ganz sicher", "en": "certainly"}, "value": 10}]
    assert "surveysecond" not in found
    kept_figures = [found["survey"], found["surveythird"]]
    assert figures_from([FigureFacts(**figure) for figure in kept_figures]) == kept_figures  # in a conference file and back
    report = (await olga.get(f"/desk/{SLUG_2021}/report")).text
    assert "Antworten in der Umfrage" in report
    assert "Würden Sie an einer solchen Veranstaltung wieder teilnehmen?" in report


async def test_questions_can_be_changed_until_somebody_has_answered(site: Site, olga: httpx2.AsyncClient) -> None:
    form = {"version": "0", "text-first-de": "War es gut?", "scale-first": "agreement", "text-second-en": "Only English"}
    refused = await olga.post(DESK, data=form)
    assert refused.status_code == 422
    assert "Only English" in refused.text
    assert "Frage 2: Es fehlt ein deutscher Text." in refused.text
    form["text-second-de"] = "Nur Deutsch"
    assert (await olga.post(DESK, data=form)).status_code == 303
    stale = await olga.post(DESK, data={**form, "text-first-de": "Anders"})
    assert stale.status_code == 409
    assert "Olga Beispiel" in stale.text
    await olga.post(DESK, data={"do": "open"})
    anna = await site.signed_in("Anna Alt")
    page = (await anna.get(SURVEY)).text
    assert "War es gut?" in page
    assert "<textarea" not in page
    await anna.post(SURVEY, data={"first": "3", "comment": "nicht gefragt"})
    assert [row.comment for row in await kept(site)] == [""]
    late = await olga.post(DESK, data={**form, "version": "2"})
    assert late.status_code == 409
    assert "Es gibt schon Antworten" in late.text

    assert (await olga.post(DESK, data={"typed": "etwas anderes"})).status_code == 422
    assert len(await kept(site)) == 1
    assert (await olga.post(DESK, data={"typed": SLUG_2021})).status_code == 303
    assert await kept(site) == []
    assert "nicht geöffnet" in (await anna.get(SURVEY)).text
    async with site.services.db.read() as session:
        acts = [entry.act for entry in await session.exec(select(AuditEntry)) if entry.act.startswith("survey")]
    assert acts == ["survey changed", "survey opened", "survey answers discarded"]


async def test_organisers_see_it_beforehand_and_cannot_open_it_too_late(site: Site, olga: httpx2.AsyncClient) -> None:
    site.clock.jump_to(MOMENTS["announced"])
    await olga.post(DESK, data={"do": "open"})
    assert "Sie öffnet, wenn der Tag beginnt" in (await olga.get(DESK)).text
    preview = (await olga.get(SURVEY)).text
    assert "So sieht die Umfrage aus" in preview
    assert "Antworten absenden" not in preview
    await olga.post(DESK, data={"do": "close"})
    site.clock.jump_to(MOMENTS["closed"])
    refused = await olga.post(DESK, data={"do": "open"})
    assert refused.status_code == 422
    assert "es könnte also niemand mehr antworten" in refused.text


async def test_questions_travel_in_files_and_copies_and_answers_stay(site: Site) -> None:
    await answers(site, 6)
    conference = await site.conference()
    file = await conference_as_file(site.services, SLUG_2021)
    assert file.survey is not None
    assert [question.scale for question in file.survey.questions] == ["quality", "agreement", "likelihood"]
    other = SurveyFacts(questions=[QuestionFacts(text="Anders gefragt", scale="quality")], comment=False)
    for facts in (file.survey, other):  # what was answered stays as it was asked
        async with site.services.db.work() as work:
            await put_survey(work, site.services, conference.id, facts, by=None)
    assert len(await kept(site)) == 6
    assert (await conference_as_file(site.services, SLUG_2021)).survey == file.survey
    async with site.services.db.work() as work:
        await discard_answers(work, conference.id, by=None)
        await put_survey(work, site.services, conference.id, other, by=None)
    assert (await conference_as_file(site.services, SLUG_2021)).survey == other
    copy = await copy_conference(site.services, conference.id, title="Noch einmal", begins=conference.live, by=None)
    async with site.services.db.read() as session:
        copied, original = await session.get_one(Survey, copy.id), await session.get_one(Survey, conference.id)
    assert (copied.questions, copied.open_from) == (original.questions, None)


async def test_it_goes_with_the_conference(site: Site, olga: httpx2.AsyncClient) -> None:
    await olga.post(DESK, data={"do": "open"})
    anna = await site.signed_in("Anna Alt")
    await anna.post(SURVEY, data=GOOD)
    site.clock.jump_to(MOMENTS["purged"])
    await forget_old(site.services)
    async with site.services.db.read() as session:
        for table in (Survey, SurveyAnswer, SurveyAnswered):
            assert (await session.exec(select(table))).all() == []
