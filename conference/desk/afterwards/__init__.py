"""After the day: what is still open, when it ends, what is deleted and what was."""
