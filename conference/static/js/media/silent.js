// No sound and no picture: for networks that let neither through, and for who would rather read and write.

import { MediaSession } from "./session.js";

export class SilentSession extends MediaSession {
  async listen() {}
  async publish() {}
  async unpublish() {}
  assign() {}
  want() {}
  async rejoin() {}
  async leave() {}
  async stats() {
    return { receive: null, publish: null };
  }
}
