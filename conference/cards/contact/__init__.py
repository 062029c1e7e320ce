"""Writing to an initiative without learning its address."""
