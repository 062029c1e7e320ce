"""Persons, their roles, their links and their signed-in browsers."""
