"""A whole installation in one file, and back: every table and every object of the store."""
