"""The refusals of the report's text and photos, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def report_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "report_title": _("A German title is missing."),
        "report_body": _("A German text is missing."),
        "report_changed": _("Somebody else has saved the report meanwhile. Saving once more puts yours in its place."),
        "photo_type": _("Please choose a photo as a JPEG, PNG or WebP file."),
        "photo_damaged": _("This photo cannot be read. Please save it again as a JPEG and try once more."),
        "photo_small": _("This photo is too small. It needs at least 200 × 200 pixels."),
        "photo_too_large": _("This photo is larger than 30 MB. Please save it smaller and try once more."),
        "photo_credit": _("Please say who took the photo."),
        "photo_alt": _("Please say in German what is to be seen in the photo."),
        "photo": _("This photo is not there any more."),
        "photos": _("A report can have at most 24 photos. Please delete one first."),
    }
