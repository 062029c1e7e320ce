"""Who else is there: filters and the search over all initiatives of a conference."""
