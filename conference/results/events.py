"""What browsers must learn of results. Rows carry ids; pages that hear of it load anew."""

from __future__ import annotations

from typing import Final

SHEET_CHANGED: Final = "results.changed"
"""Topic conference:ID; facts: conference, session (its slug), news (its results are there to read since this moment). The sheet
or a document of a session was published, unpublished or replaced."""

REPORT_CHANGED: Final = "report.changed"
"""Topic conference:ID. The report was published, unpublished or changed."""
