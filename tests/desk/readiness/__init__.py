"""Readiness: rules, page, checks, going live."""
