"""Sign-in by an OpenID provider: the hosts' own accounts, for people who are invited already."""
