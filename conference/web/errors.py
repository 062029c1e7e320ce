"""The one table that speaks HTTP: kind of refusal -> status, and the sentence for each code where the general one is too dull.

Pages get a page in the look of the site with what to do next; programs (a JSON or SDP Accept, or the media addresses) get
{"code": ..., "text": ...}.
"""

from __future__ import annotations

from collections.abc import Callable

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from conference.base.captions import Fault
from conference.base.errors import (
    ConferenceError,
    Conflict,
    Invalid,
    NotAllowed,
    NotFound,
    OutsideWindow,
    SettingsError,
    SignInNeeded,
    TooMany,
    Unavailable,
)
from conference.base.log import logger
from conference.web.caption_faults import fault_sentence
from conference.web.closing_words import closing_words
from conference.web.desk_words import desk_words
from conference.web.ending_words import ending_words
from conference.web.finding_words import finding_words
from conference.web.handover_words import handover_words
from conference.web.people_words import people_words
from conference.web.program_words import program_words
from conference.web.publishing_words import publishing_words
from conference.web.ready_words import ready_words
from conference.web.render import rendered
from conference.web.report_words import report_words
from conference.web.run_words import run_words
from conference.web.sheet_words import sheet_words
from conference.web.sign_in_words import sign_in_words
from conference.web.survey_words import survey_words
from conference.web.text_faults import text_faults
from conference.web.texts import Language

log = logger("web")

STATUS: dict[type[ConferenceError], int] = {
    NotFound: 404,
    SignInNeeded: 401,
    NotAllowed: 403,
    OutsideWindow: 410,
    Conflict: 409,
    Invalid: 422,
    TooMany: 429,
    Unavailable: 503,
    SettingsError: 500,
    ConferenceError: 500,
}


def status_of(error: ConferenceError) -> int:
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


def _talk_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of questions, chat and polls."""
    return {
        "question": _("This question is not there any more."),
        "question_text": _("A question has between 1 and 500 characters."),
        "question_state": _("The question is in another state by now. Please look at the list again."),
        "question_answered": _("This question has been answered already."),
        "question_hidden": _("Only questions that everybody may see can be put on the stage."),
        "questions": _("You have asked very many questions here. Please leave room for others."),
        "reason_text": _("A reason has at most 300 characters."),
        "announcement": _("An announcement has between 1 and 500 characters, and a German text in any case."),
        "poll": _("This poll is not there any more."),
        "poll_question": _("The question of a poll has between 1 and 300 characters."),
        "poll_options": _("A poll has 2 to 10 different options of at most 200 characters each."),
        "poll_state": _("The poll is in another state by now. Please look at the list again."),
        "poll_choice": _("Please choose one of the options."),
        "poll_closed": _("This poll is closed. The result is in the list."),
        "polls": _("A session can have at most 50 polls."),
        "chat_text": _("A message has between 1 and 1,000 characters."),
        "line": _("This message is not there any more."),
        "line_taken": _("This message has been removed already."),
    }


def _plenary_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals on and behind a plenary's stage."""
    return {
        "no_plenary": _("This session is no plenary."),
        "plenary_floor": _("In a plenary only the stage speaks. You can give single people the floor."),
        "plenary_approval": _("In a plenary all questions wait for the moderation."),
        "not_of_the_stage": _("Only people of the stage can go behind it."),
        "stage_only": _("Only people of the stage can do this."),
        "not_behind": _("This person is not behind the stage any more."),
        "moved": _("You have just been moved; sound and picture follow."),
        "deputy_only": _("Only the deputy can take over, once the host has lost the connection."),
        "deputy_is_host": _("Whoever leads cannot be the deputy as well."),
        "no_feed": _("This stream has never been connected."),
        "greeting": _("This entry is not in the running order any more."),
        "greeting_name": _("An entry needs a name of at most 120 characters."),
        "greeting_line": _("Function and organisation have at most 160 characters each."),
        "greetings": _("The running order is full: at most 60 entries."),
        "holding_text": _("The text has at most 300 characters."),
    }


def _words_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of real-time text, captions and signing."""
    return {
        "typed_text": _("That is too much text at once. Please send it in shorter parts."),
        "text_closed": _("For writing here you need the floor at the moment. Raise your hand, “in text”."),
        "somebody_captions": _("Somebody else is writing the captions. Take over, or wait until you are handed them."),
        "caption": _("This line of captions can no longer be corrected."),
        "captions_body": _("This cannot be read as captions. PROTOCOL.md describes what the address takes."),
        "token_label": _("Please name the software, with at most 60 characters."),
        "tokens": _("There are ten tokens for this session already. Please revoke one that is not used."),
        "token": _("This token is not there any more."),
        "cannot_sign": _("To sign, you need to be allowed to show your camera. Raise your hand, “signing”."),
        "own_signing_only": _("Only the person in question can begin to sign."),
        "interpreters_only": _("Only interpreters and the moderation can hand over the interpreting."),
    }


def _slides_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of decks and clips."""
    return {
        "presenters_only": _("Only those who moderate or speak in this session can show something."),
        "slides_type": _("Please choose a PDF file, or a clip as MP4 or WebM."),
        "deck_no_pdf": _("This file cannot be read as a PDF. Please export it again and try once more."),
        "deck_encrypted": _("This PDF is protected by a password. Please save it without protection and try once more."),
        "deck_active": _("This PDF holds scripts, films, attachments or forms that send data. Please export it as a plain PDF."),
        "deck_too_large": _("This PDF is larger than 30 MB. Please save it with smaller pictures and try once more."),
        "deck_too_many_pages": _("This PDF has more than 200 pages. Please split it."),
        "clip_type": _("Not all browsers can play this clip. It must be MP4 (H.264, AAC) or WebM, at most 1920 × 1080 pixels."),
        "clip_damaged": _("This clip cannot be played. Please export it again and try once more."),
        "clip_too_large": _("This clip is larger than 150 MB. Please export it smaller and try once more."),
        "clip_too_long": _("A clip has at most 30 minutes."),
        "captions_type": _("Captions come as a WebVTT or SRT file of at most 512 KB."),
        "captions_of_clips": _("Only clips have captions. Please choose the clip and its captions together."),
        "pieces": _("A session can have at most 20 decks and clips. Please remove one first."),
        "piece": _("This is not there any more."),
        "not_on_stage": _("This is not on the stage any more."),
        "slides_not_kept": _("Whoever brought this has not released it for saving."),
        "slides_check": _("Files cannot be checked at the moment. Please tell the hosts."),
    }


def _card_film_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of bringing a film; those with limits and values in them stand in conference.cards.films.refusals."""
    return {
        "film_deadline": _("The time for bringing films is over. If yours must be exchanged, please write to the hosts."),
        "film_arrived": _("This film has arrived wholly already."),
        "film_shown": _("This film is shown on the card. Bring another one, or withdraw the card."),
        "film_state": _("The film is in another state by now. Please load the page again."),
        "film_poster": _("Please choose a moment within the film."),
    }


def _card_words_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of a card's captions and texts; what is wrong with captions stands in conference.web.caption_faults."""
    return {
        "captions_changed": _("Somebody else has saved captions meanwhile. Saving once more puts yours in their place."),
        "texts_changed": _("Somebody else has changed these texts meanwhile. Saving once more puts yours in their place."),
        "card_words": _("This text is too long: at most 10,000 characters."),
        "film_first": _("The film comes first. Please bring it, then captions and text can follow."),
        "film_not_ready": _("This film has not been prepared yet. Please wait until it is ready."),
        "card_withdrawn": _("This card has been withdrawn. Nothing can be changed in it any more."),
    }


def _card_review_words(_: Callable[[str], str]) -> dict[str, str]:
    """What organisers are told when they decide about cards."""
    return {
        "mailing_begun": _("This letter is on its way already, or has been sent. Please load the page again."),
        "letter_on_its_way": _("This letter is still on its way. Whether it has arrived is known in a few minutes."),
        "people_changed": _("Meanwhile it is a different number of people. Nothing has been sent yet; please look once more."),
        "card_not_ready": _("This card cannot be published now. Please look at it again."),
        "card_consent_missing": _("A consent is still missing, so this card cannot be published yet."),
        "card_other_film": _("There is another version by now than the one that you watched. Please look at it first."),
        "card_changed": _("The card has been changed once more meanwhile. Please look at it first."),
        "cards_reminded": _("Somebody has sent the reminder meanwhile. Please load the page again."),
        "cards_deadline": _("Films are not taken any more, so a reminder would come too late."),
    }


def _contact_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals of writing to an initiative."""
    return {
        "no_contact": _("This initiative cannot be written to from here. Perhaps its website says how to reach it."),
        "contact_message": _("A message has between 1 and 4,000 characters."),
    }


def explain(error: ConferenceError, language: Language) -> str:
    """What happened and what to do, in one or two sentences."""
    _ = language.gettext
    by_code = {
        **_in_rooms(_),
        "not_yet": _("This page is not open yet. The program says when it will be."),
        "session": _("There is no such session. The program lists them all."),
        "closed": _("This conference is closed. Its pages were public until the date that its invitation named."),
        "link": _("This link is not valid. Please ask for a new one with the address to which your invitation went."),
        "sign_in": _("Please open the personal link in your invitation, or have it sent to you again."),
        "database": _("The service is briefly busy. Please load the page again in a moment."),
        "store": _("Videos and documents cannot be reached at the moment. Please try again in a few minutes."),
        "media": _("Sound and picture cannot be reached at the moment. The page keeps trying."),
        "token_watches_only": _("This token only lets one watch, not send."),
        "token_of_another_session": _("This token belongs to another session."),
        "person_of_another_conference": _("Your link is for another conference. Please open the link for this one."),
        "object_expired": _("This address was good for a short time only. Please load the page again."),
        "object_address": _("This address is damaged. Please load the page again."),
        "signed_out": _("You have signed out, perhaps in another window. Please open your personal link again."),
        "too_many_sockets": _("Too many of these pages are open. Please close some of them."),
        "part_too_large": _("This part of the file is too large. Please begin the upload again."),
        "store_full": _("There is no room for files at the moment. Please tell the hosts."),
        "name": _("Please enter a name of at most 120 characters."),
        "email": _("Please enter an address such as name@example.org."),
        **_talk_words(_),
        **_contact_words(_),
        **_slides_words(_),
        **_words_words(_),
        **_plenary_words(_),
        **_card_review_words(_),
        **_card_words_words(_),
        **_card_film_words(_),
        **_feature_words(_),
        **text_faults(error, language),
    }
    if error.code == "captions_type" and "fault" in error.facts:
        return fault_sentence(Fault(**error.facts["fault"]), language)
    if error.code in by_code:
        return by_code[error.code]
    by_kind: dict[type[ConferenceError], str] = {
        NotFound: _("There is nothing at this address."),
        SignInNeeded: by_code["sign_in"],
        NotAllowed: _("Your role does not include this. If you need it, please write to the hosts."),
        OutsideWindow: by_code["closed"],
        Conflict: _("Somebody else has changed this meanwhile. Please load the page again."),
        Invalid: _("Something in what you entered cannot be right. Please check it."),
        TooMany: _("That was too often in a short time. Please wait a moment."),
        Unavailable: by_code["database"],
    }
    return next((by_kind[kind] for kind in type(error).__mro__ if kind in by_kind), _("Something went wrong on our side."))


def _feature_words(_: Callable[[str], str]) -> dict[str, str]:
    """The refusals that have a module of their own, by code."""
    return {
        **desk_words(_),
        **ending_words(_),
        **report_words(_),
        **handover_words(_),
        **people_words(_),
        **program_words(_),
        **publishing_words(_),
        **sheet_words(_),
        **sign_in_words(_),
        **survey_words(_),
        **finding_words(_),
        **ready_words(_),
        **closing_words(_),
    }


def _in_rooms(_: Callable[[str], str]) -> dict[str, str]:
    """What is refused in a live room, by code."""
    return {
        **run_words(_),
        "organisers_only": _("Only the organisers can decide this."),
        "room_full": _("The room is full at the moment. Please try again in a few minutes, or choose another session."),
        "room_closed": _("The room is not open now. It opens 15 minutes before the session begins."),
        "banned": _("The moderation has closed this room to you. If that is a mistake, please write to the hosts."),
        "room_locked": _("The moderation has locked the room; nobody new comes in now. Please try again later."),
        "moderators_only": _("Only the moderation can do this."),
        "captioners_only": _("Only people who write live captions can do this."),
        "captioners_do_not_speak": _("Whoever writes the captions takes no part in the discussion."),
        "not_in_room": _("You are not in the room any more. Please enter it again."),
        "enter_first": _("Please enter the room first; sound and picture follow."),
        "cannot_have_floor": _("This person cannot be given the floor."),
        "not_begun": _("The session has not begun yet, so it cannot be ended."),
        "no_more_time": _("There is no more time: the next session begins, or the day ends."),
        "hand_is_down": _("This hand is down already."),
        "floor_is_gone": _("This person does not have the floor any more."),
        "elsewhere": _("You are in this room on another device or in another window."),
        "too_many_devices": _("You are in this room on three devices already. Please leave it on one of them."),
        "beside_listens": _("This device only listens. Take over here to speak."),
        "cannot_moderate": _("This person cannot be made a moderator."),
        "moderates_by_role": _("This person moderates by role; only the hosts can change that."),
        "notes_text": _("The notes are too long."),
        "moderators_stay": _("The moderation cannot be removed from the room."),
        "strangers_have_no_seat": _("Please open your personal link, or join as a guest where guests are welcome."),
        "seat": _("This person is not in the room any more."),
        "caption_text": _("A line of captions has at most 500 characters."),
    }


def wants_json(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "text/html" not in accept and ("json" in accept or "sdp" in request.headers.get("content-type", ""))


async def conference_error(request: Request, error: Exception) -> Response:
    """Handler for every ConferenceError that an endpoint or a guard raised."""
    assert isinstance(error, ConferenceError)
    status = status_of(error)
    language: Language = request.app.state.services.texts[request.state.language]
    sentence = explain(error, language)
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    wait = error.facts.get("retry_after") or (2 if status == 503 else None)
    if wait:
        headers["Retry-After"] = str(int(wait))
    if status >= 500:
        log.error("failed", request=request.state.request_id, code=error.code, path=request.url.path)
    if wants_json(request):
        return JSONResponse({"code": error.code, "text": sentence}, status, headers)
    if status == 410:
        farewell = await request.app.state.farewell(request)
        return await rendered(request, "errors/closed.html", status=410, headers=headers, **farewell)
    if status == 404 and error.code in ("page", "conference"):
        request.state.view = None  # whoever may not know of a conference is not told its name
    return await _error_page(request, status, sentence, wait, headers, ask=error.code == "link")


async def http_exception(request: Request, error: Exception) -> Response:
    """Handler for what routing itself refuses (404, 405)."""
    assert isinstance(error, HTTPException)
    if wants_json(request):
        return JSONResponse({"code": f"http_{error.status_code}"}, error.status_code, dict(error.headers or {}))
    return await _error_page(request, error.status_code, None, None, dict(error.headers or {}))


async def body_cut_off(_request: Request, _error: Exception) -> Response:
    """Handler for a body that did not come to its end: the browser went away (nobody reads this), or it was too long."""
    return PlainTextResponse("Too large, or not complete", 413, {"Cache-Control": "no-store"})


async def server_error(request: Request, error: Exception) -> Response:
    """Handler for our own bugs: logged once, here; the page says the request's name so that support can find it."""
    log.error("bug", request=request.state.request_id, path=request.url.path, exc_info=error)
    request.state.view = None
    return await _error_page(request, 500, None, None, {"Cache-Control": "no-store"})


async def _error_page(
    request: Request, status: int, sentence: str | None, wait: int | None, headers: dict[str, str], *, ask: bool = False
) -> Response:
    language: Language = request.app.state.services.texts[request.state.language]
    _ = language.gettext
    links = [{"href": "/sign-in", "label": _("Send my link again")}] if ask else []
    return await rendered(
        request,
        "errors/error.html",
        status=status,
        headers=headers,
        title=_("Not possible"),
        error={
            "status": status,
            "sentence": sentence,
            "wait": wait,
            "links": links,
            "request_id": request.state.request_id if status >= 500 else None,
        },
    )
