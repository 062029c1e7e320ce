"""Decks and clips on the stage of a room: brought by who moderates or speaks, shown to all at the same page and moment."""
