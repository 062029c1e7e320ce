"""What organisers prove beside their link: a second factor, or the account of an identity provider."""
