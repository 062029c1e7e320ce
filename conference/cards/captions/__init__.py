"""The words of a card: captions of its film, what is said, and what only the picture tells."""
