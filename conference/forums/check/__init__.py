"""Before the day: camera, microphone and loudspeaker looked at alone, and the ways to the media node tried in earnest."""
