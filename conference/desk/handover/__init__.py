"""The hand-over pack: a static copy of a conference for the inviting bodies' own site or shelf."""
