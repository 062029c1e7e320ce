"""The schedule of a conference: sessions, their rounds, who speaks in them."""
