"""Selective forwarding, pure: a Forum takes inputs and the time and returns outputs. No I/O, no clock, no randomness."""
