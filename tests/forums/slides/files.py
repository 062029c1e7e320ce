"""Real files for the tests of decks and clips: PDFs by pikepdf, films by PyAV."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from io import BytesIO
from math import pi, sin
from struct import pack

import av
import pikepdf
from pikepdf import Array, Dictionary, Name

CAPTIONS = (
    "WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nGrüße aus dem Film.\n\n00:00:01.500 --> 00:00:08.000\nEr läuft bei allen.\n"
).encode()
SRT = ("1\n00:00:00,000 --> 00:00:01,500\nGrüße aus dem Film.\n\n2\n00:00:01,500 --> 00:00:08,000\nEr läuft bei allen.\n").encode(
    "cp1252"
)
# A colour for each page, by which a test sees which page a browser has drawn.
COLOURS = [(0.05, 0.33, 0.39), (0.42, 0.25, 0.63), (0.54, 0.29, 0.03), (0.12, 0.37, 0.75)]


def _page(pdf: pikepdf.Pdf, number: int, text: str) -> None:
    """A page of 16:9: a field of its colour, and a line of text (none: a picture without words)."""
    pdf.add_blank_page(page_size=(640, 360))
    page = pdf.pages[-1]
    red, green, blue = COLOURS[number % len(COLOURS)]
    drawn = f"{red} {green} {blue} rg 0 0 640 260 re f 1 1 1 rg 0 260 640 100 re f "
    if text:
        drawn += f"BT 0 0 0 rg /F 32 Tf 40 295 Td ({text}) Tj ET"
    font = Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding)
    page.Resources = Dictionary(Font=Dictionary(F=pdf.make_indirect(font)))
    page.Contents = pdf.make_stream(drawn.encode("cp1252"))


def _saved(pdf: pikepdf.Pdf, **how: object) -> bytes:
    out = BytesIO()
    pdf.save(out, **how)  # type: ignore[arg-type]
    return out.getvalue()


@cache
def deck(pages: int = 3, *texts: str) -> bytes:
    """A deck. texts: of its pages; others say "Seite N"."""
    with pikepdf.new() as pdf:
        for number in range(pages):
            _page(pdf, number, texts[number] if number < len(texts) else f"Seite {number + 1}")
        return _saved(pdf)


def encrypted(user: str = "", owner: str = "geheim") -> bytes:
    with pikepdf.new() as pdf:
        _page(pdf, 0, "Geheim")
        return _saved(pdf, encryption=pikepdf.Encryption(user=user, owner=owner))


def acting(how: str) -> bytes:
    """A PDF that does something: each way to hide that in a file."""
    with pikepdf.new() as pdf:
        _page(pdf, 0, "Harmlos")
        script = Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        rect = Array([0, 0, 9, 9])
        if how == "script":
            pdf.Root.OpenAction = script
        elif how == "names":
            pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([pikepdf.String("a"), pdf.make_indirect(script)])))
        elif how == "launch":
            link = Dictionary(
                Type=Name.Annot, Subtype=Name.Link, Rect=rect, A=Dictionary(S=Name.Launch, F=pikepdf.String("x.exe"))
            )
            pdf.pages[0].Annots = Array([link])
        elif how == "later":
            act = Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org/"), Next=Array([script]))
            pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=rect, A=act)])
        elif how == "attached":
            pdf.attachments["tabelle.csv"] = b"a;b\n"
        elif how == "film":
            pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=rect)])
        elif how == "form":
            pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=pdf.make_stream(b"<xdp/>"))
        return _saved(pdf)


def linking() -> bytes:
    """A PDF that only leads somewhere: to its own pages, and to an address."""
    with pikepdf.new() as pdf:
        _page(pdf, 0, "Inhalt")
        _page(pdf, 1, "Ende")
        pdf.Root.OpenAction = Array([pdf.pages[0].obj, Name.Fit])
        act = Dictionary(S=Name.URI, URI=pikepdf.String("https://example.org/"))
        pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 9, 9]), A=act)])
        return _saved(pdf)


@cache
def film(kind: str = "mp4", seconds: float = 2, *, size: tuple[int, int] = (160, 90), codec: str = "", sound: str = "") -> bytes:
    """A film that grows lighter with time. codec, sound: instead of what the kind usually has; sound "none": silent."""
    codec = codec or {"mp4": "libx264", "webm": "libvpx"}[kind]
    sound = sound or {"mp4": "aac", "webm": "libopus"}[kind]
    out, rate = BytesIO(), 10
    with av.open(out, "w", format={"mp4": "mp4", "webm": "webm", "mkv": "matroska"}[kind]) as container:
        options = {"preset": "ultrafast"} if codec == "libx264" else {}
        picture = container.add_stream(codec, rate=rate, options=options)
        picture.width, picture.height = size
        picture.pix_fmt = "yuv420p"
        voice = container.add_stream(sound, rate=48000, layout="mono") if sound != "none" else None
        for index in range(round(seconds * rate)):
            frame = av.VideoFrame(*size, "yuv420p")
            light = 40 + round(180 * index / (seconds * rate))
            for plane, value in zip(frame.planes, (light, 128, 128), strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, rate)
            container.mux(picture.encode(frame))
        container.mux(picture.encode())
        if voice is not None:
            for frame in _tone(round(seconds * 48000)):
                container.mux(voice.encode(frame))
            container.mux(voice.encode())
    return out.getvalue()


def _tone(samples: int) -> list[av.AudioFrame]:
    frames = []
    for begin in range(0, samples, 960):
        frame = av.AudioFrame(format="flt", layout="mono", samples=960)
        values = (0.2 * sin(2 * pi * 330 * (begin + n) / 48000) for n in range(960))
        frame.planes[0].update(pack("<960f", *values))
        frame.sample_rate, frame.pts, frame.time_base = 48000, begin, Fraction(1, 48000)
        frames.append(frame)
    return frames
