"""Writing to an initiative: the letter arrives, the address stays hidden, nothing stays behind, nobody can flood anybody."""

from __future__ import annotations

from typing import cast

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from conference.access.model import State
from conference.base.jobs import Job, Worker
from conference.base.mail import Letter, MemoryMail, mail_handlers
from conference.cards.contact.pages import AT_ONCE_OF_A_NETWORK, AT_ONCE_OF_A_SENDER
from conference.cards.contact.rules import LONGEST_MESSAGE, Message, letter_of, message_of
from conference.people.model import Person
from tests.cards.sending import send
from tests.results.house import House

FORM = {
    "name": "Gisela Gast",
    "email": "gisela@example.org",
    "message": "Guten Tag,\r\n\r\nwie kann ich mitmachen?",
    "website": "",
}
CONTACT = "/cards/werkbank/contact"
HIDDEN = "initiative@example.org"


async def letters(house: House) -> list[Letter]:
    """What was sent, once the worker is through; and nothing of it is left in the queue."""
    services, mail = house.services, cast(MemoryMail, house.services.mail)
    worker = Worker(services.db, services.clock, services.ids, mail_handlers(mail))
    while await worker.run_once():
        pass
    async with services.db.read() as db:
        assert all(job.facts == {} for job in await db.exec(select(Job).where(Job.kind == "mail.send")))
    return mail.letters


async def test_a_message_becomes_a_letter(anywhere: House) -> None:
    card = (await anywhere.get("/cards/werkbank")).text
    assert 'href="/treffen/cards/werkbank/contact"' in card
    form = await anywhere.get(CONTACT)
    assert "Nachricht an Werkbank" in form.text
    assert HIDDEN not in card + form.text
    sent = await send(anywhere, CONTACT, data=FORM)
    assert (sent.status_code, sent.headers["location"]) == (303, "/treffen/cards/werkbank/contact?sent")
    assert "Ihre Nachricht ist unterwegs." in (await anywhere.get(CONTACT + "?sent")).text
    (letter,) = await letters(anywhere)
    assert (letter.to, letter.reply_to) == (HIDDEN, "gisela@example.org")
    assert letter.subject == "Nachricht zu Ihrer Video-Visitenkarte: Vernetzungstreffen"
    assert "Gisela Gast schreibt Ihnen" in letter.text
    assert "Guten Tag,\n\nwie kann ich mitmachen?" in letter.text
    assert "/treffen/cards/werkbank/own/numbers" in letter.text


async def test_who_has_signed_in_need_not_say_who_it_is(house: House) -> None:
    text = (await house.get(CONTACT, "attendee")).text
    assert 'value="attendee@example.org"' in text
    assert (await house.get(CONTACT)).headers["cache-control"] == "no-store"


WRONG: list[tuple[dict[str, str], str]] = [
    ({"name": ""}, "Bitte geben Sie einen Namen"), ({"email": "nobody"}, "name@example.org"),
    ({"message": " "}, "4.000 Zeichen"), ({"message": "x" * (LONGEST_MESSAGE + 1)}, "4.000 Zeichen"),
    ({"email": "a@b.c\nBcc: x@example.org"}, "name@example.org"),
    ({"email": f"a@{'x' * 70}.example"}, "name@example.org"),
]  # fmt: skip


async def test_what_cannot_be_is_said_beside_its_field(house: House) -> None:
    for wrong, sentence in WRONG:
        answer = await send(house, CONTACT, data={**FORM, **wrong})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Gisela" in answer.text or "name" in wrong
    assert await letters(house) == []


async def test_programs_that_fill_in_everything_write_to_nobody(house: House) -> None:
    sent = await send(house, CONTACT, data={**FORM, "website": "https://example.org"})
    assert sent.status_code == 303
    assert await letters(house) == []


async def test_nobody_can_flood_anybody(house: House) -> None:
    async def status(address: str, email: str) -> int:
        return (await send(house, CONTACT, address=address, data={**FORM, "email": email})).status_code

    one = [await status(f"192.0.{n}.1", "gisela@example.org") for n in range(AT_ONCE_OF_A_SENDER + 1)]
    assert one == [303] * AT_ONCE_OF_A_SENDER + [429]
    network = [await status("198.51.100.9", f"g{n}@example.org") for n in range(AT_ONCE_OF_A_NETWORK + 1)]
    assert network == [303] * AT_ONCE_OF_A_NETWORK + [429]
    refused = await send(house, CONTACT, address="198.51.100.10", data=FORM)
    assert "wie kann ich mitmachen?" in refused.text  # what was written is not lost


async def test_without_the_wish_or_an_address_there_is_no_form(anywhere: House) -> None:
    for path in ("/cards/wendland", "/cards/heimat"):  # nobody of them has an address
        assert "/contact" not in (await anywhere.get(path)).text
        refused = await anywhere.get(f"{path}/contact")
        assert refused.status_code == 404
        assert "nicht schreiben" in refused.text
    assert (await anywhere.get("/cards/nobody/contact")).status_code == 404
    switched = await send(anywhere, "/cards/werkbank/own/numbers", "initiative", data={})
    assert switched.status_code == 303
    assert "/contact" not in (await anywhere.get("/cards/werkbank")).text
    assert (await send(anywhere, CONTACT, data=FORM)).status_code == 404
    assert (await send(anywhere, "/cards/werkbank/own/numbers", "initiative", data={"reachable": "yes"})).status_code == 303
    assert (await send(anywhere, CONTACT, data=FORM)).status_code == 303


async def test_an_address_that_takes_no_letters(house: House) -> None:
    async with house.services.db.work() as work:
        for person in await work.session.exec(select(Person).where(Person.email == HIDDEN)):
            person.email = "no address"
            work.session.add(person)
    assert (await send(house, CONTACT, data=FORM)).status_code == 404


async def test_when_there_is_a_form(house: House) -> None:
    for who in ("stranger", "attendee", "organiser"):
        found = ""
        for state in State:
            house.at(state)
            found += {200: "x", 404: "4", 410: "1"}[(await house.get(CONTACT, who)).status_code]
        assert found == "4xxxx11"
        assert (await send(house, CONTACT, who, data=FORM)).status_code == 410


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("name", "email", "message"), st.text())))
def test_whatever_is_entered_is_read(form: dict[str, str]) -> None:
    message, faults = message_of(form)
    assert ("name" in faults) == (not 0 < len(message.name) <= 120)
    assert "\n" not in message.name + ("" if "email" in faults else message.email)


def test_a_letter_is_of_one_language() -> None:
    subject, text = letter_of(Message("A", "a@b.example", "Hi"), "C", "https://x/own", str)
    assert subject == "A message about your video card: C"
    assert text.endswith("https://x/own\n")
