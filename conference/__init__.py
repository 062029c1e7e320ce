"""Meetingpoint: a virtual conference platform for short digital networking meetings."""

__version__ = "0.1.0"
