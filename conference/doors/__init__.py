"""Floor 1: the doors. One table of who sees what when, the guard that reads it at request time, and the sign-in pages."""
