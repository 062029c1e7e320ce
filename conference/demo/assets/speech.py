"""German sentences spoken by espeak-ng, set one after the other with known times, at a broadcast loudness."""

import array
import math
import re
import subprocess
import tempfile
import wave
from dataclasses import dataclass
from pathlib import Path

RATE = 48_000
# A little room and less edge: formant synthesis is shrill around 3 kHz and dry.
_SOFTEN = "highpass=f=85,equalizer=f=3200:t=q:w=1:g=-4,lowpass=f=7800,aecho=0.9:0.7:29|43:0.11|0.07"
_TARGET_LUFS = -16.0


@dataclass(frozen=True)
class Voice:
    """An espeak-ng voice: variant, words per minute, pitch (0..99)."""

    name: str
    speed: int = 150
    pitch: int = 50


@dataclass(frozen=True)
class Cue:
    """One spoken sentence; times in seconds from the beginning."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Speech:
    """A mono WAV file of 48 kHz with the times of its sentences."""

    file: Path
    seconds: float
    cues: tuple[Cue, ...]

    def levels(self, fps: int) -> list[float]:
        """How open the mouth is in each picture: 0..1, from the loudness of that moment."""
        with wave.open(str(self.file)) as sound:
            samples = array.array("h", sound.readframes(sound.getnframes()))
        step = RATE // fps
        loud = [
            math.sqrt(sum(s * s for s in samples[at : at + step : 8]) / (step / 8)) / 5200 for at in range(0, len(samples), step)
        ]
        before = [0.0, *loud]
        return [min(1.0, 0.65 * now + 0.35 * last) for now, last in zip(loud, before, strict=False)]


def run(*command: str | Path, given: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    """Run a program; raises ``CalledProcessError`` if it fails."""
    return subprocess.run([str(part) for part in command], input=given, check=True, capture_output=True)  # noqa: S603


def sentences_of(text: str) -> list[str]:
    """The sentences of a paragraph."""
    return re.split(r"(?<=[.?]) ", text.strip())


def speak(
    sentences: list[str], voice: Voice, target: Path, lead: float = 0.8, gap: float = 0.4, length: float | None = None
) -> Speech:
    """Speak ``sentences`` into ``target``: silence of ``lead`` seconds, then the sentences ``gap`` seconds apart.

    ``length`` fixes the whole length in seconds; without it 1.2 s of silence follow, rounded up to a fifth of a second so
    that whole pictures (15 a second) and whole Opus frames (50 a second) fit.
    """
    sound = array.array("h", bytes(2 * round(lead * RATE)))
    cues = []
    with tempfile.TemporaryDirectory() as folder:
        for sentence in sentences:
            spoken = _spoken(sentence, voice, Path(folder))
            start = len(sound) / RATE
            sound.extend(spoken)
            cues.append(Cue(round(start, 2), round(len(sound) / RATE, 2), sentence))
            sound.extend(array.array("h", bytes(2 * round(gap * RATE))))
        seconds = length or math.ceil((cues[-1].end + 1.2) * 5) / 5
        if cues[-1].end > seconds:
            raise ValueError(f"{target.name}: {cues[-1].end} s of speech do not fit into {seconds} s")
        whole = round(seconds * RATE)
        sound = array.array("h", [*sound[:whole], *([0] * (whole - len(sound)))])
        raw = Path(folder) / "all.wav"
        _write(raw, sound)
        _level(raw, target)
    return Speech(target, seconds, tuple(cues))


def _spoken(sentence: str, voice: Voice, folder: Path) -> "array.array[int]":
    """One sentence as 48 kHz samples without silence around it."""
    first, second = folder / "one.wav", folder / "two.wav"
    options = ("-s", str(voice.speed), "-p", str(voice.pitch))
    run("espeak-ng", "-v", voice.name, *options, "-w", first, sentence)
    run("ffmpeg", "-y", "-i", first, "-ar", str(RATE), "-ac", "1", "-fflags", "+bitexact", second)
    with wave.open(str(second)) as sound:
        samples = array.array("h", sound.readframes(sound.getnframes()))
    heard = [at for at in range(0, len(samples), 48) if abs(samples[at]) > 150]
    return samples[max(0, heard[0] - 960) : heard[-1] + 2400]


def _write(target: Path, samples: "array.array[int]") -> None:
    with wave.open(str(target), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(samples.tobytes())


def loudness(file: Path) -> float:
    """Integrated loudness in LUFS (EBU R 128)."""
    told = run("ffmpeg", "-hide_banner", "-i", file, "-af", "ebur128", "-f", "null", "-").stderr.decode()
    return float(re.findall(r"I:\s+(-?[\d.]+) LUFS", told)[-1])


def _level(source: Path, target: Path) -> None:
    """Soften ``source`` and bring it to the target loudness with peaks held below -1.5 dBFS."""
    soft = source.with_name("soft.wav")
    run("ffmpeg", "-y", "-i", source, "-af", _SOFTEN, "-ar", str(RATE), soft)
    # The echo makes the sound a little longer than the pictures; cut it where the silence was planned to end.
    with wave.open(str(source)) as sound:
        cut = f"atrim=end_sample={sound.getnframes()}"
    gain = _TARGET_LUFS - loudness(soft)
    for _ in range(3):  # holding the peaks takes some loudness away, which the next round gives back
        chain = f"volume={gain:.2f}dB,alimiter=limit=0.84:level=false,{cut}"
        run("ffmpeg", "-y", "-i", soft, "-af", chain, "-fflags", "+bitexact", target)
        gain += _TARGET_LUFS - loudness(target)
