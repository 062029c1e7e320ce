"""Pictures and sound into files: H.264 and AAC for cards, VP8 and Opus for what is played in live."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

from .canvas import HEIGHT, WIDTH

FPS = 15
_EXACT = ("-map_metadata", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact")
# The index in front (faststart), an even colour range that every player knows, one key picture every four seconds.
_CARD = (
    *("-vf", "scale=out_color_matrix=bt709:out_range=tv", "-sws_flags", "accurate_rnd+full_chroma_int"),
    *("-c:v", "libx264", "-preset", "veryslow", "-tune", "animation", "-crf", "30", "-threads", "1"),
    *("-pix_fmt", "yuv420p", "-profile:v", "high", "-level", "3.0", "-g", str(4 * FPS)),
    *("-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-movflags", "+faststart"),
    *("-c:a", "aac", "-b:a", "32k", "-ac", "1", "-ar", "32000"),
)
# As a live encoder would make it: no hidden alternate reference pictures (each packet is one shown picture), no look
# ahead, one key picture every three seconds for those who come late.
_LIVE = (
    # VP8 knows one colour space (RFC 6386, 9.2): that of BT.601.
    *("-vf", "scale=out_color_matrix=bt601:out_range=tv", "-sws_flags", "accurate_rnd+full_chroma_int"),
    *("-c:v", "libvpx", "-b:v", "110k", "-maxrate", "300k", "-bufsize", "300k", "-crf", "12", "-qmin", "4", "-qmax", "34"),
    *("-g", str(3 * FPS), "-keyint_min", str(3 * FPS), "-auto-alt-ref", "0", "-lag-in-frames", "0"),
    *("-deadline", "good", "-cpu-used", "0", "-error-resilient", "default", "-threads", "1", "-pix_fmt", "yuv420p"),
    *("-c:a", "libopus", "-b:a", "24k", "-ac", "1", "-frame_duration", "20", "-application", "voip", "-dtx", "0"),
)


def _encode(frames: Iterable[bytes], sound: Path | None, target: Path, options: tuple[str, ...]) -> None:
    raw = ("-f", "rawvideo", "-pix_fmt", "bgra", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "-")
    heard = ("-i", str(sound)) if sound else ()
    command = ("ffmpeg", "-y", "-loglevel", "error", *raw, *heard, *options, *_EXACT, str(target))
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:  # noqa: S603
        if encoder.stdin is None:
            raise RuntimeError("ffmpeg takes no input")
        for frame in frames:
            encoder.stdin.write(frame)
        encoder.stdin.close()
    if encoder.returncode:
        raise subprocess.CalledProcessError(encoder.returncode, command)


def write_card(frames: Iterable[bytes], sound: Path, target: Path) -> None:
    """A video card: MP4 with fast start, 15 pictures a second."""
    _encode(frames, sound, target, _CARD)


def write_clip(frames: Iterable[bytes], sound: Path | None, target: Path) -> None:
    """A clip for a live publisher: WebM with VP8, and Opus if there is ``sound``."""
    _encode(frames, sound, target, _LIVE)
