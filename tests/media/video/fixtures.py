"""Films that people bring: made by ffmpeg and PyAV, small, the same every time.

python -m tests.media.video.fixtures FOLDER      writes all of them to look at
"""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from tests.media.video import drawing

SRT = "1\n00:00:00,200 --> 00:00:00,800\nGuten <i>Tag</i>\n\n2\n00:00:00,900 --> 00:00:01,100\nEins & zwei\n"
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
BT709 = (
    "-vf",
    "scale=out_color_matrix=bt709:out_range=tv",
    "-colorspace",
    "bt709",
    "-color_primaries",
    "bt709",
    "-color_trc",
    "bt709",
)
HDR = "scale={}:flags=neighbor:out_color_matrix=bt2020:out_range=tv,format=yuv420p10le"
NOISE = "anoisesrc=c=pink:a=0.05:r=44100:seed=1"
AAC = ("-c:a", "aac", "-b:a", "96k")


def hdr(transfer: str, size: str) -> tuple[str, ...]:
    tags = f"log-level=none:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:range=limited"
    coder = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "12", "-x265-params", tags, "-tag:v", "hvc1")
    return ("-vf", HDR.format(size), *coder, "-color_primaries", "bt2020", "-color_trc", transfer, "-colorspace", "bt2020nc")


@dataclass(frozen=True)
class Film:
    """One film. width, height: coded; picture, sound: arguments of ffmpeg; noise: a lavfi source, None for no sound."""

    width: int
    height: int
    ending: str = "mp4"
    turns: int = 0
    mirrored: bool = False
    corners: tuple[drawing.Colour, ...] = drawing.CORNERS
    grey: drawing.Colour = drawing.GREY
    rate: str = "25"
    seconds: float = 1.2
    picture: tuple[str, ...] = (*BT709, *H264)
    noise: str | None = NOISE
    sound: tuple[str, ...] = AAC
    more: tuple[str, ...] = ()
    subtitles: str | None = None
    aspect: Fraction = field(default=Fraction(1))

    def upright(self) -> tuple[float, float]:
        width = self.width * float(self.aspect)
        return (self.height, width) if self.turns % 2 else (width, self.height)


VPX = ("-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M")
PAL = ("-vf", "scale=out_color_matrix=bt601:out_range=tv,setsar=64/45", *H264, "-colorspace", "bt470bg")
FULL = ("-vf", "scale=out_color_matrix=bt709:out_range=pc", "-c:v", "libx264", "-pix_fmt", "yuvj420p", "-colorspace", "bt709")
# Every fourth picture of 60, and all of some: what a screen recorder writes.
VARYING = ("-vf", BT709[1] + ",select='not(mod(n\\,4))+between(mod(n\\,30)\\,10\\,20)'", "-vsync", "vfr", *BT709[2:], *H264)
PHONE = ("-metadata", "location=+52.5+013.4/", "-metadata", "make=Phone")
HLG = {"corners": drawing.HLG_CORNERS, "grey": drawing.HLG_GREY, "picture": hdr("arib-std-b67", "3840:2160")}
PQ = {"corners": drawing.PQ_CORNERS, "grey": drawing.PQ_GREY, "picture": hdr("smpte2084", "960:540")}
SURROUND = "anoisesrc=c=pink:a=0.05:r=48000:seed=2,pan=5.1|c2=c0"

GOOD: dict[str, Film] = {
    "hevc hlg 4k rotated": Film(3840, 2160, "mov", turns=1, rate="10", seconds=0.8, more=PHONE, **HLG),
    "hevc pq": Film(960, 540, **PQ),
    "portrait": Film(406, 720, more=("-movflags", "+faststart")),
    "upside down": Film(640, 360, "mov", turns=2),
    "turned left": Film(640, 480, "mov", turns=3),
    "mirrored": Film(640, 360, "mov", turns=1, mirrored=True, noise=None),
    "vp9 webm odd size": Film(641, 363, "webm", picture=(*BT709, "-c:v", "libvpx-vp9", *VPX), sound=("-c:a", "libopus")),
    # As a browser records: it does not know its own length.
    "vp8 recorded": Film(640, 360, "webm", picture=("-c:v", "libvpx", *VPX), sound=("-c:a", "libvorbis"), more=("-live", "1")),
    "av1 mkv": Film(640, 360, "mkv", picture=(*BT709, "-c:v", "libsvtav1", "-preset", "12"), sound=("-c:a", "flac")),
    "prores": Film(1280, 720, "mov", picture=(*BT709, "-c:v", "prores"), sound=("-c:a", "pcm_s16le"), seconds=0.8),
    "mpeg4 avi": Film(640, 360, "avi", picture=("-c:v", "mpeg4", "-qscale:v", "2"), sound=("-c:a", "libmp3lame")),
    "varying rate": Film(640, 360, rate="60", picture=VARYING),
    "60 pictures": Film(640, 360, rate="60", seconds=0.8),
    "sound 5.1": Film(640, 360, noise=SURROUND, sound=("-c:a", "ac3")),
    "mono, quiet": Film(640, 360, noise="anoisesrc=c=pink:a=0.05:r=16000:seed=3", seconds=3),
    "loud": Film(640, 360, noise="anoisesrc=c=pink:a=0.9:r=48000:seed=4,aformat=channel_layouts=stereo", seconds=3),
    "silent": Film(640, 360, noise=None),
    "silence": Film(640, 360, noise="anullsrc=r=48000"),
    "full range": Film(640, 360, picture=FULL),
    "pal": Film(720, 576, picture=PAL, aspect=Fraction(64, 45)),
    "mov_text": Film(640, 360, noise=None, subtitles="mov_text"),
    "subrip": Film(640, 360, "mkv", noise=None, subtitles="srt"),
    "ass": Film(640, 360, "mkv", noise=None, subtitles="ass"),
    "webvtt": Film(640, 360, "mkv", noise=None, subtitles="webvtt"),
    "fragments": Film(640, 360, more=("-movflags", "+frag_keyframe+empty_moov")),
}


def make(folder: Path, name: str) -> Path:
    """The film of this name, made once in this folder."""
    film = GOOD[name]
    path = folder / f"{name.replace(' ', '-').replace(',', '')}.{film.ending}"
    if path.exists():
        return path
    corners = drawing.coded(film.corners, film.turns, film.mirrored)
    # The largest one is drawn small and blown up by ffmpeg, which is faster.
    part = 4 if film.width > 2000 else 1
    drawn = drawing.write(path.with_suffix(".ppm"), film.width // part, film.height // part, corners, film.grey)
    inputs = ["-loop", "1", "-framerate", film.rate, "-t", str(film.seconds), "-i", str(drawn)]
    maps = ["-map", "0:v"]
    if film.noise:
        inputs += ["-f", "lavfi", "-t", str(film.seconds), "-i", film.noise]
        maps += ["-map", "1:a"]
    if film.subtitles:
        words = path.with_suffix(".srt")
        words.write_text(SRT)
        inputs += ["-i", str(words)]
        maps += ["-map", "1:s", "-c:s", film.subtitles, "-metadata:s:s:0", "language=ger"]
    ffmpeg(*inputs, *maps, *film.picture, *(film.sound if film.noise else ()), *film.more, str(path))
    if film.turns:
        _turned(path, film.turns, film.mirrored)
    drawn.unlink()
    return path


def ffmpeg(*arguments: str) -> None:
    subprocess.run(["ffmpeg", "-v", "fatal", "-nostdin", "-y", *arguments], check=True, timeout=120)


def _turned(path: Path, turns: int, mirrored: bool) -> None:
    """A phone's word on how it was held, written over the matrix of the first track (ISO/IEC 14496-12, 8.3.2)."""
    a, b, c, d = ((1, 0, 0, 1), (0, 1, -1, 0), (-1, 0, 0, -1), (0, -1, 1, 0))[turns]
    if mirrored:
        a, b = -a, -b
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 44
    data[at : at + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    path.write_bytes(data)


def all_films(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every good one."""
    for name in GOOD:
        yield name, make(folder, name)


if __name__ == "__main__":
    for label, made in all_films(Path(sys.argv[1])):
        print(f"{label}: {made}, {made.stat().st_size} bytes")
