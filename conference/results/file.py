"""Findings, results documents and the report in a conference file: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field

from conference.base.errors import Invalid
from conference.initiatives.file import Entry, FullText, Line, RelativePath, Slug, read_entry, unlike
from conference.results.model import Finding, Heading, Report, ReportPhoto, ResultsDocument, ResultsSheet
from conference.results.report.file import FigureFacts, PhotoFacts, photos_to_file


class FindingFacts(Entry):
    heading: Heading
    text: FullText
    key: bool = False
    round: Annotated[int, Field(ge=1, le=20)] | None = None


class DocumentFacts(Entry):
    """file: where the PDF lies beside the conference file."""

    document: Slug
    title: FullText
    file: RelativePath
    published: bool = False
    remains: bool = True
    example: bool = False


class SheetFacts(Entry):
    """Of the sheet in HTML. A file that says nothing of it publishes it along with its documents."""

    published: bool
    remains: bool = True


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
    """All that a conference file says of one session's results."""

    findings: list[FindingFacts]
    documents: list[DocumentFacts]
    sheet: SheetFacts | None


def findings_from(value: Any, where: str = "findings") -> list[FindingFacts]:
    """The list under sessions[].findings. Raises Invalid("conference_file", faults=...)."""
    found: list[FindingFacts] = read_entry(list[FindingFacts], value or [], where)
    return found


def documents_from(value: Any, where: str = "results") -> list[DocumentFacts]:
    """The list under sessions[].results. Raises Invalid("conference_file", faults=...)."""
    found: list[DocumentFacts] = read_entry(list[DocumentFacts], value or [], where)
    unlike(found, "document", where)
    return found


def session_results_from(session: Mapping[str, Any], where: str) -> SessionResults:
    """The keys findings, results and sheet of a session's entry; the others are none of our business."""
    sheet: SheetFacts | None = read_entry(SheetFacts | None, session.get("sheet"), f"{where}.sheet")
    results = SessionResults(
        findings_from(session.get("findings"), f"{where}.findings"),
        documents_from(session.get("results"), f"{where}.results"),
        sheet,
    )
    rounds = len(session.get("rounds") or [])
    for index, finding in enumerate(results.findings):
        if finding.round is not None and finding.round > rounds:
            fault = f"{where}.findings[{index}].round: there is no round {finding.round}"
            raise Invalid("conference_file", faults=[fault])
    return results


def sheet_facts(results: SessionResults) -> SheetFacts | None:
    """The sheet as the file means it; None when the session has no results at all.

    Unless it says so itself: published with its documents (or when there are none), and staying if one of them stays.
    """
    if results.sheet is not None:
        return results.sheet
    documents = results.documents
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
    session_slug: str, sheet: ResultsSheet | None, findings: Iterable[Finding], documents: Sequence[ResultsDocument]
) -> tuple[dict[str, Any], dict[str, str]]:
    """The keys findings, results and (where it differs from what these mean) sheet; and {path in the file: key in the store}."""
    places = {f"results/{session_slug}-{document.document}.pdf": document for document in documents}
    entry: dict[str, Any] = {
        "findings": [
            {"heading": finding.heading, "text": finding.text, "key": finding.key, "round": finding.round} for finding in findings
        ],
        "results": [
            {
                "document": document.document,
                "title": document.title,
                "file": path,
                "published": document.published is not None,
                "remains": document.remains,
                "example": document.example,
            }
            for path, document in places.items()
        ],
    }
    if sheet is not None:
        said = SheetFacts(published=sheet.published is not None, remains=sheet.remains)
        meant = SessionResults(findings_from(entry["findings"]), documents_from(entry["results"]), None)
        if said != sheet_facts(meant):
            entry["sheet"] = said.model_dump()
    return entry, {path: document.object_key for path, document in places.items()}


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
