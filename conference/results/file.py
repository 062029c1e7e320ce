"""Findings, results documents and the report in a conference file: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from conference.base.errors import Invalid
from conference.initiatives.file import Entry, FullText, Line, RelativePath, Slug, Text, read_entry, unlike
from conference.results.content import HEADINGS, headings_of
from conference.results.model import Finding, Report, ReportPhoto, ResultsDocument, ResultsSheet, SheetVersion
from conference.results.report.file import FigureFacts, PhotoFacts, photos_to_file
from conference.results.sheet_file import Key, SheetFacts, sheet_to_file, some


class FindingFacts(Entry):
    """heading: key of one of the sheet's headings. text: what people typed, in German or in English."""

    heading: Key
    text: Annotated[Text, AfterValidator(some)]
    key: bool = False
    round: Annotated[int, Field(ge=1, le=20)] | None = None


class DocumentFacts(Entry):
    """file: where the PDF lies beside the conference file. since: from when on it is public, None: since the session's end."""

    document: Slug
    title: FullText
    file: RelativePath
    published: bool = False
    remains: bool = True
    example: bool = False
    since: AwareDatetime | None = None
    corrected: AwareDatetime | None = None
    pages: Annotated[int, Field(ge=1, le=10_000)] | None = None
    lacks: list[Literal["tags", "language", "title"]] = Field(default_factory=list)
    summary: Text = Field(default_factory=dict)


class ReportFacts(Entry):
    published: bool = False
    remains: bool = True
    title: FullText
    body: FullText
    photo_credit: Line = ""
    photos: list[PhotoFacts] = Field(default_factory=list)
    figures: list[FigureFacts] | None = None


@dataclass(frozen=True)
class SessionResults:
    """All that a conference file says of one session's results. None: it says nothing of that."""

    findings: list[FindingFacts] | None
    documents: list[DocumentFacts] | None
    sheet: SheetFacts | None

    @property
    def said(self) -> bool:
        """Whether it says anything at all."""
        return self.findings is not None or self.documents is not None or self.sheet is not None

    @property
    def files(self) -> list[str]:
        """Paths of all files that it names."""
        versions = (self.sheet.versions or []) if self.sheet else []
        return [one.file for one in self.documents or ()] + [one.file for one in versions if one.file is not None]


def findings_from(value: Any, where: str = "findings") -> list[FindingFacts] | None:
    """The list under sessions[].findings. Raises Invalid("conference_file", faults=...)."""
    found: list[FindingFacts] | None = read_entry(list[FindingFacts] | None, value, where)
    return found


def documents_from(value: Any, where: str = "results") -> list[DocumentFacts] | None:
    """The list under sessions[].results. Raises Invalid("conference_file", faults=...)."""
    found: list[DocumentFacts] | None = read_entry(list[DocumentFacts] | None, value, where)
    unlike(found or [], "document", where)
    return found


def session_results_from(session: Mapping[str, Any], where: str) -> SessionResults:
    """The keys findings, results and sheet of a session's entry; the others are none of our business."""
    sheet: SheetFacts | None = read_entry(SheetFacts | None, session.get("sheet"), f"{where}.sheet")
    results = SessionResults(
        findings_from(session.get("findings"), f"{where}.findings"),
        documents_from(session.get("results"), f"{where}.results"),
        sheet,
    )
    unlike((sheet.versions or []) if sheet else [], "number", f"{where}.sheet.versions")
    _check_findings(results, len(session.get("rounds") or []), where)
    return results


def _check_findings(results: SessionResults, rounds: int, where: str) -> None:
    own = results.sheet.headings if results.sheet else None
    headings = [heading.key for heading in own] if own else list(HEADINGS)
    for index, finding in enumerate(results.findings or ()):
        place = f"{where}.findings[{index}]"
        if finding.heading not in headings:
            raise Invalid("conference_file", faults=[f"{place}.heading: must be one of {', '.join(headings)}"])
        if finding.round is not None and finding.round > rounds:
            raise Invalid("conference_file", faults=[f"{place}.round: there is no round {finding.round}"])


def sheet_facts(results: SessionResults) -> SheetFacts | None:
    """The sheet as the file means it; None when the session has no results at all.

    Unless it says so itself: published with its documents (or when there are none), and staying if one of them stays.
    """
    if results.sheet is not None:
        return results.sheet
    documents = results.documents or []
    if not results.findings and not documents:
        return None
    public = [document for document in documents if document.published]
    return SheetFacts(
        published=not documents or bool(public),
        remains=not documents or any(document.remains for document in public or documents),
    )


def report_from(value: Any, where: str = "report") -> ReportFacts | None:
    """The report, None when the file has none. Raises Invalid("conference_file", faults=...)."""
    found: ReportFacts | None = read_entry(ReportFacts | None, value, where)
    return found


def session_results_to_file(
    session_slug: str,
    sheet: ResultsSheet | None,
    versions: Sequence[SheetVersion],
    findings: Iterable[Finding],
    documents: Sequence[ResultsDocument],
) -> tuple[dict[str, Any], dict[str, str]]:
    """The keys findings, results and sheet; and {path in the file: key in the store}."""
    titles = headings_of(sheet)
    first = next(iter(titles))
    entry: dict[str, Any] = {
        "findings": [
            {"heading": one.heading if one.heading in titles else first, "text": one.text, "key": one.key, "round": one.round}
            for one in findings
        ],
        "results": [],
    }
    places: dict[str, str] = {}
    for document in documents:
        path = f"results/{session_slug}-{document.document}.pdf"
        places[path] = document.object_key
        entry["results"].append(_document_to_file(document, path))
    if sheet is not None:
        entry["sheet"], stored = sheet_to_file(session_slug, sheet, versions)
        places |= stored
    return entry, places


def _document_to_file(document: ResultsDocument, path: str) -> dict[str, Any]:
    entry = {
        "document": document.document,
        "title": document.title,
        "file": path,
        "published": document.published is not None,
        "remains": document.remains,
        "example": document.example,
    }
    more = {
        "since": document.published,
        "corrected": document.corrected,
        "pages": document.pages,
        "lacks": document.lacks,
        "summary": document.summary,
    }
    return entry | {name: value for name, value in more.items() if value}


def report_to_file(report: Report | None, photos: Iterable[ReportPhoto]) -> tuple[dict[str, Any] | None, dict[str, str]]:
    """The key report, None when there is none; and {path in the file: key in the store}."""
    if report is None:
        return None, {}
    entries, places = photos_to_file(photos)
    return {
        "published": report.published is not None,
        "remains": report.remains,
        "title": report.title,
        "body": report.body,
        "photo_credit": report.photo_credit,
        "photos": entries,
        "figures": report.figures,
    }, places
