"""The refusals of publishing results, in plain words."""

from __future__ import annotations

from collections.abc import Callable


def publishing_words(_: Callable[[str], str]) -> dict[str, str]:
    """A sentence for each code."""
    return {
        "publish_at": _("Please choose a moment that is still to come."),
        "publishers_only": _("Only the moderation and the organisers can publish results."),
        "document_file": _("Please choose a PDF file."),
        "document_title": _("Please enter a German title of at most 120 characters."),
        "document_title_taken": _("Another PDF of this session has this title already. Please give this one a title of its own."),
        "document_summary": _(
            "Not everybody can read this PDF: tags, language or title are missing. Please add a summary in German, "
            "or export the file again as an accessible PDF."
        ),
        "document_too_large": _("This PDF is larger than 20 MB. Please save it with smaller pictures and try once more."),
        "document_no_pdf": _("This file cannot be read as a PDF. Please export it again and try once more."),
        "documents": _("A session can have at most ten PDFs. Please delete one first."),
        "notice_sent": _("The letter about these results has been sent already, perhaps by somebody else just now."),
        "sheet_empty": _("There is nothing on this sheet yet. Please add a finding or a summary first."),
        "sheet_changed": _("Somebody is changing this sheet at the moment. Please try again in a few seconds."),
    }
