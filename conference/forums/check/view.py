"""A result as people read it: a word, a drawing, a moment."""

from __future__ import annotations

from typing import Any

from conference.doors.visit import Visit
from conference.forums.check.model import CheckResult, Outcome

DRAWINGS = {Outcome.PASSED: "circle-check", Outcome.LIMITS: "triangle-alert", Outcome.FAILED: "circle-x"}


def shown(visit: Visit, result: CheckResult | None) -> dict[str, Any] | None:
    """outcome, word, drawing, at (in the conference's zone); None without a result."""
    if result is None:
        return None
    _ = visit.services.texts[visit.language].gettext
    words = {Outcome.PASSED: _("passed"), Outcome.LIMITS: _("passed with limits"), Outcome.FAILED: _("not possible")}
    outcome = result.outcome
    return {"outcome": outcome.value, "word": words[outcome], "drawing": DRAWINGS[outcome], "at": visit.local(result.at)}
