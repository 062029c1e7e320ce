// A studio's page on another origin: streams by WHIP with a bearer token, restarts ICE by PATCH, ends by DELETE; watches by WHEP.

window.studio = {
  async begin(address, token, tcpOnly) {
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 640, height: 360 });
    const brush = canvas.getContext("2d");
    const draw = () => {
      brush.fillStyle = `hsl(${performance.now() / 10}, 60%, 50%)`;
      brush.fillRect(0, 0, 640, 360);
    };
    draw();
    setInterval(draw, 50);
    const sound = new AudioContext();
    const tone = new OscillatorNode(sound);
    const mixed = sound.createMediaStreamDestination();
    tone.connect(mixed);
    tone.start();
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.pc.addTransceiver(mixed.stream.getAudioTracks()[0], { direction: "sendonly" });
    const sendEncodings = ["q", "h", "f"].map((rid, step) => ({ rid, scaleResolutionDownBy: 4 / 2 ** step }));
    this.pc.addTransceiver(canvas.captureStream(20).getVideoTracks()[0], { direction: "sendonly", sendEncodings });
    return this.offer(address, token, tcpOnly);
  },

  watch(address, token, tcpOnly) {
    this.pc = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    for (const kind of ["audio", "video"]) this.pc.addTransceiver(kind, { direction: "recvonly" });
    const video = document.createElement("video");
    this.pc.ontrack = ({ track }) => {
      if (track.kind === "video") Object.assign(video, { srcObject: new MediaStream([track]), muted: true, autoplay: true });
    };
    document.body.append(video);
    return this.offer(address, token, tcpOnly);
  },

  async offer(address, token, tcpOnly) {
    this.headers = { Authorization: `Bearer ${token}` };
    await this.pc.setLocalDescription();
    const reply = await fetch(address, {
      method: "POST",
      headers: { ...this.headers, "Content-Type": "application/sdp" },
      body: this.pc.localDescription.sdp,
    });
    this.place = new URL(reply.headers.get("Location"), address).href;
    this.tag = reply.headers.get("ETag");
    this.answer = await reply.text();
    if (tcpOnly) this.answer = this.answer.replace(/a=candidate:\d+ 1 udp .*\r\n/g, "");
    await this.pc.setRemoteDescription({ type: "answer", sdp: this.answer });
    return reply.status;
  },

  patch(body, tag) {
    const headers = { ...this.headers, "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": tag };
    return fetch(this.place, { method: "PATCH", headers, body });
  },

  fragment() {
    const lines = this.pc.localDescription.sdp.split("\r\n");
    const first = (start) => lines.find((line) => line.startsWith(start));
    return ["m=", "a=mid:", "a=ice-ufrag:", "a=ice-pwd:"].map(first).join("\r\n") + "\r\n";
  },

  async restart() {
    const trickled = await this.patch(this.fragment(), this.tag);
    await this.pc.setLocalDescription(await this.pc.createOffer({ iceRestart: true }));
    const reply = await this.patch(this.fragment(), "*");
    const news = (await reply.text()).split("\r\n");
    const line = (start) => news.find((each) => each.startsWith(start));
    const sdp = this.answer
      .replace(/a=ice-ufrag:.*/g, line("a=ice-ufrag:"))
      .replace(/a=ice-pwd:.*/g, line("a=ice-pwd:"));
    await this.pc.setRemoteDescription({ type: "answer", sdp });
    return { trickled: trickled.status, status: reply.status, renewed: reply.headers.get("ETag") !== this.tag };
  },

  async facts() {
    const facts = { state: this.pc.connectionState, protocol: "", layers: [], decoded: 0, codec: "" };
    const stats = await this.pc.getStats();
    for (const each of stats.values()) {
      if (each.type === "outbound-rtp" && each.kind === "video" && each.framesEncoded) facts.layers.push(each.rid);
      if (each.type === "inbound-rtp" && each.kind === "video" && each.framesDecoded) {
        Object.assign(facts, { decoded: each.framesDecoded, codec: stats.get(each.codecId)?.mimeType ?? "" });
      }
      if (each.type !== "transport" || !each.selectedCandidatePairId) continue;
      const pair = stats.get(each.selectedCandidatePairId);
      Object.assign(facts, { protocol: stats.get(pair.localCandidateId).protocol, dtls: each.dtlsState });
    }
    return facts;
  },

  async end() {
    const reply = await fetch(this.place, { method: "DELETE", headers: this.headers });
    this.pc.close();
    return reply.status;
  },
};
