"""Looks at a film (in the child): headers first, all packets then, at last three single pictures. Raises Refused."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from media.video import container, words
from media.video.model import Refused
from media.video.plan import Found, gaps, orientation

PICTURES = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "prores", "mpeg4"})
SOUNDS = frozenset({"aac", "mp3", "opus", "vorbis", "ac3", "eac3", "amr_nb", "amr_wb", "alac", "flac"})
# Decoders by name, for the look that ffmpeg takes itself while it opens a file.
DECODERS = (
    "h264,hevc,vp8,vp9,av1,libdav1d,prores,mpeg4,aac,mp3,mp3float,opus,libopus,vorbis,ac3,eac3,amrnb,amrwb,alac,flac,"
    "pcm_alaw,pcm_mulaw,pcm_s8,pcm_u8,pcm_s16le,pcm_s16be,pcm_s24le,pcm_s24be,pcm_s32le,pcm_s32be,pcm_f32le,pcm_f32be,pcm_f64le,pcm_f64be,"
    "mov_text,srt,subrip,webvtt,ass"
)
LONGEST_SIDE, LONGEST_SHORT_SIDE = 4096, 2304
MOST_PIXELS = LONGEST_SIDE * LONGEST_SHORT_SIDE
FASTEST = 240
SHORTEST = 0.5
MOST_STREAMS = 32
MOST_TRACKS = 8
MOST_WORDS = 500_000
# An encoder's run-up before the film's beginning (seconds), of which nothing is heard.
MOST_PRIMING = 0.2
# Where further single pictures are taken that must be decodable, as parts of the film.
LOOKS = (0.5, 0.9)
MOST_PACKETS_FOR_A_LOOK = 600
FAULTS = (av.FFmpegError, ArithmeticError, LookupError, OSError, RuntimeError, ValueError)

Told = Callable[[float], None]


@contextmanager
def opened(source: Path, kind: str, threads: int) -> Iterator[Any]:
    """The film with its one allowed reader, which may read that file and nothing else, and decoders within our limits."""
    safe = {"protocol_whitelist": "file", "format_whitelist": kind_formats(kind), "codec_whitelist": DECODERS}
    with av.open(
        f"file:{source}",
        format=container.READERS[kind],
        container_options={**safe, "max_streams": str(MOST_STREAMS)},
        options={"max_pixels": str(MOST_PIXELS)},
        metadata_errors="replace",
    ) as film:
        for stream in film.streams.video:
            if stream.codec_context is not None:
                stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
                stream.codec_context.thread_count = threads
        yield film


def kind_formats(kind: str) -> str:
    """All names of a reader, as ffmpeg writes them."""
    return {"mov": "mov,mp4,m4a,3gp,3g2,mj2", "matroska": "matroska,webm", "avi": "avi"}[kind]


def probe(source: Path, limits: dict[str, Any], tell: Told) -> dict[str, Any]:
    """{"found": Found as JSON, "captions": [[language, WebVTT], ...]} of a film within the limits (fields of model.Limits)."""
    size = os.stat(source).st_size
    if size > limits["most_bytes"]:
        raise Refused("film_too_large", size=size, limit=limits["most_bytes"])
    with source.open("rb") as file:
        kind = container.kind_of(file.read(64))
        if kind is None:
            raise Refused("film_type")
        if not container.whole(file, kind, size):
            raise Refused("film_damaged")
    try:
        with opened(source, kind, threads=1) as film:
            return _looked(film, kind, limits, tell)
    except FAULTS:
        raise Refused("film_damaged") from None


def _looked(film: Any, kind: str, limits: dict[str, Any], tell: Told) -> dict[str, Any]:
    picture, sound = _streams(film)
    check_size(picture.codec_context.width, picture.codec_context.height)
    packets = _Packets(film, picture, sound, limits)
    packets.read(tell)
    begins, seconds = packets.span()
    if seconds < SHORTEST or len(packets.times) < 2:
        raise Refused("film_too_short", seconds=round(seconds, 2), limit=SHORTEST)
    found = _found(kind, picture, sound, _frame(film, picture, begins), packets, begins, seconds)
    check_size(found.width, found.height)
    # One at a time: three pictures of a camera for the cinema are more than a probe may hold.
    if any(_frame(film, picture, begins + part * seconds) is None for part in LOOKS) or (sound and not _sounds(film, sound)):
        raise Refused("film_damaged")
    height = min(found.width * float(found.aspect), found.height)
    if height < limits["least_height"]:
        raise Refused("film_too_small", height=int(height), limit=limits["least_height"])
    said = {**asdict(found), **{name: str(getattr(found, name)) for name in ("aspect", "average", "quickest")}}
    return {"found": said, "captions": packets.captions(begins)}


def check_size(width: int, height: int) -> None:
    """Raises Refused before anything of that size is decoded."""
    if max(width, height) > LONGEST_SIDE or min(width, height) > LONGEST_SHORT_SIDE:
        raise Refused("film_too_wide", width=width, height=height, limit=LONGEST_SIDE, limit_height=LONGEST_SHORT_SIDE)


def _streams(film: Any) -> tuple[Any, Any | None]:
    """The picture and the sound to take: what the film says is the usual one, else its first."""
    pictures = [stream for stream in film.streams.video if not stream.disposition & av.stream.Disposition.attached_pic]
    if not pictures:
        raise Refused("film_without_picture" if film.streams.audio else "film_damaged")
    picture = _usual(pictures)
    sounds = [stream for stream in film.streams.audio if _codec(stream) in SOUNDS or _codec(stream).startswith("pcm_")]
    if _codec(picture) not in PICTURES:
        raise Refused("film_codec", codec=_codec(picture))
    if film.streams.audio and not sounds:
        raise Refused("film_codec", codec=_codec(film.streams.audio[0]))
    return picture, _usual(sounds) if sounds else None


def _usual(streams: list[Any]) -> Any:
    return next((stream for stream in streams if stream.disposition & av.stream.Disposition.default), streams[0])


def _codec(stream: Any) -> str:
    context = stream.codec_context
    return "unknown" if context is None else str(context.codec.canonical_name)


class _Packets:
    """All packets of a film, read once and not decoded: when its pictures come, how long it is, its subtitles."""

    def __init__(self, film: Any, picture: Any, sound: Any | None, limits: dict[str, Any]) -> None:
        self.film, self.picture, self.sound = film, picture, sound
        self.most_seconds = float(limits["most_seconds"])
        self.times: list[float] = []
        self.first: float | None = None
        self.last = 0.0
        self.words: dict[int, list[words.Piece]] = {}
        self.letters = 0

    def read(self, tell: Told) -> None:
        """Refuses as soon as the film is proven too long or too fast, whatever follows."""
        texts = [stream for stream in self.film.streams.subtitles if _codec(stream) in words.CODECS][:MOST_TRACKS]
        streams = [self.picture, *([self.sound] if self.sound else []), *texts]
        for count, packet in enumerate(self.film.demux(streams)):
            at = packet.pts if packet.pts is not None else packet.dts
            if at is None or not packet.size:
                continue
            time, length = float(at * packet.time_base), float((packet.duration or 0) * packet.time_base)
            if packet.stream in texts:
                self._keep(packet, time, length)
                continue
            if packet.stream is self.sound and -MOST_PRIMING < time < 0:
                time = 0.0
            self.first = time if self.first is None else min(self.first, time)
            self.last = max(self.last, time + length)
            if packet.stream is self.picture:
                self.times.append(time)
            self._judge()
            if count % 500 == 0:
                tell(min(0.9, (self.last - self.first) / self.most_seconds))

    def _judge(self) -> None:
        seconds = self.last - (self.first or 0.0)
        if seconds > self.most_seconds + 0.5:
            promised = (self.film.duration or 0) / av.time_base
            raise Refused("film_too_long", seconds=round(min(max(seconds, promised), 86_400), 1), limit=self.most_seconds)
        if len(self.times) > FASTEST * (self.most_seconds + 1):
            raise Refused("film_too_fast", rate=round(len(self.times) / max(seconds, 0.001)), limit=FASTEST)

    def _keep(self, packet: Any, time: float, length: float) -> None:
        data = bytes(packet)
        self.letters += len(data)
        if self.letters <= MOST_WORDS:
            self.words.setdefault(packet.stream.index, []).append(words.Piece(time, length or None, data))

    def span(self) -> tuple[float, float]:
        """(begin, seconds); a film that breaks off before what its header promised is damaged."""
        if self.first is None or not self.times:
            raise Refused("film_damaged")
        seconds = self.last - self.first
        promised = (self.film.duration or 0) / av.time_base
        if seconds < promised - max(1.0, 0.05 * promised):
            raise Refused("film_damaged")
        return self.first, seconds

    def captions(self, begins: float) -> list[list[str]]:
        """[language, WebVTT] of each subtitle stream in which something is said."""
        said = []
        for index, pieces in self.words.items():
            stream = self.film.streams[index]
            if text := words.vtt(_codec(stream), pieces, begins):
                said.append([words.language_of(stream.metadata.get("language")), text])
        return said


def _frame(film: Any, picture: Any, at: float) -> Any | None:
    """One picture or None, decoded for itself from the nearest keyframe before."""
    film.seek(int(at / picture.time_base), stream=picture)
    for count, packet in enumerate(film.demux(picture)):
        if count > MOST_PACKETS_FOR_A_LOOK:
            break
        if packet.is_keyframe and packet.size:
            # A decoder may hold a picture back until others follow: nothing follows.
            frames = picture.codec_context.decode(packet) or picture.codec_context.decode(None)
            picture.codec_context.flush_buffers()
            if frames:
                return frames[0]
    return None


def _sounds(film: Any, sound: Any) -> bool:
    film.seek(0)
    for count, packet in enumerate(film.demux(sound)):
        if packet.decode():
            return True
        if count > 50:
            break
    return False


def _found(
    kind: str, picture: Any, sound: Any | None, frame: Any | None, packets: _Packets, begins: float, seconds: float
) -> Found:
    if frame is None:
        raise Refused("film_damaged")
    average, quickest, steady = gaps(packets.times)
    if average > FASTEST:
        raise Refused("film_too_fast", rate=round(float(average)), limit=FASTEST)
    aspect = picture.sample_aspect_ratio or Fraction(1)
    side_data = frame.side_data.get("DISPLAYMATRIX")
    turns, mirrored = orientation(bytes(side_data) if side_data is not None else b"")
    return Found(
        kind=kind,
        width=frame.width,
        height=frame.height,
        aspect=aspect if Fraction(1, 4) <= aspect <= 4 else Fraction(1),
        turns=turns,
        mirrored=mirrored,
        average=average,
        quickest=quickest,
        steady=steady,
        begins=begins,
        seconds=seconds,
        shown=max(packets.times) - begins,
        transfer={16: "pq", 18: "hlg"}.get(int(frame.color_trc), "sdr"),
        wide=int(frame.color_primaries) == 9,
        matrix={1: "bt709", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 9: "bt2020"}.get(int(frame.colorspace), ""),
        interlaced=bool(frame.interlaced_frame),
        picture=picture.index,
        sound=sound.index if sound is not None else None,
    )
