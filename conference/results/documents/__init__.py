"""PDFs of results that somebody brings, beside the one that is set or in its place."""
