"""The conference itself and its access window: who hosts, when it opens, until when it is public, what closes then."""
