"""Looks at a file that somebody has brought, in a process of its own: `python -I inspecting.py deck|document|clip PATH`.

Writes one line of JSON: what the file is, or {"refused": code}. A file that breaks the reader, or makes it use too much memory
or time, breaks this process alone. It imports nothing of the platform, so that it can do nothing but look.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable, Iterator
from typing import Any

MOST_OBJECTS = 300_000
LONGEST_SIDE, LONGEST_SHORT_SIDE = 1920, 1200
SECONDS = 25
MEMORY = 3 * 1024**3

# Actions and annotations that do more than lead somewhere (ISO 32000-2, 12.6.4 and 12.5.6), and keys that hold such things.
ACTIVE_ACTIONS = frozenset(
    {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToE", "/Rendition", "/Movie", "/Sound", "/RichMediaExecute"}
)
ACTIVE_ANNOTATIONS = frozenset({"/RichMedia", "/Movie", "/Screen", "/3D", "/Sound", "/FileAttachment"})
ACTIVE_KEYS = frozenset({"/JS", "/JavaScript", "/EmbeddedFiles", "/EF", "/XFA"})
PICTURES = {"video/mp4": frozenset({"h264"}), "video/webm": frozenset({"vp8", "vp9"})}
SOUNDS = {"video/mp4": frozenset({"aac", "mp3"}), "video/webm": frozenset({"opus", "vorbis"})}
READERS = {"video/mp4": "mov", "video/webm": "matroska"}


class Refused(Exception):
    """The file cannot be taken; the first argument is the code."""


def deck(path: str) -> dict[str, Any]:
    """{"pages"} of a PDF without encryption and without anything that acts."""
    return _looked_at(path, lambda pdf: {})


def document(path: str) -> dict[str, Any]:
    """The same of a PDF that people are to read: {"pages", "tagged", "language", "title"}, what assistive technology asks for."""
    return _looked_at(path, _readable)


def _readable(pdf: Any) -> dict[str, Any]:
    root = pdf.Root
    marked = bool(root.get("/MarkInfo", {}).get("/Marked", False))
    return {
        "tagged": marked and "/K" in root.get("/StructTreeRoot", {}),
        "language": str(root.get("/Lang", "")).strip()[:35],
        "title": (str(pdf.docinfo.get("/Title", "")).strip() or _title_in_metadata(pdf))[:300],
    }


def _title_in_metadata(pdf: Any) -> str:
    """dc:title of the XMP packet (ISO 16684-1), which newer files have alone."""
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
        return str(metadata.get("dc:title", "")).strip()


def _looked_at(path: str, more: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    import pikepdf

    limit()
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise Refused("deck_encrypted")
            pages = len(pdf.pages)
            if pages == 0:
                raise Refused("deck_no_pdf")
            if any(_acts(found) for found in _objects(pdf)):
                raise Refused("deck_active")
            return {"pages": pages, **more(pdf)}
    except pikepdf.PasswordError:
        raise Refused("deck_encrypted") from None
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, AttributeError):
        raise Refused("deck_no_pdf") from None


def _objects(pdf: Any) -> Iterator[Any]:
    """All dictionaries of a file, those inside of others too."""
    import pikepdf

    seen = 0
    for root in pdf.objects:
        stack = [root]
        while stack:
            one = stack.pop()
            seen += 1
            if seen > MOST_OBJECTS:
                raise Refused("deck_no_pdf")
            if isinstance(one, pikepdf.Array):
                inner = list(one)
            elif isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
                yield one
                inner = [value for _, value in one.items()]
            else:
                continue
            stack += [each for each in inner if isinstance(each, pikepdf.Object) and not each.is_indirect]


def _acts(found: Any) -> bool:
    if ACTIVE_KEYS & set(found.keys()):
        return True
    return str(found.get("/S", "")) in ACTIVE_ACTIONS or str(found.get("/Subtype", "")) in ACTIVE_ANNOTATIONS


def clip(path: str) -> dict[str, Any]:
    """{"content_type", "seconds", "width", "height"} of a film that all browsers of the room can play."""
    import av

    with open(path, "rb") as file:
        head = file.read(64)
    content_type = "video/mp4" if head[4:8] == b"ftyp" else "video/webm"
    limit()
    try:
        # The reader is named: another one might open what a file names. `file` is the only way it may go.
        with av.open(path, format=READERS[content_type], options={"protocol_whitelist": "file"}) as film:
            return {"content_type": content_type, **_film(film, content_type)}
    except (av.FFmpegError, ValueError, OSError):
        raise Refused("clip_damaged") from None


def _film(film: Any, content_type: str) -> dict[str, Any]:
    import av

    if len(film.streams.video) != 1 or len(film.streams.audio) > 1:
        raise Refused("clip_type")
    picture = film.streams.video[0]
    context = picture.codec_context
    sounds = {sound.codec_context.codec.canonical_name for sound in film.streams.audio}
    if context.codec.canonical_name not in PICTURES[content_type] or sounds - SOUNDS[content_type]:
        raise Refused("clip_type")
    long, short = max(context.width, context.height), min(context.width, context.height)
    if long > LONGEST_SIDE or short > LONGEST_SHORT_SIDE or context.pix_fmt not in ("yuv420p", "yuvj420p"):
        raise Refused("clip_type")
    seconds = (film.duration or 0) / av.time_base
    _plays(film, picture)
    if seconds > 1:
        film.seek(int(seconds * 0.8 * av.time_base))
        _plays(film, picture)
    return {"seconds": round(seconds, 3), "width": context.width, "height": context.height}


def _plays(film: Any, picture: Any) -> None:
    if next(film.decode(picture), None) is None:
        raise Refused("clip_damaged")


def limit() -> None:
    """After the imports: memory and time of this process, and no file may be written."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(kind: str, path: str) -> None:
    """Write what the file is."""
    looks: dict[str, Callable[[str], dict[str, Any]]] = {"deck": deck, "document": document, "clip": clip}
    try:
        said = looks[kind](path)
    except Refused as refused:
        said = {"refused": refused.args[0]}
    except ImportError as error:
        said = {"missing": error.name}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
