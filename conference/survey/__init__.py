"""Three clicks after the end: how it was, without names."""
