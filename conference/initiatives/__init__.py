"""Organisations that take part and outlive the day."""
