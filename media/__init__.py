"""Real-time media: the forwarding node and what talks to it. Never imports `conference`."""
