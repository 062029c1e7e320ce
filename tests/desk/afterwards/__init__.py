"""The pages after the day."""
