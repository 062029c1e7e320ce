"""Registering while a conference is announced: places, choices, waiting list, what somebody needs to take part."""
