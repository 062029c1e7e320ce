"""A hundred files that are no good films: cut off, altered, disguised, too much of something. The same hundred every time."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from tests.media.video.fixtures import AAC, BT709, H264, NOISE, ffmpeg

SEED = 20250504
MUTATIONS = 40
SMALL = ("-f", "lavfi", "-i", "testsrc2=s=640x360:r=25:d=1.2", "-f", "lavfi", "-t", "1.2", "-i", NOISE)


@dataclass(frozen=True)
class Hostile:
    """codes: how it must be refused; empty: it may pass, as long as what comes out is a sound card."""

    name: str
    path: Path
    codes: frozenset[str]


def bases(folder: Path) -> dict[str, Path]:
    """Four sound films to spoil."""
    made = {
        "mp4": ((*BT709, *H264, *AAC), "mp4"),
        "faststart": ((*BT709, *H264, *AAC, "-movflags", "+faststart"), "mp4"),
        "webm": ((*BT709, "-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-c:a", "libopus"), "webm"),
        "avi": (("-c:v", "mpeg4", "-qscale:v", "5", "-c:a", "libmp3lame"), "avi"),
    }
    paths = {}
    for name, (arguments, ending) in made.items():
        paths[name] = folder / f"base-{name}.{ending}"
        if not paths[name].exists():
            ffmpeg(*SMALL, *arguments, str(paths[name]))
    return paths


def all_hostile(folder: Path) -> Iterator[Hostile]:
    """Made as they are asked for."""
    sound = {name: path.read_bytes() for name, path in bases(folder).items()}
    plain = {**_disguised(sound["mp4"]), **_cut(sound), **_broken(sound)}
    for name, (data, codes) in plain.items():
        yield Hostile(name, _put(folder, name, data), frozenset(codes.split()))
    for name, (make, codes) in _excessive().items():
        path = folder / _file(name)
        if not path.exists():
            make(path, folder)
        yield Hostile(name, path, frozenset(codes.split()))
    for number in range(MUTATIONS):
        kind = list(sound)[number % len(sound)]
        yield Hostile(f"mutation {number}", _put(folder, f"mutation {number}", altered(sound[kind], number)), frozenset())


def altered(data: bytes, number: int) -> bytes:
    """Bytes exchanged, in the index more often than in the pictures."""
    chance = random.Random(SEED + number)
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 10, 40, 200))):
        place = chance.choice((chance.randrange(12, 2000), chance.randrange(len(data)), len(data) - chance.randrange(1, 3000)))
        changed[place] = chance.choice((0, 0xFF, 0x7F, 0x80, chance.randrange(256)))
    return bytes(changed)


def _file(name: str) -> str:
    return name.replace(" ", "-").replace("%", "") + ".mp4"


def _put(folder: Path, name: str, data: bytes) -> Path:
    path = folder / _file(name)
    path.write_bytes(data)
    return path


def _cut(sound: dict[str, bytes]) -> dict[str, tuple[bytes, str]]:
    return {
        f"{name} cut at {tenth}0 %": (data[: len(data) * tenth // 10], "film_damaged")
        for name, data in sound.items()
        for tenth in range(1, 10)
    }


def _disguised(mp4: bytes) -> dict[str, tuple[bytes, str]]:
    """Other things that are called films; readers that ffmpeg would choose for them fetch what they name."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("payload.html", "<script>alert(1)</script>")
    zipped = archive.getvalue()
    texts = {
        "playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "playlist of playlists": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nhttp://127.0.0.1:9/a.m3u8\n",
        "concat script": "ffconcat version 1.0\nfile '/etc/passwd'\nduration 1\n",
        "svg": '<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>',
        "dash": '<?xml version="1.0"?><MPD><BaseURL>http://127.0.0.1:9/</BaseURL></MPD>',
        "session description": "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "page": "<!doctype html><script>alert(1)</script>",
        "empty": "",
        "one letter": "f",
    }
    return {
        **{name: (text.encode(), "film_type") for name, text in texts.items()},
        "page before film": (b"<!doctype html><script>alert(1)</script>" + mp4, "film_type"),
        "archive before film": (zipped + mp4, "film_type"),
        "film before archive": (mp4 + zipped, ""),
        "program": (b"\x7fELF\x02\x01\x01" + bytes(500), "film_type"),
        "picture": (b"\x89PNG\r\n\x1a\n" + bytes(200), "film_type"),
        "phone picture": (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100), "film_type"),
        "sound file": (b"ID3\x04\x00\x00" + bytes(500), "film_type"),
        "wave": (b"RIFF\xff\x00\x00\x00WAVEfmt " + bytes(300), "film_type"),
    }


def _broken(sound: dict[str, bytes]) -> dict[str, tuple[bytes, str]]:
    mp4, webm = sound["mp4"], sound["webm"]
    deep = b"free"
    for _ in range(4000):
        deep = (len(deep) + 8).to_bytes(4, "big") + b"moov" + deep
    noise = random.Random(SEED).randbytes(20_000)
    size = mp4.index(b"stsz") + 12
    times = mp4.index(b"stts") + 8
    return {
        "index alone": (mp4[:32] + b"\x00\x00\x00\x08moov", "film_damaged"),
        "index nested in itself": (mp4[:32] + deep, "film_damaged"),
        "no index": (mp4[: mp4.index(b"moov") - 4], "film_damaged"),
        "noise in the index": (mp4[:32] + (len(noise) + 8).to_bytes(4, "big") + b"moov" + noise, "film_damaged"),
        "four thousand million pictures": (
            mp4[:size] + b"\xff\xff\xff\xff" + mp4[size + 4 :],
            "film_damaged film_too_short film_too_fast",
        ),
        "four thousand million times": (mp4[:times] + b"\x7f\xff\xff\xff" + mp4[times + 4 :], "film_damaged"),
        "data elsewhere": (mp4.replace(b"url \x00\x00\x00\x01", b"url \x00\x00\x00\x00"), ""),
        "webm of noise": (webm[:60] + noise, "film_damaged"),
    }


def _excessive() -> dict[str, tuple[Callable[[Path, Path], None], str]]:
    def lavfi(*arguments: str) -> Callable[[Path, Path], None]:
        return lambda path, _: ffmpeg("-f", "lavfi", *arguments, str(path))

    tiny = "testsrc2=s=640x360"
    return {
        "bomb": (bomb, "film_too_wide"),
        "bomb that lies": (lying_bomb, "film_damaged film_too_wide"),
        "too small": (lavfi("-i", "testsrc2=s=320x180:d=1", *H264), "film_too_small"),
        "too long": (lavfi("-i", f"{tiny}:r=1:d=200", *H264), "film_too_long"),
        "too short": (lavfi("-i", f"{tiny}:r=25:d=0.2", *H264), "film_too_short"),
        "too fast": (lavfi("-i", f"{tiny}:r=500:d=1", *H264), "film_too_fast"),
        "sound alone": (lavfi("-i", NOISE, "-t", "1", *AAC), "film_without_picture"),
        "motion pictures of another kind": (lavfi("-i", f"{tiny}:d=1", "-c:v", "mjpeg", "-f", "avi"), "film_codec"),
        "old codec": (lavfi("-i", "testsrc2=s=352x288:r=30:d=1", "-c:v", "h263", "-f", "3gp"), "film_codec"),
    }


def bomb(path: Path, folder: Path) -> None:
    """A film of a few kilobytes whose pictures have 16384 x 8192 pixels, by its header and by its stream."""
    plain = folder / "bomb.h264"
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=640x360:d=1", *H264, "-x264-params", "annexb=1", "-f", "h264", str(plain))
    data = plain.read_bytes()
    start = data.index(b"\x00\x00\x01\x67") + 3
    end = data.index(b"\x00\x00\x01", start)
    plain.write_bytes(data[:start] + grown(data[start:end].rstrip(b"\x00"), 1024, 512) + b"\x00" + data[end:])
    ffmpeg("-f", "h264", "-framerate", "25", "-i", str(plain), "-c", "copy", str(path))


def lying_bomb(path: Path, folder: Path) -> None:
    """The same with a header that says 640 x 360."""
    bomb(path, folder)
    data = path.read_bytes()
    at = data.index(b"avc1", data.index(b"stsd")) + 28
    path.write_bytes(data[:at] + (640).to_bytes(2, "big") + (360).to_bytes(2, "big") + data[at + 4 :])


def grown(sps: bytes, width: int, height: int) -> bytes:
    """A sequence parameter set (ITU-T H.264, 7.3.2.1.1) with another size in macroblocks."""
    raw = sps.replace(b"\x00\x00\x03", b"\x00\x00")
    bits = "".join(f"{byte:08b}" for byte in raw[4:])
    at = 0

    def number() -> int:
        nonlocal at
        zeros = bits.index("1", at) - at
        at += 2 * zeros + 1
        return int(bits[at - zeros - 1 : at], 2) - 1

    number()
    if raw[1] == 100:
        for _ in range(3):
            number()
        at += 2
    number()
    if number() == 0:
        number()
    number()
    at += 1
    begin = at
    number()
    number()
    sizes = "".join(_golomb(value - 1) for value in (width, height))
    changed = (bits[:begin] + sizes + bits[at:]).rstrip("0")
    changed += "0" * (-len(changed) % 8)
    packed = raw[:4] + int(changed, 2).to_bytes(len(changed) // 8, "big")
    for last in range(4):
        packed = packed.replace(bytes((0, 0, last)), bytes((0, 0, 3, last)))
    return packed


def _golomb(value: int) -> str:
    code = f"{value + 1:b}"
    return "0" * (len(code) - 1) + code
