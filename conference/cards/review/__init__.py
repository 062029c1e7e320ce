"""What organisers do with cards: look, publish, exchange, ask for a change, take down, remind."""
