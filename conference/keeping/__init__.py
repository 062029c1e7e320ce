"""How long what is kept: one person's data out and deleted, attendance, the purge of a conference and its record."""
