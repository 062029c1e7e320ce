"""Sample contexts for the preview: the two meetings, long words, one and many, nothing at all."""

# ruff: noqa: E501  (sample sentences stay in one piece)

from datetime import datetime, timedelta
from types import SimpleNamespace as View
from typing import Any
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetzberatungsstelle Mecklenburg-Vorpommern"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


def pick(lang: str, de: str, en: str) -> str:
    return de if lang == "de" else en


def person(name: str, role: str | None, affiliation: str | None = None) -> View:
    initials = "".join(part[0] for part in name.split())[:2]
    return View(name=name, initials=initials, role=role, affiliation=affiliation, picture=None)


def document(number: int, size: int) -> View:
    title = f"Ergebnisse von Forum {number}"
    return View(href=f"/c/f{number}.pdf", title=title, kind="PDF", bytes=size * 1024, language="de")


QUESTIONS = [
    "Vor welchen Herausforderungen stehen Rückkehrinitiativen in der Coronapandemie, und welche Möglichkeiten tun sich dadurch auf?",
    "Was braucht ein gutes soziales Miteinander, und was können Rückkehrinitiativen selbst dafür tun?",
    "Wie helfen soziale Medien und digitale Werbung den Initiativen? Wo liegen Chancen, wo Stolpersteine?",
]
TITLES = ["Rückkehrarbeit in der Pandemie", "Miteinander vor Ort", "Soziale Medien und digitale Werbung"]
SPEAKERS = [
    ("Sigrun Kreuser", "Agentur Wendlandleben"),
    ("Sandra Spletzer", "Rückkehr-Netzwerk „Ankommen in Brandenburg“ und Willkommensagentur „Comeback Elbe-Elster“"),
    ("Anett Reiche", "Thüringer Agentur für Fachkräftegewinnung (ThAFF)"),
]


def session(lang: str, state: str, starts: str, ends: str, title: str, kind: str, **more: Any) -> View:
    fields: dict[str, Any] = {
        "slug": "s", "href": "/vernetzungstreffen-2021/sessions/s", "title": title, "kind": kind, "number": None, "colour": None,
        "question": None, "summary": None, "people": [], "starts": at(starts), "ends": at(ends), "state": state,
        "place": "online", "venue": None, "rounds": [], "action": None, "documents": [], "ics": "/x.ics",
    }  # fmt: skip
    if state == "over":
        fields["ics"] = None
    return View(**{**fields, **more})


def forums(lang: str, moment: str) -> list[View]:
    state = {"before": "planned", "live": "live", "archive": "over"}[moment]
    actions = {
        "before": None,
        "live": View(href="/x/room", label=pick(lang, "Jetzt teilnehmen", "Join now"), main=True),
        "archive": View(href="/x/results", label=pick(lang, "Ergebnisse ansehen", "See the results"), main=False),
    }
    return [
        session(
            lang, state, "2021-05-04T10:50", "2021-05-04T12:10", TITLES[n], pick(lang, "Fachforum", "Expert forum"), number=n + 1,
            colour=n + 1, question=QUESTIONS[n], summary=None, action=actions[moment],
            people=[person(SPEAKERS[n][0], pick(lang, "Impuls", "Impulse"), SPEAKERS[n][1])],
            documents=[document(n + 1, 96 + n)] if moment == "archive" else [],
        )
        for n in range(3)
    ]  # fmt: skip


def panel(lang: str, state: str) -> View:
    role = pick(lang, "Podium", "Panel")
    return session(
        lang, state, "2021-05-04T10:00", "2021-05-04T10:40", "Was die Initiativen für ihre Regionen leisten", "Plenum",
        people=[person("Björn Böhning", role, "BMAS"), person("Marco Wanderwitz", role, "BMWi"),
                person("Susi Möbbeck", role, "Sachsen-Anhalt")],
        summary="Drei Staatssekretäre aus Bund und Land sprechen darüber, was Rückkehr- und Fachkräfteinitiativen den Regionen geben.",
    )  # fmt: skip


def closing(lang: str, state: str) -> View:
    return session(lang, state, "2021-05-04T12:15", "2021-05-04T12:30", "Das nehmen wir mit", pick(lang, "Plenum", "Plenary"))


def slot(items: list[View], now: int | None = None, before: bool = False) -> View:
    state = "live" if now is not None else items[0].state
    return View(starts=items[0].starts, ends=items[0].ends, state=state, sessions=items, now=now, before=before)


def timeline(lang: str, moment: str) -> View:
    over, after = {"before": ("planned", "planned"), "live": ("over", "planned"), "archive": ("over", "over")}[moment]
    pause = session(
        lang, over, "2021-05-04T10:40", "2021-05-04T10:50", pick(lang, "Pause, Wechsel in die Foren", "Break"), "Pause"
    )
    slots = [slot([panel(lang, over)]), slot([pause]), slot(forums(lang, moment), 4 if moment == "live" else None),
             slot([closing(lang, after)])]  # fmt: skip
    return View(now=at("2021-05-04T11:22"), days=[View(day=at("2021-05-04T00:00").date(), slots=slots)])


def timeline_2024(lang: str) -> View:
    room = pick(lang, "Themenraum", "Theme room")
    themes = ["Pendelnde, Rückkehrwillige und Zuwandernde aus anderen Bundesländern gewinnen", "Internationale Fachkräfte aus dem Ausland gewinnen",
              "Arbeitgeber und Arbeitgeberattraktivität", "Ländlicher Raum für Aktivitäten der Welcome Center"]  # fmt: skip
    rounds = [View(number=1, starts=at("2024-10-24T13:00"), ends=at("2024-10-24T13:45"), state="over"),
              View(number=2, starts=at("2024-10-24T14:00"), ends=at("2024-10-24T14:45"), state="live")]  # fmt: skip
    rooms = [session(lang, "live", "2024-10-24T13:00", "2024-10-24T14:45", themes[n], room, number=n + 1, colour=n + 1, place="site",
                     venue="Stadtoase Magdeburg", rounds=rounds) for n in range(4)]  # fmt: skip
    tour = session(lang, "over", "2024-10-24T11:30", "2024-10-24T12:15", "Rundgang an den Ständen der Länder", pick(lang, "Rundgang", "Tour"),
                   place="both", venue="Stadtoase Magdeburg, großer Saal")  # fmt: skip
    off = session(lang, "cancelled", "2024-10-24T15:00", "2024-10-24T15:30", LONG, "Plenum", place="site")
    return View(now=at("2024-10-24T14:22"), days=[View(day=at("2024-10-24T00:00").date(),
                slots=[slot([tour]), slot(rooms, 8), slot([off], before=True)])])  # fmt: skip


def board(lang: str, moment: str) -> View:
    href = "/vernetzungstreffen-2021/program"
    if moment == "before":
        return View(now=[], next=[panel(lang, "planned")], starts=at("2021-05-04T10:00"), today=False, href=href)
    if moment == "live":
        return View(
            now=forums(lang, moment), next=[closing(lang, "planned")], starts=at("2021-05-04T12:15"), today=True, href=href
        )
    return View(now=[], next=[], starts=None, today=False, href=href)


def cards(count: int) -> list[View]:
    names = [
        "Heimatwärts Musterland",
        "Agentur Beispielau",
        LONG,
        "Rückenwind Musterheide",
        "Willkommensnetz Nordhang (Beispiel)",
    ]
    return [
        View(name=names[n % 5], href=f"/c/cards/{n}", land=["Sachsen-Anhalt", "Thüringen", None][n % 3], example=n % 2 == 0, poster=None,
             aim="Wir begleiten Familien vom ersten Gedanken bis zum Umzugswagen.", length="1:24", captions=True, signed=n % 2 == 1, pending=False)
        for n in range(count)
    ]  # fmt: skip


MENU = {"de": ["Start", "Programm", "Foren", "Video-Visitenkarten", "Ergebnisse", "Netzwerkdatenbank"],
        "en": ["Start", "Program", "Forums", "Video business cards", "Results", "Network register"]}  # fmt: skip


def visit(lang: str, state: str, current: int | None = 0, name: str | None = None) -> View:
    menu = [View(href=f"/m{n}", label=label, current=n == current) for n, label in enumerate(MENU[lang])]
    if name:
        menu.append(View(href="/me", label=pick(lang, "Mein Bereich", "My area"), current=current == 6))
    conference = View(
        slug="vernetzungstreffen-2021", title="Digitales Vernetzungstreffen der Rückkehr- und Fachkräfteinitiativen",
        motto="Zurück für die Zukunft", place="Online", zone="Europe/Berlin", state=state,
        purpose="Initiativen, die um Weggezogene und Fachkräfte werben, lernen einander kennen und zeigen, was bei ihnen gelingt. "
        "In drei Foren entstehen Ideen für die Arbeit in der Pandemie und danach.",
        hosts=[View(name="Bundesministerium für Arbeit und Soziales", short="BMAS", url="https://www.example.org"),
               View(name="Bundesministerium für Wirtschaft und Energie", short="BMWi", url=None)],
        contact=View(name=pick(lang, "Netzwerkbüro", "Network office"), email="netzwerkbuero@inqa.de", phone="+49 30 23125 000"),
        open_until=pick(lang, "17. Mai 2021", "17 May 2021"), kicker=pick(lang, "4. Mai 2021 · online", "4 May 2021 · online"),
    )  # fmt: skip
    someone = View(name=name, initials="".join(p[0] for p in name.split())) if name else None
    return View(conference=conference, person=someone, roles=set(), menu=menu, now=at("2021-05-04T11:22"))


def demo(lang: str) -> View:
    moments = [
        ("before", "Vorher", "Before"),
        ("live", "Läuft", "Live"),
        ("archive", "Danach", "After"),
        ("closed", "Geschlossen", "Closed"),
    ]
    roles = [("guest", "Gast", "Guest"), ("attendee", "Teilnahme", "Attendee"), ("moderator", "Moderation", "Moderator"),
             ("speaker", "Impuls", "Speaker"), ("initiative", "Initiative", "Initiative"), ("organiser", "Büro", "Office")]  # fmt: skip
    return View(moments=[View(key=k, label=pick(lang, de, en), current=k == "live") for k, de, en in moments],
                roles=[View(key=k, label=pick(lang, de, en), current=k == "guest") for k, de, en in roles],
                steps=[View(key="collect", label=pick(lang, "Beiträge sammeln", "Collect"), current=False)])  # fmt: skip


def home(lang: str, moment: str) -> View:
    words = {"before": ("Technik testen", "Test your devices"), "live": ("Jetzt teilnehmen", "Join now"),
             "archive": ("Ergebnisse ansehen", "See the results")}[moment]  # fmt: skip
    hint = {
        "before": None,
        "archive": None,
        "live": pick(lang, "Sie hören sofort; Mikrofon und Kamera bleiben aus.", "You hear at once."),
    }
    return View(
        button=View(href="/x", label=pick(lang, *words), hint=hint[moment]),
        second=View(href="/p", label=pick(lang, "Programm ansehen", "See the program")),
        forums=forums(lang, moment), forums_title=pick(lang, "Drei Fachforen", "Three expert forums"), forums_href="/forums",
        documents=[], cards=cards(5) if moment != "before" else [], cards_total=12, cards_href="/cards", network=moment == "archive",
    )  # fmt: skip


def session_page(lang: str, phase: str) -> View:
    moment = {"before": "before", "during": "live", "after": "archive"}[phase]
    item = forums(lang, moment)[0]
    groups = [("Themen", ["Innerhalb kürzester Zeit musste die ganze Arbeit digital weitergehen.", "Persönliche Begegnung fehlt; zugleich schrumpfen im Netz die Entfernungen."]),
              ("Gute Praxis", ["Zwei Familien lernten sich vor der Rückkehr online kennen und suchten danach zusammen ein Haus."]),
              ("Ideen", ["Ein Kalender aller Initiativen mit offenen Online-Treffen (Beispiel)."])]  # fmt: skip
    findings = [
        View(heading=head, entries=[View(text=text, starred=n == 1 or head == "Ideen") for n, text in enumerate(texts)])
        for head, texts in groups
    ]
    item.people.append(person("Mara Beispiel", "Moderation", LONG))
    extra: dict[str, Any] = {
        "phase": phase,
        "description": ["Der Impuls erzählt, wie eine Fachkräfteagentur ihre gesamte Arbeit in kürzester Zeit ins Netz verlegte.",
                        "Die Diskussion sammelt, was dabei schwer war und was sich als Gewinn erwies: Nähe fehlt, Entfernungen schrumpfen."],
        "points": ["Was musste sofort anders werden?", "Was bleibt davon nach der Pandemie?", "Wer konnte nicht mitkommen?"],
        "who_for": "für alle, die Rückkehrende beraten" if phase == "before" else None,
        "join": View(href="/room", label=pick(lang, "Jetzt teilnehmen", "Join now"), hint=None, listen=True) if phase == "during" else None,
        "closed_reason": pick(lang, "Der Raum öffnet um 10:35 Uhr.", "The room opens at 10:35.") if phase == "before" else None,
        "address": [], "findings": findings if phase == "after" else [], "results_href": "/r" if phase == "after" else None,
        "results_note": "Die mit „Beispiel“ bezeichneten Beiträge sind erfunden." if phase == "after" else None,
        "cards": cards(2) if phase != "before" else [], "siblings": [View(href="/o", number=n + 1, colour=n + 1, title=TITLES[n]) for n in (1, 2)],
    }  # fmt: skip
    return View(**vars(item), **extra)


def contexts(lang: str) -> dict[str, tuple[str, dict[str, Any]]]:
    """preview name -> (template, context)."""
    form = View(entered={}, errors={})
    opened = at("2021-05-17T23:59")
    pages: dict[str, tuple[str, dict[str, Any]]] = {}

    def page(name: str, template: str, the_visit: View | None = None, **context: Any) -> None:
        kind = template.rpartition("/")[2].removesuffix(".html")
        pages[name] = (template, {"page": View(title="", path=f"/{name}", kind=kind), "site": View(name="Meetingpoint", demo=True),
                                  "visit": the_visit, "demo": demo(lang) if "live" in name else None, **context})  # fmt: skip

    for moment, state in (("before", "announced"), ("live", "live"), ("archive", "archive")):
        page(f"home-{moment}", "front/home.html", visit(lang, state), home=home(lang, moment), board=board(lang, moment))
        page(f"program-{moment}", "program/program.html", visit(lang, state, 1), timeline=timeline(lang, moment),
             program=View(ics="/p.ics", zone_note=pick(lang, "Alle Zeiten in mitteleuropäischer Zeit (Berlin).", "All times in Berlin time."),
                          address="https://meetingpoint.example/vernetzungstreffen-2021/program", changes=None))  # fmt: skip
    page("program-2024", "program/program.html", visit(lang, "live", 1), timeline=timeline_2024(lang),
         program=View(ics="/p.ics", zone_note=None, address="https://meetingpoint.example/", changes=None))  # fmt: skip
    page("program-empty", "program/program.html", visit(lang, "announced", 1), timeline=View(now=opened, days=[]),
         program=View(ics="/p.ics", zone_note=None, address="https://meetingpoint.example/", changes=None))  # fmt: skip
    for phase in ("before", "during", "after"):
        page(f"session-{phase}", "program/session.html", visit(lang, "live", 2), session=session_page(lang, phase))
    page("forums", "program/forums.html", visit(lang, "live", 2),
         forums=View(title=pick(lang, "Fachforen", "Expert forums"), intro=None, sessions=forums(lang, "live")))  # fmt: skip
    themes = [s for part in timeline_2024(lang).days[0].slots for s in part.sessions if s.number]
    page(
        "forums-2024",
        "program/forums.html",
        visit(lang, "live", 2),
        forums=View(title="Themenräume", intro=None, sessions=themes),
    )
    page(
        "forums-one",
        "program/forums.html",
        visit(lang, "live", 2),
        forums=View(title="Forum", intro="Eins.", sessions=forums(lang, "archive")[:1]),
    )
    page("forums-none", "program/forums.html", visit(lang, "live", 2), forums=View(title="Foren", intro=None, sessions=[]))
    entry = {
        "href": "/c/",
        "title": "Digitales Vernetzungstreffen",
        "purpose": "Initiativen lernen einander kennen.",
        "open_until": "17. Mai 2021",
    }
    page("conferences", "front/conferences.html", conferences=[
        View(**entry, motto="Zurück für die Zukunft", kicker="4. Mai 2021 · online", state="live"),
        View(**{**entry, "title": LONG}, motto=None, kicker="24. Oktober 2024 · Magdeburg", state="archive")])  # fmt: skip
    page("conferences-none", "front/conferences.html", conferences=[])
    page("sign-in", "people/sign_in.html", visit(lang, "live"), form=form, sent=False, provider=True)
    page(
        "sign-in-error",
        "people/sign_in.html",
        form=View(entered={"email": "mara@"}, errors={"email": "Das ist keine E-Mail-Adresse."}),
        sent=False,
        provider=False,
    )
    page("sign-in-sent", "people/sign_in.html", form=form, sent=True)
    page("link", "people/link.html", link=View(name="Mara Beispiel", action="/sign-in/t", next="", signed_in_as="Jan Muster", conferences=[
        View(title="Zurück für die Zukunft", kicker="4. Mai 2021 · online", roles=["Moderation", "Protokoll"])]))  # fmt: skip
    seats = [View(href="/s", title=f.title, kind=f.kind, number=f.number, colour=f.colour, starts=f.starts, ends=f.ends, role="Moderation", state=f.state)
             for f in forums(lang, "live")[:2]]  # fmt: skip
    page("me", "people/me.html", visit(lang, "live", 6, "Mara Beispiel"), me=View(name="Mara Beispiel", initials="MB", email="mara@example.org",
         affiliation="Agentur Musterland", guest=False, organises=True, conferences=[View(title="Zurück für die Zukunft", href="/c/", kicker="4. Mai 2021 · online",
         state="live", open_until="17. Mai 2021", roles=["Moderation"], seats=seats)]))  # fmt: skip
    page(
        "me-guest",
        "people/me.html",
        me=View(name="Gast", initials="G", email=None, affiliation=None, guest=True, organises=False, conferences=[]),
    )
    page("guest", "people/guest.html", visit(lang, "live"), guest=View(action="/g", session_title="Fachforum 1", back="/s"),
         form=View(entered={"name": ""}, errors={"name": "Ein Name fehlt."}))  # fmt: skip
    tasks = [View(urgency="now", text="Forum 2 hat keine Moderation.", detail="Beginn in 12 Minuten.", href="/a", label="Moderation eintragen"),
             View(urgency="soon", text="Die Seite in Leichter Sprache fehlt.", detail=None, href="/b", label="Text eintragen"),
             View(urgency="later", text="Drei Einladungen kamen nicht an.", detail=LONG, href="/c", label="Adressen prüfen")]  # fmt: skip
    facts = [
        View(label="Stand", value="Läuft"),
        View(label="Offen bis", value="17. Mai 2021, 23:59 Uhr"),
        View(label="Eingeladen", value="194 Personen"),
    ]
    links = [View(href="/k", label="Zugang verlängern", hint="Schlussdatum ändern"), View(href="/p", label="Programm", hint=None)]
    for name, some in (("desk", tasks), ("desk-done", [])):
        page(
            name,
            "desk/index.html",
            visit(lang, "live", None, "Olga Büro"),
            desk=View(tasks=some, calls=[], rooms=[], links=links, facts=facts),
        )
    audit = [
        View(
            when=opened - timedelta(days=n),
            who="Olga Büro",
            before=opened,
            after=opened + timedelta(days=7),
            reason="Bitte mehrerer Länder",
        )
        for n in range(3)
    ]
    wrong = View(entered={"until": "2021-05-10T23:59", "reason": ""}, errors={"reason": "Bitte nennen Sie einen Grund."})
    base = {"current": opened, "is_open": True, "zone": "Europe/Berlin", "action": "/x", "back": "/desk"}
    page(
        "closing",
        "desk/closing.html",
        visit(lang, "archive", None, "Olga Büro"),
        closing=View(**base, done="Geändert.", audit=audit),
        form=form,
    )
    page(
        "closing-error",
        "desk/closing.html",
        visit(lang, "archive", None, "Olga Büro"),
        closing=View(**base, done=None, audit=[]),
        form=wrong,
    )
    for status in (400, 401, 403, 404, 409, 413, 422, 429, 500, 503):
        page(f"error-{status}", "errors/error.html", visit(lang, "live") if status % 2 else None,
             error=View(status=status, sentence=None, wait=20 if status == 429 else None, links=[], request_id="a1b2c3"))  # fmt: skip
    page("closed", "errors/closed.html", visit(lang, "closed"), farewell=View(closed_on=opened, message=None, network=True,
         remains=[document(n, 95 + n) for n in (1, 2, 3)] + [View(href="/report", title="Bericht", kind=None, bytes=None, language=None)]))  # fmt: skip
    return pages
