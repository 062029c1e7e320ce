"""Writing the answer: which codecs, which sources or slots, and the description itself (RFC 9429, RFC 8839)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media.gateway import Direction, Source, Unsupported
from media.rtc.offer import Codec, Offer, Section
from media.rtc.stun import Credentials
from media.rtp.extensions import AUDIO_LEVEL_URI, MID_URI
from media.sfu.layout import Codec as MediaCodec
from media.sfu.layout import Format, Kind, PublishLayout, PublishSection, ReceiveLayout, ReceiveSection

PUBLISH_LIMIT, RECEIVE_LIMIT = 4, 24
_CODECS = {"audio": "opus", "video": "vp8"}
_SOURCES = {"audio": (Source.MICROPHONE, Source.SCREEN_SOUND), "video": (Source.CAMERA, Source.SCREEN)}
_VIDEO_FEEDBACK = ("goog-remb", "ccm fir", "nack", "nack pli")


@dataclass(frozen=True, slots=True)
class Transport:
    """What the answer says about the way to the node. candidates: (address, port), the preferred one first."""

    credentials: Credentials
    fingerprint: str
    candidates: Sequence[tuple[str, int]]


def publish_layout(offer: Offer) -> PublishLayout:
    """The sections of a publisher. Raises Unsupported."""
    _limit(offer, PUBLISH_LIMIT, ("sendonly", "sendrecv"))
    sections, ssrcs, seen = [], {}, {"audio": 0, "video": 0}
    for section in offer.sections:
        main, rtx = codecs_of(section)
        if seen[section.kind] >= 2:
            raise Unsupported("At most two sections each for sound and picture can be sent.")
        source = _SOURCES[section.kind][seen[section.kind]]
        seen[section.kind] += 1
        sections.append(
            PublishSection(
                mid=section.mid,
                kind=Kind(section.kind),
                source=source,
                codec=MediaCodec(main.name),
                format=_format(main, rtx),
                nack="nack" in main.feedback,
            )
        )
        ssrcs.update(dict.fromkeys(section.ssrcs, section.mid))
    return PublishLayout(
        sections=tuple(sections),
        mid_extension=_extension(offer, MID_URI),
        level_extension=_extension(offer, AUDIO_LEVEL_URI),
        ssrcs=ssrcs,
    )


def receive_layout(offer: Offer, random_bits: Callable[[int], int]) -> ReceiveLayout:
    """The slots of a receiver, each with SSRCs of its own. Raises Unsupported. random_bits(n): an n-bit number."""
    _limit(offer, RECEIVE_LIMIT, ("recvonly", "sendrecv"))
    sections, used = [], {0, 1}

    def fresh() -> int:
        while (ssrc := random_bits(32)) in used:
            pass
        used.add(ssrc)
        return ssrc

    for section in offer.sections:
        main, rtx = codecs_of(section)
        sections.append(
            ReceiveSection(
                mid=section.mid,
                kind=Kind(section.kind),
                formats={MediaCodec(main.name): _format(main, rtx)},
                ssrc=fresh(),
                rtx_ssrc=fresh(),
                first_sequence=random_bits(14),
            )
        )
    return ReceiveLayout(tuple(sections), _extension(offer, MID_URI), cname=f"node-{random_bits(64):016x}")


def _format(main: Codec, rtx: Codec | None) -> Format:
    return Format(main.payload_type, rtx.payload_type if rtx is not None else None)


def _limit(offer: Offer, sections: int, directions: tuple[str, str]) -> None:
    if len(offer.sections) > sections:
        raise Unsupported(f"At most {sections} sections are possible.")
    if any(section.direction not in directions for section in offer.sections):
        raise Unsupported(f"Every section must be {directions[0]}.")


def codecs_of(section: Section) -> tuple[Codec, Codec | None]:
    """The codec that the node forwards and its retransmission format. Raises Unsupported."""
    wanted = _CODECS[section.kind]
    for payload_type in section.formats:
        main = section.codecs.get(payload_type)
        if main is not None and main.name == wanted:
            for codec in section.codecs.values():
                if codec.name == "rtx" and codec.parameters.get("apt") == str(payload_type):
                    return main, codec
            return main, None
    raise Unsupported(f"The offer has a section without {wanted.upper()}.")


def _extension(offer: Offer, uri: str) -> int | None:
    """Its id, when all sections that have it agree (they must, in one bundle: RFC 8843 section 9.2)."""
    numbers = {section.extensions[uri] for section in offer.sections if uri in section.extensions}
    return numbers.pop() if len(numbers) == 1 else None


def write_answer(offer: Offer, direction: Direction, layout: PublishLayout | ReceiveLayout, transport: Transport) -> str:
    """The whole answer; sections in the order of the offer."""
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 0.0.0.0",
        "s=-",
        "t=0 0",
        *(["a=group:BUNDLE " + " ".join(section.mid for section in offer.sections)] if offer.bundle else []),
        "a=ice-lite",
        "a=msid-semantic: WMS *",
        f"a=fingerprint:sha-256 {transport.fingerprint}",
    ]
    streams = {section.mid: section for section in layout.sections if isinstance(section, ReceiveSection)}
    for index, section in enumerate(offer.sections):
        lines += _media(section, offer.setup, transport, with_candidates=index == 0)
        lines += _formats(section)
        if direction is Direction.PUBLISH:
            lines.append("a=recvonly")
        else:
            cname = layout.cname if isinstance(layout, ReceiveLayout) else "node"
            lines += _stream(streams[section.mid], cname)
    return "\r\n".join(lines) + "\r\n"


def _media(section: Section, setup: str, transport: Transport, with_candidates: bool) -> list[str]:
    main, rtx = codecs_of(section)
    formats = [main.payload_type] + ([rtx.payload_type] if rtx is not None else [])
    port = transport.candidates[0][1]
    lines = [
        f"m={section.kind} {port} UDP/TLS/RTP/SAVPF " + " ".join(map(str, formats)),
        "c=IN IP4 0.0.0.0",
        f"a=mid:{section.mid}",
        f"a=ice-ufrag:{transport.credentials.ufrag}",
        f"a=ice-pwd:{transport.credentials.password}",
        # Server role wherever possible: browsers then take AES-GCM, which is cheaper than AES-CM with HMAC-SHA1.
        "a=setup:active" if setup == "passive" else "a=setup:passive",
        "a=rtcp-mux",
    ]
    if section.reduced_size:
        lines.append("a=rtcp-rsize")
    if with_candidates:  # in a bundle only the first section's count (RFC 8843 section 10)
        lines += [_candidate(index, *where) for index, where in enumerate(transport.candidates)]
        lines.append("a=end-of-candidates")
    return lines


def _candidate(index: int, address: str, port: int) -> str:
    """A host candidate; priority by RFC 8445 section 5.1.2.1 with falling local preference."""
    priority = (126 << 24) + ((65535 - index) << 8) + 255
    return f"a=candidate:{index + 1} 1 udp {priority} {address} {port} typ host"


def _formats(section: Section) -> list[str]:
    main, rtx = codecs_of(section)
    number = main.payload_type
    lines = []
    for uri in (MID_URI, AUDIO_LEVEL_URI):
        if uri in section.extensions:
            lines.append(f"a=extmap:{section.extensions[uri]} {uri}")
    if section.kind == "audio":
        lines += [f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} minptime=10;useinbandfec=1"]
        wanted: tuple[str, ...] = ("nack",)
    else:
        lines.append(f"a=rtpmap:{number} VP8/90000")
        wanted = _VIDEO_FEEDBACK
    lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in wanted if feedback in main.feedback]
    if rtx is not None:
        lines += [f"a=rtpmap:{rtx.payload_type} rtx/{main.clock}", f"a=fmtp:{rtx.payload_type} apt={number}"]
    return lines


def _stream(slot: ReceiveSection, cname: str) -> list[str]:
    """The slot's stream. Each slot is a MediaStream of its own: what stands behind it changes."""
    name = f"slot-{slot.mid}"
    lines = ["a=sendonly", f"a=msid:{name} {name}"]
    ssrcs = [slot.ssrc]
    if any(each.rtx is not None for each in slot.formats.values()):
        ssrcs.append(slot.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
    return lines + [f"a=ssrc:{ssrc} cname:{cname}" for ssrc in ssrcs]
