"""FFmpeg's WHIP client, as PyAV carries it: a grey picture in H264 and a square wave in Opus, streamed in real time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from threading import Event

import av
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

RATE = 20  # pictures a second
WIDTH, HEIGHT = 320, 180


def write_certificate(folder: Path) -> dict[str, str]:
    """A P-256 certificate: FFmpeg makes one on a curve that OpenSSL 3 and later refuse."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "studio")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=10)).sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, plain)
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return {"cert_file": str(folder / "certificate.pem"), "key_file": str(folder / "key.pem")}


def stream(address: str, options: dict[str, str], stop: Event, most: float = 30.0) -> int:
    """Stream until `stop`, at most `most` seconds; the number of pictures sent. Blocks: for a thread of its own."""
    pictures = 0
    with av.open(address, "w", format="whip", options=options) as container:
        video = container.add_stream(
            "libx264", rate=RATE, options={"preset": "ultrafast", "tune": "zerolatency", "profile": "baseline", "g": str(RATE)}
        )
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("libopus", rate=48_000, layout="stereo")
        began, ticks = time.monotonic(), 0
        while not stop.is_set() and time.monotonic() - began < most:
            picture = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
            for plane in picture.planes:
                plane.update(bytes([pictures * 3 % 256]) * plane.buffer_size)
            picture.pts, picture.time_base = pictures, Fraction(1, RATE)
            container.mux(video.encode(picture))
            pictures += 1
            while ticks * 960 < pictures * 48_000 // RATE:
                sound = av.AudioFrame("s16", "stereo", 960)
                sound.planes[0].update((b"\x00\x20\x00\x20" * 48 + b"\x00\xe0\x00\xe0" * 48) * 10)
                sound.sample_rate, sound.pts, sound.time_base = 48_000, ticks * 960, Fraction(1, 48_000)
                container.mux(audio.encode(sound))
                ticks += 1
            stop.wait(max(0.0, began + pictures / RATE - time.monotonic()))  # in real time
    return pictures
