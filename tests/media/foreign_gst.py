"""A WHIP or WHEP client made of GStreamer's webrtcbin. Runs with Debian's own Python, which has GStreamer's bindings:

    /usr/bin/python3 foreign_gst.py publish|play ADDRESS TOKEN

Says one JSON object per line: {"status": of the POST}, {"state": of the connection}, {"audio": n, "video": n} of decoded buffers
twice a second while playing. Ends, with a DELETE, when its standard input is closed.
"""

from __future__ import annotations

import json
import sys
import threading
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urljoin

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

SENT = """
    videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=20/1 ! vp8enc deadline=1 keyframe-max-dist=40
    ! rtpvp8pay picture-id-mode=15-bit ! application/x-rtp,media=video,encoding-name=VP8,payload=96 ! out.
    audiotestsrc is-live=true ! audioconvert ! opusenc ! rtpopuspay
    ! application/x-rtp,media=audio,encoding-name=OPUS,payload=111 ! out.
"""
PLAYED = (
    ("audio", "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2"),
    ("video", "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,rtcp-fb-nack-pli=true"),
)
DECODERS = {"audio": "rtpopusdepay ! opusdec", "video": "rtpvp8depay ! vp8dec"}
LONGEST = 60  # seconds


class Peer:
    """One webrtcbin and its HTTP."""

    def __init__(self, word: str, address: str, token: str) -> None:
        self.address, self.token = address, token
        self.location = ""
        self.counts = {"audio": 0, "video": 0}
        self.loop = GLib.MainLoop()
        self.pipeline = Gst.Pipeline.new(None) if word == "play" else Gst.parse_launch(f"webrtcbin name=out {SENT}")
        if word == "play":
            self.pipeline.add(Gst.ElementFactory.make("webrtcbin", "out"))
        self.bin = self.pipeline.get_by_name("out")
        self.bin.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
        if word == "play":
            for _, caps in PLAYED:
                way = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
                self.bin.emit("add-transceiver", way, Gst.Caps.from_string(caps))
            self.bin.connect("pad-added", self.arrived)
            GLib.timeout_add(500, self.tell)
        self.bin.connect("on-negotiation-needed", self.begin)
        self.bin.connect("notify::connection-state", lambda *_: say(state=self.bin.get_property("connection-state").value_nick))

    def begin(self, _bin: Any) -> None:
        index = 0
        while (transceiver := self.bin.emit("get-transceiver", index)) is not None:
            if transceiver.get_property("direction") == GstWebRTC.WebRTCRTPTransceiverDirection.SENDRECV:
                transceiver.set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
            index += 1
        self.bin.emit("create-offer", None, Gst.Promise.new_with_change_func(self.offered))

    def offered(self, promise: Any) -> None:
        reply = promise.get_reply()  # owns the offer
        offer = reply.get_value("offer")
        self.bin.emit("set-local-description", offer, Gst.Promise.new())
        threading.Thread(target=self.post, args=(offer.sdp.as_text(),), daemon=True).start()

    def post(self, sdp: str) -> None:
        try:
            with urllib.request.urlopen(self.request("POST", self.address, sdp.encode()), timeout=10) as answer:
                self.location = urljoin(self.address, answer.headers["Location"])
                say(status=answer.status)
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            say(status=error.code, text=error.read().decode(), offer=sdp)
            return
        _, message = GstSdp.SDPMessage.new_from_text(text)
        description = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
        self.bin.emit("set-remote-description", description, Gst.Promise.new())

    def request(self, method: str, address: str, body: bytes | None = None) -> urllib.request.Request:
        headers = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            headers["Content-Type"] = "application/sdp"
        return urllib.request.Request(address, body, headers, method=method)

    def arrived(self, _bin: Any, pad: Any) -> None:
        kind = pad.get_current_caps().get_structure(0).get_string("media")
        branch = Gst.parse_bin_from_description(f"queue ! {DECODERS[kind]} ! fakesink name=sink signal-handoffs=true", True)
        branch.get_by_name("sink").connect("handoff", self.decoded, kind)
        self.pipeline.add(branch)
        branch.sync_state_with_parent()
        pad.link(branch.get_static_pad("sink"))

    def decoded(self, _sink: Any, _buffer: Any, _pad: Any, kind: str) -> None:
        self.counts[kind] += 1

    def tell(self) -> bool:
        say(**self.counts)
        return True

    def run(self) -> None:
        self.pipeline.set_state(Gst.State.PLAYING)
        threading.Thread(target=self.wait, daemon=True).start()
        GLib.timeout_add_seconds(LONGEST, self.loop.quit)
        self.loop.run()
        if self.location:  # before the goodbye in DTLS, after which there would be nothing left to end
            with urllib.request.urlopen(self.request("DELETE", self.location), timeout=10) as answer:
                say(deleted=answer.status)
        self.pipeline.set_state(Gst.State.NULL)

    def wait(self) -> None:
        sys.stdin.read()
        self.loop.quit()


def say(**facts: Any) -> None:
    print(json.dumps(facts), flush=True)


if __name__ == "__main__":
    Gst.init(None)
    Peer(*sys.argv[1:4]).run()
