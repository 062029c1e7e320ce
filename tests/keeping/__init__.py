"""The end of a conference."""
