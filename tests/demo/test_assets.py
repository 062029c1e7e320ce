"""The sample media that are committed: all there, small, playable, captioned, tagged, and plainly examples."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import av
import pikepdf
import pytest
import yaml

DEMO = Path(__file__).resolve().parents[2] / "conference" / "demo"
YEARS = ("2021", "2024")
MEDIA = (".mp4", ".webm", ".webp", ".jpg", ".vtt", ".json", ".pdf", ".ttf")
LENGTH = 20.0  # of a speaker's clip in seconds


def read(year: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((DEMO / year / "conference.yaml").read_text("utf-8"))
    return loaded


FILES = {year: read(year) for year in YEARS}
CARDS = [(year, item) for year in YEARS for item in FILES[year]["initiatives"] if item["card"]]
SHEETS = [
    (session["number"], DEMO / "2021" / results["file"])
    for session in FILES["2021"]["sessions"]
    for results in session["results"]
]
STREAMS = FILES["2021"]["demo"]["streams"]
SPEAKERS = [stream for stream in STREAMS if stream["captions"]]


def named_files() -> Iterator[Path]:
    for year, item in CARDS:
        card = item["card"]
        for name in (card["video"], *card["posters"], *(captions["file"] for captions in card["captions"])):
            yield DEMO / year / name
    for _, sheet in SHEETS:
        yield sheet
    for photo in FILES["2021"]["report"]["photos"]:
        yield DEMO / "2021" / photo["file"]
    for stream in STREAMS:
        yield DEMO / f"{stream['clip']}.webm"
        if stream["captions"]:
            yield DEMO / stream["captions"]


def cues_of(file: Path) -> list[tuple[float, float, str]]:
    """Start, end in seconds and text of each cue of a WebVTT file."""
    head, *blocks = file.read_text("utf-8").strip().split("\n\n")
    assert head == "WEBVTT"
    cues = []
    for block in blocks:
        _, times, text = block.split("\n", 2)
        first, last = times.split(" --> ")
        cues.append((seconds(first), seconds(last), text.replace("\n", " ")))
    return cues


def seconds(stamp: str) -> float:
    hours, minutes, rest = stamp.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def boxes_of(file: Path) -> list[str]:
    """The top-level boxes of an MP4 in their order (ISO/IEC 14496-12, 4.2)."""
    data, at, names = file.read_bytes(), 0, []
    while at < len(data):
        names.append(data[at + 4 : at + 8].decode("ascii"))
        at += int.from_bytes(data[at : at + 4], "big")
    return names


def test_every_named_file_exists_and_nothing_else_lies_around() -> None:
    named = set(named_files())
    lying = {
        file
        for folder in ("2021", "2024", "clips")
        for file in (DEMO / folder).rglob("*")
        if file.is_file() and file.name != "conference.yaml"
    }
    assert named == lying


def test_all_media_stay_under_six_megabytes() -> None:
    sizes = [file.stat().st_size for file in DEMO.rglob("*") if file.suffix in MEDIA]
    assert sum(sizes) < 6_000_000


@pytest.mark.parametrize("year", YEARS)
def test_zone_and_times_parse_and_follow_each_other(year: str) -> None:
    conference = FILES[year]["conference"]
    ZoneInfo(conference["zone"])
    times = [
        datetime.combine(value, datetime.max.time()) if type(value) is date else datetime.fromisoformat(value)
        for value in (conference["times"][name] for name in ("announced", "doors", "live", "archive", "closes", "purge"))
    ]
    assert times == sorted(times)
    for session in FILES[year]["sessions"]:
        starts, ends = datetime.fromisoformat(session["starts"]), datetime.fromisoformat(session["ends"])
        assert times[2] <= starts < ends <= times[3], session["slug"]


@pytest.mark.parametrize("year", YEARS)
def test_examples_say_so(year: str) -> None:
    document = FILES[year]
    for item in document["initiatives"]:
        assert item["example"] == ("Beispiel" in item["name"]) == bool(item["card"]), item["slug"]
    assert all("Beispiel" in person["name"] for person in document["demo"]["people"])
    assert all(person["email"].endswith("@example.org") for person in document["demo"]["people"])


@pytest.mark.parametrize("year", YEARS)
def test_people_sessions_and_initiatives_that_are_referred_to_exist(year: str) -> None:
    document = FILES[year]
    sessions = {session["slug"] for session in document["sessions"]}
    initiatives = {item["slug"] for item in document["initiatives"]}
    people = {person["email"]: person for person in document["demo"]["people"]}
    assert len(people) == len(document["demo"]["people"])
    for person in people.values():
        assert person["initiative"] is None or person["initiative"] in initiatives
        assert {role["session"] for role in person["roles"]} <= sessions | {None}
        assert person.get("forum") is None or person["forum"] in sessions
    for stream in document["demo"]["streams"]:
        assert stream["session"] in sessions
        assert people[stream["person"]]["key"] is None, "a visitor cannot become somebody who is played in"
    keys = [person["key"] for person in people.values() if person["key"]]
    assert sorted(keys) == sorted({"organiser", "moderator", "speaker", "initiative", "attendee", "interpreter", "captioner"})


@pytest.mark.parametrize(("year", "item"), CARDS, ids=[f"{year}-{item['slug']}" for year, item in CARDS])
def test_cards_start_fast_and_decode(year: str, item: dict[str, Any]) -> None:
    file = DEMO / year / item["card"]["video"]
    boxes = boxes_of(file)
    assert boxes.index("moov") < boxes.index("mdat")
    with av.open(str(file)) as film:
        assert (film.streams.video[0].codec_context.name, film.streams.audio[0].codec_context.name) == ("h264", "aac")
        frames = list(film.decode(video=0))
    assert {(frame.width, frame.height) for frame in frames} == {(640, 360)}
    assert len(frames) == round(15 * item["card"]["seconds"])


@pytest.mark.parametrize(("year", "item"), CARDS, ids=[f"{year}-{item['slug']}" for year, item in CARDS])
def test_captions_say_what_is_said_within_the_film(year: str, item: dict[str, Any]) -> None:
    card = item["card"]
    assert {captions["language"] for captions in card["captions"]} == {"de", "en"}
    for captions in card["captions"]:
        cues = cues_of(DEMO / year / captions["file"])
        assert " ".join(text for _, _, text in cues) == card["words"][captions["language"]]
        edges = [edge for start, end, _ in cues for edge in (start, end)]
        assert edges == sorted(edges)
        assert edges[0] >= 0
        assert edges[-1] <= card["seconds"]


@pytest.mark.parametrize("stream", STREAMS, ids=[stream["person"] for stream in STREAMS])
def test_clips_are_what_a_live_publisher_sends(stream: dict[str, Any]) -> None:
    with av.open(str(DEMO / f"{stream['clip']}.webm")) as clip:
        video = clip.streams.video[0]
        spoken = bool(clip.streams.audio)
        assert video.codec_context.name == "vp8"
        assert (video.width, video.height) == (640, 360)
        assert spoken == bool(stream["captions"])
        packets = [packet for packet in clip.demux(video) if packet.size]
    # One packet per shown picture: bit 4 of the first octet is show_frame (RFC 6386, 9.1).
    assert all(bytes(packet)[0] & 0x10 for packet in packets)
    keys = [index for index, packet in enumerate(packets) if packet.is_keyframe]
    assert keys[0] == 0
    assert max(after - before for before, after in zip(keys, [*keys[1:], len(packets)], strict=True)) <= 45
    length = len(packets) / 15
    assert 12 <= length <= 20
    assert sum(packet.size for packet in packets) * 8 / length < 400_000


def test_the_sound_of_clips_comes_in_frames_of_20_ms() -> None:
    for stream in SPEAKERS:
        with av.open(str(DEMO / f"{stream['clip']}.webm")) as clip:
            audio = clip.streams.audio[0]
            assert (audio.codec_context.name, audio.codec_context.channels) == ("opus", 1)
            times = [packet.pts for packet in clip.demux(audio) if packet.size]
        assert {after - before for before, after in itertools.pairwise(times)} <= {19, 20, 21}  # WebM rounds to milliseconds


@pytest.mark.parametrize("stream", SPEAKERS, ids=[stream["person"] for stream in SPEAKERS])
def test_running_captions_lie_in_the_clip_and_say_that_it_is_an_example(stream: dict[str, Any]) -> None:
    rows = json.loads((DEMO / stream["captions"]).read_text("utf-8"))
    times = [row["at"] for row in rows]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] < LENGTH
    assert "Beispiel" in rows[0]["text"]


def test_the_two_speakers_of_a_forum_take_turns() -> None:
    for forum in (1, 2, 3):
        impulse, moderator = (
            json.loads((DEMO / "clips" / f"forum-{forum}-{role}.captions.json").read_text("utf-8"))
            for role in ("impulse", "moderator")
        )
        assert impulse[-1]["at"] < moderator[0]["at"]


@pytest.mark.parametrize(("number", "file"), SHEETS, ids=[f"forum-{number}" for number, _ in SHEETS])
def test_sheets_are_tagged_pdf_ua_with_language_and_title(number: int, file: Path) -> None:
    with pikepdf.open(file) as sheet:
        assert len(sheet.pages) == 1
        assert sheet.Root.MarkInfo.Marked
        assert str(sheet.Root.Lang) == "de"
        assert "/StructTreeRoot" in sheet.Root
        assert sheet.Root.ViewerPreferences.DisplayDocTitle
        with sheet.open_metadata() as facts:
            assert facts["pdfuaid:part"] == "1"
            assert facts["dc:title"].startswith(f"Ergebnisse · Fachforum {number}: ")
        fonts = {str(font.BaseFont) for font in sheet.pages[0].Resources.Font.values()}
    assert all("AtkinsonHyperlegible" in font for font in fonts)


def test_no_sentence_is_too_long_to_be_read_as_a_caption() -> None:
    for _, item in CARDS:
        for text in item["card"]["words"].values():
            assert max(len(sentence) for sentence in re.split(r"(?<=[.?]) ", text)) <= 110
