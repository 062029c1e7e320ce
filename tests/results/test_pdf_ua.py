"""The checker of PDFs finds what it is there for: each rule is broken once in a good document."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from conference.results.setting.shape import Look
from tests.results.pdf_ua import faults
from tests.results.setting.sheets import OCCASION, full, pdf_of, png


@pytest.fixture(scope="module")
async def good() -> bytes:
    return (await pdf_of(full(3, rounds=3), OCCASION, Look(logo=png(), logo_alt="Zeichen der Gastgeber"))).data


def elements(pdf: pikepdf.Pdf, kind: str) -> list[Dictionary]:
    """Those of the tree, in its order."""
    found: list[Dictionary] = []

    def walk(node: Any) -> None:
        if isinstance(node, Dictionary) and node.get("/Type") not in (Name("/MCR"), Name("/OBJR")):
            if node.get("/S") == Name(f"/{kind}"):
                found.append(node)
            kids = node.get("/K", Array())
            for kid in kids if isinstance(kids, Array) else [kids]:
                walk(kid)

    walk(pdf.Root["/StructTreeRoot"])
    return found


def page(pdf: pikepdf.Pdf, change: Callable[[bytes], bytes]) -> None:
    stream = pdf.pages[0].obj["/Contents"]
    stream.write(change(stream.read_bytes()))


def rename(kind: str, to: str, number: int = 0) -> Callable[[pikepdf.Pdf], None]:
    return lambda pdf: elements(pdf, kind)[number].__setitem__("/S", Name(f"/{to}"))


def metadata(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        stream = pdf.Root["/Metadata"]
        data = stream.read_bytes()
        assert old in data
        stream.write(data.replace(old, new))

    return change


def content(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        def once(data: bytes) -> bytes:
            assert old in data
            return data.replace(old, new, 1)

        page(pdf, once)

    return change


def without(path: str) -> Callable[[pikepdf.Pdf], None]:
    """Removes a key of the catalogue, `/A/B` meaning B in A."""

    def change(pdf: pikepdf.Pdf) -> None:
        *way, last = path.strip("/").split("/")
        node = pdf.Root
        for step in way:
            node = node[f"/{step}"]
        del node[f"/{last}"]

    return change


def put(path: str, value: Any) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        *way, last = path.strip("/").split("/")
        node = pdf.Root
        for step in way:
            node = node[f"/{step}"]
        node[f"/{last}"] = value

    return change


def swapped(pdf: pikepdf.Pdf) -> None:
    """The second group before the first."""
    kids = elements(pdf, "Document")[0]["/K"]
    kids[1], kids[2] = kids[2], kids[1]


def bare_item(pdf: pikepdf.Pdf) -> None:
    """A list's line hangs in the document itself."""
    item = elements(pdf, "LI")[0]
    document = elements(pdf, "Document")[0]
    document["/K"].append(item)


def fonts(kind: str, key: str) -> Callable[[pikepdf.Pdf], None]:
    def change(pdf: pikepdf.Pdf) -> None:
        one = next(one for one in pdf.objects if isinstance(one, Dictionary) and one.get("/Type") == Name(kind) and key in one)
        del one[key]

    return change


def link(pdf: pikepdf.Pdf) -> None:
    note = pdf.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 10, 10])))
    pdf.pages[0].obj["/Annots"] = Array([note])
    pdf.pages[0].obj["/Tabs"] = Name("/R")


def wrong_way_back(pdf: pikepdf.Pdf) -> None:
    numbers = pikepdf.NumberTree(pdf.Root["/StructTreeRoot"]["/ParentTree"])
    line = numbers[0]
    line[0], line[3] = line[3], line[0]


def two_titles(pdf: pikepdf.Pdf) -> None:
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem("Noch einer", 0))


BROKEN: list[tuple[str, Callable[[pikepdf.Pdf], None], str]] = [
    ("marked", put("MarkInfo/Marked", False), "not marked as tagged"),
    ("suspects", put("MarkInfo/Suspects", True), "suspect"),
    ("display title", without("ViewerPreferences/DisplayDocTitle"), "not to be displayed"),
    ("language", without("Lang"), "no language of the document"),
    ("language's form", put("Lang", String("deutsch bitte")), "no language of the document"),
    ("action", put("OpenAction", Dictionary(S=Name.JavaScript, JS=String("x"))), "something acts"),
    ("no metadata", without("Metadata"), "no metadata"),
    ("part", metadata(b"<pdfuaid:part>1<", b"<pdfuaid:part>2<"), "do not name PDF/UA-1"),
    ("title", metadata(b"Ergebnisse \xc2\xb7 Forum 2: Zusammenarbeit auf Bundesebene", b" "), "no title"),
    ("no tree", without("StructTreeRoot"), "no structure tree"),
    ("role", rename("H2", "Kapitel"), "Kapitel is mapped to no standard type"),
    ("roles in a circle", put("StructTreeRoot/RoleMap", Dictionary({"/P": Name("/H1")})), "a standard type is mapped"),
    ("no title heading", rename("H1", "P"), "the first heading is not H1"),
    ("two titles", rename("H2", "H1"), "2 headings of the first level"),
    ("level left out", rename("H3", "H5"), "levels are left out"),
    ("headings of both kinds", rename("H3", "H"), "headings with and without levels"),
    ("list of paragraphs", rename("LI", "P"), "L holds P"),
    ("line without body", rename("LBody", "Lbl"), "LI without one LBody"),
    ("line outside of a list", rename("L", "Div"), "LI stands in Div"),
    ("twice in the tree", bare_item, "stands in the tree twice"),
    ("wrong parent", lambda pdf: elements(pdf, "L")[0].__setitem__("/P", pdf.Root["/StructTreeRoot"]), "names another parent"),
    ("picture without words", lambda pdf: elements(pdf, "Figure")[0].__delitem__("/Alt"), "Figure without words"),
    ("picture without a place", lambda pdf: elements(pdf, "Figure")[0].__delitem__("/A"), "Figure without a place"),
    ("element's language", lambda pdf: elements(pdf, "P")[0].__setitem__("/Lang", String("?")), "has no language that there is"),
    ("untagged", content(b"/Span<</MCID 0>>BDC", b"/Span BMC"), "neither tagged nor an artifact"),
    ("tagged twice", content(b"/MCID 1>>", b"/MCID 0>>"), "is marked twice"),
    ("artifact inside", content(b"/MCID 0>>BDC", b"/MCID 0>>BDC /Artifact BMC EMC"), "an artifact within tagged content"),
    ("tagged inside", content(b"/MCID 0>>BDC", b"/MCID 0>>BDC /P <</MCID 999>> BDC EMC"), "tagged content within other"),
    ("in no element", content(b"/MCID 0>>BDC", b"/MCID 999>>BDC"), "content 999 of page 1 is in no element"),
    ("mark without end", lambda pdf: page(pdf, lambda data: data + b"\n/P BMC"), "a mark does not end"),
    ("end without mark", lambda pdf: page(pdf, lambda data: data + b"\nEMC"), "a mark ends that never began"),
    ("wrong way back", wrong_way_back, "does not lead to its element"),
    ("link", link, "an annotation is not in the tree"),
    ("link's words", link, "an annotation without words"),
    ("keyboard", link, "the keyboard does not follow"),
    ("font not embedded", fonts("/FontDescriptor", "/FontFile2"), "is not embedded"),
    ("characters without meaning", fonts("/Font", "/ToUnicode"), "does not say its characters"),
    ("bookmarks", two_titles, "the bookmarks are not the headings"),
    ("reading order", swapped, "stands elsewhere on the page"),
]  # fmt: skip


async def test_a_good_document_has_no_faults(good: bytes) -> None:
    assert faults(good) == []


@pytest.mark.parametrize(("change", "fault"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN])
async def test_each_break_is_found(change: Callable[[pikepdf.Pdf], None], fault: str, good: bytes) -> None:
    with pikepdf.open(io.BytesIO(good)) as pdf:
        change(pdf)
        out = io.BytesIO()
        pdf.save(out)
    assert any(fault in one for one in faults(out.getvalue())), faults(out.getvalue())
