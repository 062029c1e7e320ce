"""What a card's owners agree to, what follows from it, and taking it all back."""
