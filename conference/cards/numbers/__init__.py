"""How often a card is played, and how often to its end: counts, and nobody."""
