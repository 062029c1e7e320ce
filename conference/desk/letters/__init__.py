"""The office's rooms for letters: their words, whom they go to, sending them, and what came back."""
