"""Collecting findings live: everybody adds, whoever edits the sheet puts in order."""
