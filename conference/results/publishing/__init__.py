"""What was released of a sheet: frozen versions, public now, from a set moment on, or not any more."""
