// A person of the rig: publishes and receives with plain WebRTC, and measures what a person would notice.
// `rig` is the whole interface for the tests; times are in milliseconds of performance.now().

const peer = location.pathname.split("/").pop();
const RIDS = [
  { rid: "q", scaleResolutionDownBy: 4, maxBitrate: 150_000 },
  { rid: "h", scaleResolutionDownBy: 2, maxBitrate: 500_000 },
  { rid: "f", scaleResolutionDownBy: 1, maxBitrate: 1_500_000 },
];
const CODECS = { audio: ["audio/opus"], video: ["video/VP8", "video/rtx"] };
const rig = { peer, links: {}, slots: [], stalls: [], sources: {} };
window.rig = rig;

// How long the page itself could not do anything: a gap between frames in that time is not the network's.
let ticked = performance.now();
setInterval(() => {
  const now = performance.now();
  if (now - ticked > 100) rig.stalls.push([ticked, now]);
  ticked = now;
}, 20);

function stalled(from, until) {
  return rig.stalls.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(end, until) - Math.max(start, from)), 0);
}

async function connect(direction, pc, change = (sdp) => sdp, wish = (sdp) => sdp) {
  const offer = await pc.createOffer();
  // Browsers ask for lost sound again only when they are made to offer it, as the room's page does.
  const sdp = offer.sdp.replace(/a=rtpmap:(\d+) opus\/48000\/2\r\n(?!a=rtcp-fb:\1 nack\r\n)/gi, "$&a=rtcp-fb:$1 nack\r\n");
  await pc.setLocalDescription({ type: "offer", sdp: wish(sdp) });
  const started = performance.now();
  const reply = await fetch(`/${direction}/${peer}`, {
    method: "POST",
    headers: { "Content-Type": "application/sdp" },
    body: pc.localDescription.sdp,
  });
  if (reply.status !== 201) throw new Error(`${direction}: ${reply.status} ${await reply.text()}`);
  const place = reply.headers.get("Location");
  const link = { pc, place, connection: place.split("/").pop(), started, connected: null };
  rig.links[direction] = link;
  pc.addEventListener("connectionstatechange", () => {
    if (pc.connectionState === "connected") link.connected ??= performance.now() - started;
  });
  await pc.setRemoteDescription({ type: "answer", sdp: change(await reply.text()) });
  return link.connection;
}

function prefer(transceiver, kind, wanted) {
  const known = RTCRtpReceiver.getCapabilities(kind).codecs;
  const codecs = wanted.flatMap((name) => known.filter(({ mimeType }) => mimeType.toLowerCase() === name.toLowerCase()));
  transceiver.setCodecPreferences(codecs);
}

// -- what is sent ----------------------------------------------------------------------------------------------------

function canvasTrack(width, height, fps) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const pen = canvas.getContext("2d");
  let step = 0;
  const draw = () => {
    step += 1;
    pen.fillStyle = `hsl(${step} 40% 30%)`;
    pen.fillRect(0, 0, width, height);
    for (let index = 0; index < 60; index++) {
      pen.fillStyle = `hsl(${(index * 47) % 360} 80% 60%)`;
      pen.fillRect((index * 97 + step * (3 + (index % 5))) % width, (index * 61 + step * (index % 3)) % height, width / 16, height / 14);
    }
  };
  draw();
  rig.sources.drawing = setInterval(draw, 1000 / fps);
  return canvas.captureStream(fps).getVideoTracks()[0];
}

async function cameraTrack(width, height, fps) {
  const stream = await navigator.mediaDevices.getUserMedia({ video: { width, height, frameRate: fps } });
  return stream.getVideoTracks()[0];
}

// "tone": one note for ever; "words": a second of a note, a second of silence; "stereo": left and right differ.
async function toneTrack(kind) {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const context = (rig.sources.context ??= new AudioContext({ sampleRate: 48000 }));
  const running = context.resume().then(() => true); // who may use a microphone may also play without a click
  // Firefox starts no sound without a sound card. Its fake microphone is a note that never ends.
  if (!(await Promise.race([running, new Promise((done) => setTimeout(done, 1000, false))]))) return stream.getAudioTracks()[0];
  const target = context.createMediaStreamDestination();
  target.channelCount = kind === "stereo" ? 2 : 1;
  const note = (frequency) => {
    const oscillator = context.createOscillator();
    oscillator.frequency.value = frequency;
    oscillator.start();
    return oscillator;
  };
  if (kind === "stereo") {
    const merger = context.createChannelMerger(2);
    note(330).connect(merger, 0, 0);
    const right = context.createGain();
    right.gain.value = 0.1;
    note(550).connect(right).connect(merger, 0, 1);
    merger.connect(target);
  } else {
    const gain = context.createGain();
    gain.gain.value = 0.4;
    note(440).connect(gain).connect(target);
    if (kind === "words") {
      let loud = true;
      rig.sources.speaking = setInterval(() => gain.gain.setTargetAtTime((loud = !loud) ? 0.4 : 0, context.currentTime, 0.01), 1000);
    }
  }
  return target.stream.getAudioTracks()[0];
}

// Firefox lets a page behind another one draw only once a second, but its camera runs on.
const PICTURE = navigator.userAgent.includes("Firefox") ? "camera" : "canvas";

rig.publish = async ({ video = PICTURE, width = 1280, height = 720, fps = 20, simulcast = true, audio = "tone", fmtp = "", codecs = CODECS } = {}) => {
  const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  if (audio) {
    const sender = pc.addTransceiver(await toneTrack(audio), { direction: "sendonly" });
    prefer(sender, "audio", codecs.audio);
  }
  if (video) {
    const track = await (video === "canvas" ? canvasTrack : cameraTrack)(width, height, fps);
    const sendEncodings = simulcast ? RIDS : [{ maxBitrate: 1_500_000 }];
    prefer(pc.addTransceiver(track, { direction: "sendonly", sendEncodings }), "video", codecs.video);
  }
  return connect("whip", pc, opus(fmtp));
};

/** What an Opus encoder may do is said by the receiver's fmtp line (RFC 7587 section 6.1). */
function opus(fmtp) {
  return (sdp) => (fmtp ? sdp.replace(/(a=fmtp:\d+ [^\r]*useinbandfec=1)/g, `$1;${fmtp}`) : sdp);
}

rig.activate = async (rid, active) => {
  const sender = rig.links.whip.pc.getSenders().find(({ track }) => track?.kind === "video");
  const parameters = sender.getParameters();
  for (const encoding of parameters.encodings) if (!rid || encoding.rid === rid) encoding.active = active;
  await sender.setParameters(parameters);
};

// -- what is received ------------------------------------------------------------------------------------------------

class Slot {
  constructor(transceiver, kind) {
    this.transceiver = transceiver;
    this.element = document.createElement(kind);
    this.element.autoplay = this.element.playsInline = true;
    this.element.muted = kind === "video";
    this.element.srcObject = new MediaStream([transceiver.receiver.track]);
    document.body.append(this.element);
    this.element.play().catch(() => {});
    this.first = null;
    this.reset();
    if (kind === "video") this.watch();
  }
  reset() {
    this.frames = this.gap = 0;
    this.gaps = [];
    this.last = null;
  }
  watch() {
    this.element.requestVideoFrameCallback((now, { width, height }) => {
      now = performance.now();
      this.first ??= now;
      if (this.last !== null) {
        const gap = now - this.last;
        const freeze = gap - stalled(this.last, now);
        if (freeze > 150) this.gaps.push(Math.round(freeze));
        this.gap = Math.max(this.gap, freeze);
      }
      this.last = now;
      this.frames += 1;
      [this.width, this.height] = [width, height];
      this.watch();
    });
  }
}

rig.receive = async ({ audio = 1, video = 1, fmtp = "", codecs = CODECS } = {}) => {
  const pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
  rig.slots.forEach((slot) => slot.element.remove());
  rig.slots = [];
  for (const [kind, count] of [["audio", audio], ["video", video]]) {
    for (let index = 0; index < count; index++) {
      const transceiver = pc.addTransceiver(kind, { direction: "recvonly" });
      prefer(transceiver, kind, codecs[kind]);
      rig.slots.push(new Slot(transceiver, kind));
    }
  }
  return connect("whep", pc, (sdp) => sdp, opus(fmtp));
};

rig.reset = () => {
  rig.stalls = [];
  rig.slots.forEach((slot) => slot.reset());
};

const COUNTS = [
  "framesDecoded", "framesDropped", "framesReceived", "frameWidth", "frameHeight", "keyFramesDecoded", "freezeCount",
  "nackCount", "pliCount", "firCount", "packetsReceived", "packetsLost", "retransmittedPacketsReceived", "bytesReceived",
  "concealedSamples", "silentConcealedSamples", "totalSamplesReceived", "fecPacketsReceived", "totalAudioEnergy",
  "jitterBufferDelay", "jitterBufferEmittedCount", "audioLevel",
];

/** What came in each section: mid -> facts. */
rig.facts = async () => {
  const facts = {};
  for (const { transceiver, first, frames, gap, gaps, last, width, height } of rig.slots) {
    const report = [...(await transceiver.receiver.getStats()).values()];
    const stat = report.find(({ type }) => type === "inbound-rtp") ?? {};
    const codec = report.find(({ type, id }) => type === "codec" && id === stat.codecId);
    const fact = { kind: transceiver.receiver.track.kind, frames, gap: Math.round(gap), gaps, width: width ?? 0, height: height ?? 0 };
    fact.codec = `${codec?.mimeType ?? ""} ${codec?.channels ?? ""} ${codec?.sdpFmtpLine ?? ""}`;
    fact.first = first === null ? null : Math.round(first - rig.links.whep.started);
    fact.still = last === null ? null : Math.round(performance.now() - last);
    for (const name of COUNTS) fact[name] = stat[name] ?? 0;
    facts[transceiver.mid] = fact;
  }
  return facts;
};

/** What is sent: rid -> facts of the video, "audio" -> facts of the audio. */
rig.sending = async () => {
  const facts = {};
  for (const stat of (await rig.links.whip.pc.getStats()).values()) {
    if (stat.type !== "outbound-rtp") continue;
    const { frameWidth = 0, frameHeight = 0, framesEncoded = 0, framesSent = 0, bytesSent = 0, packetsSent = 0 } = stat;
    const { nackCount = 0, pliCount = 0, firCount = 0, retransmittedPacketsSent = 0, active = true, targetBitrate = 0 } = stat;
    facts[stat.kind === "audio" ? "audio" : (stat.rid ?? "")] = {
      frameWidth, frameHeight, framesEncoded, framesSent, bytesSent, packetsSent, nackCount, pliCount, firCount,
      retransmittedPacketsSent, active, targetBitrate, why: stat.qualityLimitationReason ?? "", ssrc: stat.ssrc,
    };
  }
  return facts;
};

/** Milliseconds from offer to connected, and where it stands. */
rig.states = () => Object.fromEntries(
  Object.entries(rig.links).map(([name, { pc, connected }]) => [name, { state: pc.connectionState, ice: pc.iceConnectionState, connected }]),
);

/** Sound as it is played: level of the left and the right channel now. */
rig.channels = async (mid) => {
  const slot = rig.slots.find(({ transceiver }) => transceiver.mid === mid);
  const context = (rig.sources.listening ??= new AudioContext({ sampleRate: 48000 }));
  await context.resume();
  if (!slot.meters) {
    const splitter = context.createChannelSplitter(2);
    context.createMediaStreamSource(slot.element.srcObject).connect(splitter);
    slot.meters = [0, 1].map((channel) => {
      const analyser = context.createAnalyser();
      splitter.connect(analyser, channel);
      return analyser;
    });
  }
  return slot.meters.map((meter) => {
    const samples = new Float32Array(meter.fftSize);
    meter.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
  });
};

// -- the end, and beginning again ------------------------------------------------------------------------------------

/** New ICE credentials on the same connection, without a new offer to the node. */
rig.restartIce = async (direction) => {
  const { pc, connection } = rig.links[direction];
  const older = pc.remoteDescription.sdp;
  pc.restartIce();
  await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }));
  const value = (name) => pc.localDescription.sdp.match(new RegExp(`a=${name}:(\\S+)`))[1];
  const reply = await fetch(`/restart/${connection}`, {
    method: "POST",
    body: JSON.stringify({ direction, ufrag: value("ice-ufrag"), password: value("ice-pwd") }),
  });
  if (reply.status !== 200) throw new Error(`restart: ${reply.status} ${await reply.text()}`);
  const { ufrag, password } = await reply.json();
  const sdp = older.replace(/a=ice-ufrag:\S+/g, `a=ice-ufrag:${ufrag}`).replace(/a=ice-pwd:\S+/g, `a=ice-pwd:${password}`);
  await pc.setRemoteDescription({ type: "answer", sdp });
};

rig.leave = async () => {
  for (const source of [rig.sources.drawing, rig.sources.speaking]) clearInterval(source);
  for (const { pc, place } of Object.values(rig.links)) {
    pc.close();
    await fetch(place, { method: "DELETE" });
  }
  rig.links = {};
};
