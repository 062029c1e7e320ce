"""Reading an SDP offer (RFC 8866, RFC 9429), line by line, and only what the node uses.

Candidates are not even looked at: the node never sends to an address that a client merely named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from media.gateway import PeerFault, Unsupported
from media.rtc.stun import Credentials

LIMIT = 64 * 1024  # bytes of an offer
_TOKEN = re.compile(r"[A-Za-z0-9_.\-]{1,16}")  # a MID must fit a one-byte header extension
_RID = re.compile(r"[A-Za-z0-9_\-]{1,16}")  # RFC 8851 section 10, and a one-byte header extension again
_DIRECTIONS = frozenset({"sendrecv", "sendonly", "recvonly", "inactive"})
_DIGESTS = frozenset({"sha-256", "sha-384", "sha-512"})
_HEX = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+")


@dataclass(slots=True)
class Codec:
    """name in lower case ("vp8", "opus", "rtx"); parameters of a=fmtp; feedback of a=rtcp-fb."""

    payload_type: int
    name: str
    clock: int
    parameters: dict[str, str] = field(default_factory=dict)
    feedback: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Section:
    """One m= section. extensions: header extension URI -> id. rids: the layers of a=simulcast:send, in its order; of
    alternatives the first. The private fields hold lines that may come before those that they belong to."""

    kind: str
    profile: str
    formats: list[int]
    mid: str = ""
    direction: str = "sendrecv"
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    rids: tuple[str, ...] = ()
    multiplexed: bool = False
    reduced_size: bool = False
    _parameters: dict[int, dict[str, str]] = field(default_factory=dict)
    _feedback: dict[str, set[str]] = field(default_factory=dict)
    _sent_rids: set[str] = field(default_factory=set)
    _simulcast: str = ""

    def settle(self) -> None:
        """Put together what stood in different lines: Firefox writes a=fmtp and a=rtcp-fb before a=rtpmap."""
        for number, codec in self.codecs.items():
            codec.parameters = self._parameters.get(number, {})
            codec.feedback = self._feedback.get(str(number), set()) | self._feedback.get("*", set())
        self.rids = _layers(self._simulcast, self._sent_rids)


@dataclass(slots=True)
class Offer:
    """setup: actpass, active or passive. fingerprints: (algorithm, value)."""

    sections: list[Section] = field(default_factory=list)
    fingerprints: list[tuple[str, str]] = field(default_factory=list)
    setup: str = "actpass"
    ufrag: str = ""
    password: str = ""
    bundle: list[str] = field(default_factory=list)

    @property
    def credentials(self) -> Credentials:
        return Credentials(self.ufrag, self.password)


def read_offer(text: str) -> Offer:
    """Parse and check an offer. Raises PeerFault (not an offer) or Unsupported (asks for what we do not do)."""
    if len(text) > LIMIT or len(text.encode("utf-8", "replace")) > LIMIT:
        raise PeerFault("The offer is larger than 64 KiB.")
    if not text.startswith("v=0"):
        raise PeerFault("This is not a session description.")
    offer = Offer()
    try:
        for line in text.splitlines():
            _read_line(offer, line)
    except (ValueError, IndexError):
        raise PeerFault("A line of the offer cannot be read.") from None
    for section in offer.sections:
        section.settle()
    _check(offer)
    return offer


def _read_line(offer: Offer, line: str) -> None:
    if line.startswith("m="):
        kind, _, profile, *formats = line[2:].split()
        if kind not in ("audio", "video"):
            raise Unsupported("Only sections for sound and picture are possible.")
        offer.sections.append(Section(kind, profile, [int(each) for each in formats]))
    elif line.startswith("a="):
        name, _, value = line[2:].partition(":")
        if name in ("fingerprint", "setup", "ice-ufrag", "ice-pwd"):
            _read_transport(offer, name, value)
        elif offer.sections:
            _read_attribute(offer.sections[-1], name, value)
        elif name == "group" and value.startswith("BUNDLE"):
            offer.bundle = value.split()[1:]


def _read_transport(offer: Offer, name: str, value: str) -> None:
    """Attributes of the one bundled transport, wherever they stand; the first section's count."""
    if name == "fingerprint":
        algorithm, digest = value.split()
        fingerprint = (algorithm.lower(), digest.upper())
        if fingerprint not in offer.fingerprints:
            if len(offer.fingerprints) >= 8 or not _HEX.fullmatch(digest):
                raise ValueError(name)
            offer.fingerprints.append(fingerprint)
    elif name == "setup":
        offer.setup = value.strip()
    elif name == "ice-ufrag":
        offer.ufrag = offer.ufrag or value.strip()
    else:
        offer.password = offer.password or value.strip()


def _read_attribute(section: Section, name: str, value: str) -> None:
    if name == "mid":
        section.mid = value.strip()
    elif name in _DIRECTIONS:
        section.direction = name
    elif name == "rtpmap":
        _read_rtpmap(section, value)
    elif name == "fmtp":
        payload_type, _, rest = value.partition(" ")
        pairs = (pair.partition("=") for pair in rest.split(";"))
        section._parameters[int(payload_type)] = {key.strip().lower(): setting.strip() for key, _, setting in pairs}
    elif name == "rtcp-fb":
        target, _, feedback = value.partition(" ")
        section._feedback.setdefault(target, set()).add(feedback.strip())
    elif name == "rid":
        rid, way = value.split()[:2]
        if way == "send" and _RID.fullmatch(rid):
            section._sent_rids.add(rid)
    elif name == "simulcast":
        words = value.split()
        if "send" in words:
            section._simulcast = words[words.index("send") + 1]
    elif name == "extmap":
        identifier, uri = value.split()[:2]
        number = int(identifier.partition("/")[0])  # Firefox writes "3/sendonly"
        if 0 < number < 15:
            section.extensions[uri] = number
    elif name == "ssrc":
        ssrc = int(value.split()[0])
        if ssrc not in section.ssrcs and len(section.ssrcs) < 16:
            section.ssrcs.append(ssrc)
    elif name == "rtcp-mux":
        section.multiplexed = True
    elif name == "rtcp-rsize":
        section.reduced_size = True


def _read_rtpmap(section: Section, value: str) -> None:
    number, _, encoding = value.partition(" ")
    name, clock = encoding.split("/")[:2]
    payload_type = int(number)
    if payload_type in section.formats and 0 <= payload_type < 128:
        section.codecs[payload_type] = Codec(payload_type, name.lower(), int(clock))


def _layers(simulcast: str, declared: set[str]) -> tuple[str, ...]:
    """ "a;~b,c;d" of RFC 8853 section 5.1 -> ("a", "b", "d"); a layer that is paused at first (~) is one all the same."""
    found: list[str] = []
    for layer in simulcast.split(";"):
        alternatives = [rid.removeprefix("~") for rid in layer.split(",")]
        usable = [rid for rid in alternatives if rid in declared and rid not in found]
        found += usable[:1]
    return tuple(found)


def _check(offer: Offer) -> None:
    if not offer.sections:
        raise PeerFault("The offer has no section.")
    if len(offer.ufrag) < 4 or len(offer.password) < 22 or len(offer.ufrag) > 256 or len(offer.password) > 256:
        raise PeerFault("The offer has no usable ICE credentials.")
    if not any(algorithm in _DIGESTS for algorithm, _ in offer.fingerprints):
        raise PeerFault("The offer has no fingerprint with SHA-256 or better.")
    if offer.setup not in ("actpass", "active", "passive"):
        raise Unsupported("The DTLS role of the offer is not possible.")
    mids = [section.mid for section in offer.sections]
    if len(set(mids)) != len(mids) or not all(_TOKEN.fullmatch(mid) for mid in mids):
        raise PeerFault("Every section needs its own short mid.")
    if len(mids) > 1 and set(offer.bundle) != set(mids):
        raise Unsupported("All sections must be bundled.")
    if not all(section.multiplexed for section in offer.sections):
        raise Unsupported("RTP and RTCP must share one port.")
    if not all("SAVPF" in section.profile for section in offer.sections):
        raise Unsupported("Only encrypted media is possible.")
