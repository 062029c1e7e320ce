"""Who did what in a conference, for its organisers to read."""
