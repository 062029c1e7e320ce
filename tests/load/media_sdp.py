"""As much SDP as the load needs: offers as a browser makes them, answers to another server's offers, and what to connect to.

Kept apart from the node's own code, so that a change there does not change what is measured.
"""

from __future__ import annotations

from dataclasses import dataclass, field

OPUS, VP8, RTX = 111, 96, 97
MID_ID, LEVEL_ID, TIME_ID = 1, 2, 3
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
_FEEDBACK = {"audio": ("nack",), "video": ("goog-remb", "ccm fir", "nack", "nack pli")}
_HEAD = ("v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "t=0 0")


@dataclass(frozen=True, slots=True)
class Local:
    """What this side says of itself. ssrcs: mid -> what it sends there."""

    ufrag: str
    password: str
    fingerprint: str
    address: tuple[str, int]
    ssrcs: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class RemoteSection:
    kind: str
    profile: str
    mid: str = ""
    formats: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def types(self, codec: str) -> list[str]:
        """Payload types of a codec, as text."""
        maps = [line.removeprefix("a=rtpmap:").split() for line in self.lines if line.startswith("a=rtpmap:")]
        return [number for number, name in maps if name.lower().startswith(codec + "/")]


@dataclass(slots=True)
class Remote:
    """The other side: where to send checks, with which password, and what it expects."""

    ufrag: str = ""
    password: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    setup: str = "actpass"
    addresses: list[tuple[str, int]] = field(default_factory=list)
    sections: list[RemoteSection] = field(default_factory=list)
    ssrcs: set[int] = field(default_factory=set)


def read(text: str) -> Remote:
    """Take an offer or an answer apart. The first credentials and the first setup count for the whole bundle."""
    remote = Remote()
    setup = ""
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if line.startswith("m="):
            kind, _, profile, *formats = line[2:].split()
            remote.sections.append(RemoteSection(kind, profile, formats=formats))
        elif name == "a=ice-ufrag":
            remote.ufrag = remote.ufrag or value
        elif name == "a=ice-pwd":
            remote.password = remote.password or value
        elif name == "a=fingerprint":
            algorithm, digest = value.split()
            remote.fingerprints.append((algorithm.lower(), digest.upper()))
        elif name == "a=setup":
            setup = setup or value
        elif name == "a=candidate":
            words = value.split()
            if words[2].lower() == "udp" and "." in words[4]:
                remote.addresses.append((words[4], int(words[5])))
        elif name == "a=ssrc":
            remote.ssrcs.add(int(value.split()[0]))
        elif name == "a=mid":
            remote.sections[-1].mid = value
        if remote.sections:
            remote.sections[-1].lines.append(line)
    remote.setup = setup or remote.setup
    remote.addresses.sort(key=lambda address: not address[0].startswith("127."))
    return remote


def _transport(local: Local, setup: str) -> list[str]:
    return [
        "c=IN IP4 127.0.0.1",
        f"a=ice-ufrag:{local.ufrag}",
        f"a=ice-pwd:{local.password}",
        f"a=fingerprint:sha-256 {local.fingerprint}",
        f"a=setup:{setup}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
        f"a=candidate:1 1 udp 2130706431 {local.address[0]} {local.address[1]} typ host",
        "a=end-of-candidates",
    ]


def write_offer(local: Local, sections: list[tuple[str, str]], sends: bool) -> str:
    """sections: (mid, kind). All feedback and extensions that browsers ask for and the servers know."""
    lines = [*_HEAD, "a=group:BUNDLE " + " ".join(mid for mid, _ in sections), "a=msid-semantic: WMS *"]
    for mid, kind in sections:
        types = [OPUS] if kind == "audio" else [VP8, RTX]
        lines += [f"m={kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}", *_transport(local, "actpass"), f"a=mid:{mid}"]
        lines += ["a=sendonly" if sends else "a=recvonly", f"a=extmap:{MID_ID} {MID}", f"a=extmap:{TIME_ID} {SEND_TIME}"]
        if kind == "audio":
            lines += [
                f"a=extmap:{LEVEL_ID} {LEVEL}",
                f"a=rtpmap:{OPUS} opus/48000/2",
                f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
            ]
        else:
            lines += [f"a=rtpmap:{VP8} VP8/90000", f"a=rtpmap:{RTX} rtx/90000", f"a=fmtp:{RTX} apt={VP8}"]
        lines += [f"a=rtcp-fb:{types[0]} {feedback}" for feedback in _FEEDBACK[kind]]
        if sends:
            lines += [f"a=msid:load {kind}-{mid}", f"a=ssrc:{local.ssrcs[mid]} cname:load"]
    return "\r\n".join(lines) + "\r\n"


def write_answer(local: Local, offer: Remote) -> str:
    """Receive everything that is offered, with all of its codecs, feedback and extensions; DTLS client."""
    lines = [*_HEAD, "a=group:BUNDLE " + " ".join(section.mid for section in offer.sections), "a=msid-semantic: WMS *"]
    kept = ("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:", "a=extmap:")
    for section in offer.sections:
        lines.append(f"m={section.kind} 9 {section.profile} {' '.join(section.formats)}")
        lines += [*_transport(local, "active"), f"a=mid:{section.mid}", "a=recvonly"]
        lines += [line for line in section.lines if line.startswith(kept)]
    return "\r\n".join(lines) + "\r\n"
