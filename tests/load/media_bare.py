"""The least that forwarding can cost in Python, and a stream of known rate to test the load client with.

    python -m tests.load.media_bare loop PEERS SECONDS CLIP   "12-byte header + protect (AES-GCM) + sendmmsg", as fast as it goes
    python -m tests.load.media_bare drain SOCKETS             sockets that are read; prints their ports
    python -m tests.load.media_bare pace RATE SECONDS PORT... as many packets a second to these ports, spread evenly

`loop` prints packets and the CPU time of its own process (user and system); the sockets are drained by another one.
"""

from __future__ import annotations

import json
import os
import select
import socket
import struct
import sys
import time
from typing import Any

from pylibsrtp import Policy, Session
from pylibsrtp._binding import ffi as srtp_ffi
from pylibsrtp._binding import lib

from media.clip import read_audio, read_video
from tests.load.media_source import FRAGMENT
from tests.load.media_wire import BATCH, STRIDE, Batch, ffi, own_address, sockaddr, udp

_HEADER = struct.Struct("!BBHII")
PAYLOADS = 512
LAST = (BATCH - 1) * STRIDE


def payloads(clip: str) -> list[bytes]:
    """Pieces of picture and sound in the mixture in which they are sent, without their headers."""
    video, audio = read_video(clip), read_audio(clip)
    parts: list[tuple[float, bytes]] = [(frame.time, frame.data) for frame in audio.frames]
    for frame in video.frames:
        parts += [(frame.time, frame.data[start : start + FRAGMENT]) for start in range(0, len(frame.data), FRAGMENT)]
    return [data for _, data in sorted(parts, key=lambda part: part[0])][:PAYLOADS]


def session(number: int) -> Session:
    profile = Policy.SRTP_PROFILE_AEAD_AES_256_GCM
    return Session(Policy(bytes([number & 0xFF]) * 44, Policy.SSRC_ANY_OUTBOUND, srtp_profile=profile))


def loop(ports: list[int], seconds: float, clip: str) -> dict[str, float]:
    """Each payload goes to every peer once, with its session, at its port, as a fan-out does. Everything that can be
    prepared is prepared, so that only the work itself is left."""
    batch, sock = Batch(control=False), udp(own_address())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    keep = [(session(number), sockaddr((own_address(), port))) for number, port in enumerate(ports)]
    targets = [(number, each._srtp[0], address) for number, (each, address) in enumerate(keep)]
    slots, refused = _slots(batch), 0
    pieces = [(piece, len(piece) + 12) for piece in payloads(clip)]
    head, protect, memory, messages = _HEADER.pack_into, lib.srtp_protect, batch.memory, batch.messages
    send, descriptor = batch.libc.sendmmsg, sock.fileno()
    slot, sent, sequence = iter(slots), 0, 0
    began, cpu = time.monotonic(), time.process_time()
    while time.monotonic() - began < seconds:
        for piece, size in pieces:
            sequence = (sequence + 1) & 0xFFFF
            for number, context, address in targets:
                at, pointer, length, header = next(slot)
                head(memory, at, 0x80, 96, sequence, sequence, number)
                memory[at + 12 : at + size] = piece
                length[0] = size
                if protect(context, pointer, length):
                    raise RuntimeError("libsrtp refused")
                header.msg_name = address
                if at == LAST:
                    done = max(0, send(descriptor, messages, BATCH, 0))
                    sent, refused, slot = sent + done, refused + BATCH - done, iter(slots)
    return {"packets": sent, "refused": refused, "cpu": time.process_time() - cpu, "seconds": time.monotonic() - began}


def _slots(batch: Batch) -> list[tuple[int, Any, Any, Any]]:
    """(offset, memory, length, message header) of each place in a batch. libsrtp keeps a length in an int, the kernel in a
    size_t: on a little-endian machine the low half of the one is the other."""
    base = srtp_ffi.from_buffer("char[]", batch.memory)
    made = []
    for index in range(BATCH):
        header = batch.messages[index].msg_hdr
        header.msg_namelen = ffi.sizeof("struct sockaddr_in")
        place = int(ffi.cast("size_t", ffi.addressof(batch.vectors[index], "iov_len")))
        made.append((index * STRIDE, base + index * STRIDE, srtp_ffi.cast("int *", place), header))
    return made


def drain(count: int) -> None:
    """Until the parent closes stdin."""
    batch = Batch(control=True)
    sockets = [udp(own_address()) for _ in range(count)]
    print(json.dumps([sock.getsockname()[1] for sock in sockets]), flush=True)
    while not select.select([sys.stdin], [], [], 0.002)[0]:
        for sock in sockets:
            while count := batch.receive(sock.fileno()):
                batch.renew(count)


def pace(rate: int, seconds: float, ports: list[int]) -> dict[str, float]:
    """RTP-looking packets, one to each port in turn, in steps of two milliseconds."""
    batch, sock = Batch(control=False), udp(own_address())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    addresses = [sockaddr((own_address(), port)) for port in ports]
    sequences = [0] * len(ports)
    for index in range(BATCH):
        batch.messages[index].msg_hdr.msg_namelen = ffi.sizeof("struct sockaddr_in")
        batch.vectors[index].iov_len = 640
    sent, turn, began = 0, 0, time.monotonic()
    while (now := time.monotonic() - began) < seconds:
        due = int(now * rate)
        while sent < due:
            size = min(BATCH, due - sent)
            for index in range(size):
                turn = (turn + 1) % len(ports)
                sequences[turn] = (sequences[turn] + 1) & 0xFFFF
                _HEADER.pack_into(batch.memory, index * STRIDE, 0x80, 96, sequences[turn], 0, 7)
                batch.messages[index].msg_hdr.msg_name = addresses[turn]
            sent += max(0, batch.libc.sendmmsg(sock.fileno(), batch.messages, size, 0))
        time.sleep(0.002)  # the step of the pace
    return {"packets": sent, "seconds": time.monotonic() - began}


def main() -> None:
    what, *rest = sys.argv[1:]
    if what == "drain":
        drain(int(rest[0]))
        os._exit(0)
    if what == "loop":
        print(json.dumps(loop([int(port) for port in rest[2:]], float(rest[0]), rest[1])), flush=True)
    else:
        print(json.dumps(pace(int(rest[0]), float(rest[1]), [int(port) for port in rest[2:]])), flush=True)


if __name__ == "__main__":
    main()
