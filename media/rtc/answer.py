"""Writing the answer: which codecs, which sources or slots, and the description itself (RFC 9429, RFC 8839)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from media.gateway import Direction, Source, Unsupported
from media.rtc.codecs import Chosen, receivable, sendable
from media.rtc.offer import Offer, Section
from media.rtc.stun import Credentials
from media.rtp.extensions import AUDIO_LEVEL_URI, MID_URI, REPAIRED_RID_URI, RID_URI, SEND_TIME_URI
from media.sfu.layout import Codec as MediaCodec
from media.sfu.layout import Kind, PublishLayout, PublishSection, ReceiveLayout, ReceiveSection

PUBLISH_LIMIT, RECEIVE_LIMIT = 4, 24
LAYERS = 3  # simulcast layers of one section
_SOURCES = {"audio": (Source.MICROPHONE, Source.SCREEN_SOUND), "video": (Source.CAMERA, Source.SCREEN)}
_FEEDBACK = {"audio": ("nack",), "video": ("goog-remb", "ccm fir", "nack", "nack pli")}
# What of the offer's a=fmtp line comes back, by codec. An offer's parameter sets (sprop-...) are no business of its answer.
_MIRRORED = {
    MediaCodec.OPUS: ("usedtx",),
    MediaCodec.VP8: (),
    MediaCodec.H264: ("level-asymmetry-allowed", "packetization-mode", "profile-level-id"),
}


@dataclass(frozen=True, slots=True)
class Transport:
    """What the answer says about the way to the node. candidates: (address, port), the preferred one first; tcp: those
    of them where it listens for TCP too."""

    credentials: Credentials
    fingerprint: str
    candidates: Sequence[tuple[str, int]]
    tcp: Sequence[tuple[str, int]] = ()


def publish_layout(offer: Offer) -> PublishLayout:
    """The sections of a publisher. Raises Unsupported."""
    _limit(offer, PUBLISH_LIMIT, ("sendonly", "sendrecv"))
    sections, ssrcs, seen = [], {}, {"audio": 0, "video": 0}
    for section in offer.sections:
        chosen = sendable(section)
        if seen[section.kind] >= 2:
            raise Unsupported("At most two sections each for sound and picture can be sent.")
        source = _SOURCES[section.kind][seen[section.kind]]
        seen[section.kind] += 1
        sections.append(
            PublishSection(
                mid=section.mid,
                kind=Kind(section.kind),
                source=source,
                codec=chosen.codec,
                format=chosen.format,
                nack="nack" in chosen.main.feedback,
                rids=layers_of(section),
            )
        )
        ssrcs.update(dict.fromkeys(section.ssrcs, section.mid))
    return PublishLayout(
        sections=tuple(sections),
        mid_extension=_extension(offer, MID_URI),
        level_extension=_extension(offer, AUDIO_LEVEL_URI),
        rid_extension=_extension(offer, RID_URI),
        repaired_rid_extension=_extension(offer, REPAIRED_RID_URI),
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
        sections.append(
            ReceiveSection(
                mid=section.mid,
                kind=Kind(section.kind),
                formats={each.codec: each.format for each in receivable(section)},
                ssrc=fresh(),
                rtx_ssrc=fresh(),
                first_sequence=random_bits(14),
            )
        )
    mid, send_time = _extension(offer, MID_URI), _extension(offer, SEND_TIME_URI)
    return ReceiveLayout(tuple(sections), mid, send_time, cname=f"node-{random_bits(64):016x}")


def _limit(offer: Offer, sections: int, directions: tuple[str, str]) -> None:
    if len(offer.sections) > sections:
        raise Unsupported(f"At most {sections} sections are possible.")
    if any(section.direction not in directions for section in offer.sections):
        raise Unsupported(f"Every section must be {directions[0]}.")


def layers_of(section: Section) -> tuple[str, ...]:
    """The simulcast layers that are taken: none where packets could not say which of them they belong to."""
    return section.rids[:LAYERS] if section.kind == "video" and RID_URI in section.extensions else ()


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
        chosen = [sendable(section)] if direction is Direction.PUBLISH else receivable(section)
        lines += _media(section, chosen, offer.setup, transport, with_candidates=index == 0)
        lines += _extensions(section, direction)
        for each in chosen:
            lines += _format(each, section.kind)
        if direction is Direction.PUBLISH:
            lines += _wanted(section)
        else:
            cname = layout.cname if isinstance(layout, ReceiveLayout) else "node"
            lines += _stream(streams[section.mid], cname)
    return "\r\n".join(lines) + "\r\n"


def _media(section: Section, chosen: Sequence[Chosen], setup: str, transport: Transport, with_candidates: bool) -> list[str]:
    formats = [each for choice in chosen for each in (choice.format.payload_type, choice.format.rtx) if each is not None]
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
        lines += [f"a=candidate:{value}" for value in candidate_values(transport)]
        lines.append("a=end-of-candidates")
    return lines


def candidate_values(transport: Transport) -> list[str]:
    """Host candidates. Priority by RFC 8445 section 5.1.2.1 with falling local preference, so that some clients, which
    take but the first line, take the best; for TCP by RFC 6544 section 4.2, and behind every UDP candidate."""
    values = []
    for index, (address, port) in enumerate(transport.candidates):
        priority = (126 << 24) + ((65535 - index) << 8) + 255
        values.append(f"{index + 1} 1 udp {priority} {address} {port} typ host")
    for index, (address, port) in enumerate(transport.tcp, len(values)):
        priority = (90 << 24) + (((2 << 13) + 8191 - index) << 8) + 255
        values.append(f"{index + 1} 1 tcp {priority} {address} {port} typ host tcptype passive")
    return values


def _extensions(section: Section, direction: Direction) -> list[str]:
    """Mirrored by id, without the directions that Firefox puts behind them."""
    taken = [MID_URI, SEND_TIME_URI]
    if direction is Direction.PUBLISH:
        taken += [AUDIO_LEVEL_URI] if section.kind == "audio" else []
        taken += [RID_URI, REPAIRED_RID_URI] if layers_of(section) else []
    return [f"a=extmap:{section.extensions[uri]} {uri}" for uri in taken if uri in section.extensions]


def _format(chosen: Chosen, kind: str) -> list[str]:
    main, rtx = chosen.main, chosen.rtx
    number = main.payload_type
    mirrored = [f"{key}={main.parameters[key]}" for key in _MIRRORED[chosen.codec] if key in main.parameters]
    if chosen.codec is MediaCodec.OPUS:
        # Who says that he sends stereo is told that it is welcome; a microphone that merely could is not.
        mirrored += ["stereo=1"] if main.parameters.get("sprop-stereo") == "1" else []
        lines = [f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} " + ";".join(["minptime=10", "useinbandfec=1", *mirrored])]
    else:
        lines = [f"a=rtpmap:{number} {chosen.codec.upper()}/{main.clock}"]
        lines += [f"a=fmtp:{number} " + ";".join(mirrored)] if mirrored else []
    lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in _FEEDBACK[kind] if feedback in main.feedback]
    if rtx is not None:
        lines += [f"a=rtpmap:{rtx.payload_type} rtx/{main.clock}", f"a=fmtp:{rtx.payload_type} apt={number}"]
    return lines


def _wanted(section: Section) -> list[str]:
    """A publisher's section in the answer, with the simulcast layers that it shall send (RFC 8853 section 5.3.2)."""
    rids = layers_of(section)
    return ["a=recvonly", *(f"a=rid:{rid} recv" for rid in rids), *([f"a=simulcast:recv {';'.join(rids)}"] if rids else [])]


def _stream(slot: ReceiveSection, cname: str) -> list[str]:
    """The slot's stream. Each slot is a MediaStream of its own: what stands behind it changes."""
    name = f"slot-{slot.mid}"
    lines = ["a=sendonly", f"a=msid:{name} {name}"]
    ssrcs = [slot.ssrc]
    if any(each.rtx is not None for each in slot.formats.values()):
        ssrcs.append(slot.rtx_ssrc)
        lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
    return lines + [f"a=ssrc:{ssrc} cname:{cname}" for ssrc in ssrcs]
