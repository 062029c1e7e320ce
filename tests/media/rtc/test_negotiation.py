"""What real browsers and studio programs offer is answered with what the node takes, and nothing else."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from media.gateway import Direction, PeerFault, Source, Unsupported
from media.rtc.answer import Transport, publish_layout, receive_layout, write_answer
from media.rtc.offer import Offer, read_offer
from media.rtc.stun import Credentials
from media.sfu.layout import Codec, Format, Kind, PublishLayout, PublishSection, ReceiveLayout

OFFERS = Path(__file__).with_name("offers")
TRANSPORT = Transport(Credentials("ufrag", "p" * 24), "AB:CD", [("192.0.2.1", 5000), ("2001:db8::1", 5000)])
DECLINED = re.compile("VP9|AV1| red/|ulpfec|transport-cc|transport-wide|dependency|toffset|playout|telephone|/recvonly|/sendonly")


def offered(name: str) -> str:
    return (OFFERS / f"{name}.sdp").read_text()


def published(text: str) -> tuple[PublishLayout, str]:
    offer = read_offer(text)
    layout = publish_layout(offer)
    return layout, write_answer(offer, Direction.PUBLISH, layout, TRANSPORT)


def received(text: str) -> tuple[ReceiveLayout, str]:
    offer = read_offer(text)
    layout = receive_layout(offer, random.Random(3).getrandbits)
    return layout, write_answer(offer, Direction.RECEIVE, layout, TRANSPORT)


def sections(sdp: str) -> list[list[str]]:
    """The lines of each m= section."""
    return [part.splitlines() for part in re.split(r"(?m)^(?=m=)", sdp)[1:]]


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_browser_publishes_simulcast(browser: str) -> None:
    layout, answer = published(offered(f"{browser}_publish"))
    assert [(section.kind, section.source, section.rids) for section in layout.sections] == [
        (Kind.AUDIO, Source.MICROPHONE, ()),
        (Kind.VIDEO, Source.CAMERA, ("q", "h", "f")),
        (Kind.VIDEO, Source.SCREEN, ()),
        (Kind.AUDIO, Source.SCREEN_SOUND, ()),
    ]
    camera = layout.sections[1]
    number, rtx = {"chromium": (96, 97), "firefox": (120, 124)}[browser]
    assert (camera.codec, camera.format, camera.nack) == (Codec.VP8, Format(number, rtx), True)
    ids = {"chromium": (4, 1, 10, 11, 2), "firefox": (3, 1, 9, 10, 4)}[browser]
    assert (layout.mid_extension, layout.level_extension, layout.rid_extension, layout.repaired_rid_extension) == ids[:4]
    lines = sections(answer)[1]
    assert lines[0] == f"m=video 5000 UDP/TLS/RTP/SAVPF {number} {rtx}"
    assert {"a=recvonly", "a=rid:q recv", "a=rid:h recv", "a=rid:f recv", "a=simulcast:recv q;h;f"} <= set(lines)
    assert {line for line in lines if line.startswith("a=extmap")} == {
        f"a=extmap:{ids[0]} urn:ietf:params:rtp-hdrext:sdes:mid",
        f"a=extmap:{ids[2]} urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id",
        f"a=extmap:{ids[3]} urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
        f"a=extmap:{ids[4]} http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
    }
    assert {line for line in lines if line.startswith("a=rtcp-fb")} == {
        f"a=rtcp-fb:{number} {feedback}" for feedback in ("goog-remb", "ccm fir", "nack", "nack pli")
    }
    assert not any("simulcast" in line or "stream-id" in line for line in sections(answer)[2])
    assert not DECLINED.search(answer)


@pytest.mark.parametrize("browser", ["chromium", "firefox"])
def test_a_browser_receives_every_codec_that_it_can_show(browser: str) -> None:
    layout, answer = received(offered(f"{browser}_receive"))
    assert [section.kind for section in layout.sections] == [Kind.AUDIO, Kind.AUDIO, Kind.VIDEO, Kind.VIDEO]
    shown = {
        "chromium": {Codec.VP8: Format(96, 97), Codec.H264: Format(108, 109)},
        "firefox": {Codec.VP8: Format(120, 124)},  # without its OpenH264 plugin
    }[browser]
    assert layout.sections[2].formats == shown
    assert (layout.mid_extension, layout.send_time_extension) == ((4, 2) if browser == "chromium" else (3, 4))
    lines = sections(answer)[2]
    assert "a=sendonly" in lines
    assert ("a=fmtp:108 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" in lines) == (len(shown) == 2)
    assert not DECLINED.search(answer)


def test_a_studio_program_sends_h264() -> None:
    layout, answer = published(offered("obs_publish"))
    assert [(section.codec, section.format, section.nack) for section in layout.sections] == [
        (Codec.OPUS, Format(111), False),
        (Codec.H264, Format(96), True),
    ]
    assert layout.mid_extension is None
    assert layout.ssrcs == {1830045710: "0", 1830045711: "1"}
    assert "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1" in answer
    assert "a=fmtp:96 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f" in answer
    assert "a=rtcp-rsize" not in answer


def only_h264(*profiles: str, mode: str = "1") -> str:
    """The studio's offer with these H264 formats from payload type 100 on."""
    text = offered("obs_publish").replace("SAVPF 96", "SAVPF " + " ".join(str(100 + n) for n in range(len(profiles))))
    text = re.sub(r"(?m)^a=(rtpmap|rtcp-fb|fmtp):96.*\n", "", text)
    for number, profile in enumerate(profiles, 100):
        text += f"a=rtpmap:{number} H264/90000\na=fmtp:{number} packetization-mode={mode};{profile}\n"
    return text


@pytest.mark.parametrize(
    ("profiles", "taken"),
    [
        (["profile-level-id=640c1f", "profile-level-id=42e01f"], 101),
        (["profile-level-id=640c1f", "profile-level-id=4D0032"], 101),
        (["profile-level-id=F4001f", "profile-level-id=640032"], 101),
        (["profile-level-id=42E02A"], 100),
        (["x=1"], 100),  # without a profile it is baseline
    ],
)
def test_the_plainest_h264_profile_is_taken(profiles: list[str], taken: int) -> None:
    layout, _ = published(only_h264(*profiles))
    assert layout.sections[1].format.payload_type == taken


@pytest.mark.parametrize("text", [only_h264("profile-level-id=42e01f", mode="0"), only_h264("profile-level-id=f4001f")])
def test_a_picture_that_no_browser_shows_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(Unsupported, match=r"VP8, or as H264 with packetization-mode 1\.$"):
        published(text)


def test_a_receiver_of_high_profile_alone_is_refused() -> None:
    text = only_h264("profile-level-id=640c1f").replace("sendonly", "recvonly")
    with pytest.raises(Unsupported, match="must be able to show VP8"):
        received(text)
    assert received(text.replace("640c1f", "42001f"))[0].sections[1].formats == {Codec.H264: Format(100)}


@pytest.mark.parametrize(
    ("simulcast", "rids"),
    [
        ("send q;h;f", ("q", "h", "f")),
        ("send ~q;h;~f recv x", ("q", "h", "f")),
        ("recv x send f;h", ("f", "h")),
        ("send a,q;h", ("q", "h")),  # "a" was not declared
        ("send q,h;h;f", ("q", "h", "f")),
        ("send q;q;h", ("q", "h")),
        ("send q;h;f;g", ("q", "h", "f")),
        ("send", None),
        ("recv q", ()),
        ("send ;;", ()),
    ],
)
def test_simulcast_lines(simulcast: str, rids: tuple[str, ...] | None) -> None:
    text = offered("chromium_publish").replace("a=simulcast:send q;h;f", f"a=rid:g send\na=simulcast:{simulcast}")
    if rids is None:
        with pytest.raises(PeerFault):
            published(text)
        return
    layout, answer = published(text)
    assert layout.sections[1].rids == rids
    assert (f"a=simulcast:recv {';'.join(rids)}" in answer.splitlines()) == bool(rids)


def test_layers_that_no_packet_could_name_are_not_taken() -> None:
    text = re.sub(r"(?m)^a=extmap:\d+ urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id\n", "", offered("chromium_publish"))
    layout, answer = published(text)
    assert layout.sections[1].rids == ()
    assert "simulcast" not in answer


@pytest.mark.parametrize("direction", ["publish", "receive"])
def test_sound_is_repaired_where_the_offer_says_so(direction: str) -> None:
    text = offered(f"chromium_{direction}").replace("SAVPF 111 63", "SAVPF 111 36 63")
    extra = "a=rtcp-fb:111 nack\na=rtpmap:36 rtx/48000\na=fmtp:36 apt=111\na=rtcp-fb:111 transport-cc\n"
    layout, answer = (published if direction == "publish" else received)(text.replace("a=rtcp-fb:111 transport-cc\n", extra))
    lines = sections(answer)[0]
    assert lines[0].endswith("SAVPF 111 36")
    assert {"a=rtcp-fb:111 nack", "a=rtpmap:36 rtx/48000", "a=fmtp:36 apt=111"} <= set(lines)
    section = layout.sections[0]
    assert (section.format if isinstance(section, PublishSection) else section.formats[Codec.OPUS]) == Format(111, 36)


def test_discontinuous_sound_is_mirrored() -> None:
    _, answer = published(offered("chromium_publish").replace("useinbandfec=1", "useinbandfec=1;usedtx=1"))
    assert "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1" in answer


def test_feedback_for_all_formats_counts_for_each() -> None:
    text = re.sub(r"(?m)^a=rtcp-fb:96 .*\n", "", offered("obs_publish")).replace(
        "a=rtpmap:96", "a=rtcp-fb:* nack pli\na=rtpmap:96"
    )
    assert "a=rtcp-fb:96 nack pli" in published(text)[1]


def test_the_own_answer_can_be_read_again() -> None:
    for name, direction in (("chromium_publish", published), ("firefox_receive", received)):
        again: Offer = read_offer(direction(offered(name))[1])
        assert [section.mid for section in again.sections] == ["0", "1", "2", "3"]


def test_gstreamer_publishes_the_picture_first() -> None:
    layout, answer = published(offered("gstreamer_publish"))
    assert [(section.mid, section.source, section.format.payload_type) for section in layout.sections] == [
        ("video0", Source.CAMERA, 96),
        ("audio1", Source.MICROPHONE, 111),
    ]
    assert answer.count("a=candidate:") == 2
    assert "a=group:BUNDLE video0 audio1" in answer
