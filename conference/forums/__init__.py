"""The rooms of sessions: who is in, who may speak, what the media node is told."""
