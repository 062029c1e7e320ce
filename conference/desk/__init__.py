"""Floor 4: the organisers' desk, and whole conferences in and out of files."""
