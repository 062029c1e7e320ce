"""Whether a PDF is one that assistive technology reads as it was meant: walks the structure tree and the pages, not only flags.

`faults(pdf)` is empty for a document that keeps to what of PDF/UA-1 (ISO 14289-1, "UA") a machine can see; where the standard
leaves it to people (is this text what the picture shows?) nothing is said. PDF is ISO 32000-1.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from xml.etree import ElementTree

import pikepdf
from pikepdf import Array, Dictionary, Name

from tests.results.pdf_words import Marked, Unmarked, marked_of, read_off

# ISO 32000-1, 14.8.4: what a structure element may be in the end.
STANDARD = frozenset(
    re.findall(
        r"\w+",
        "Document Part Art Sect Div BlockQuote Caption TOC TOCI Index NonStruct Private P H H1 H2 H3 H4 H5 H6 L LI Lbl LBody"
        " Table TR TH TD THead TBody TFoot Span Quote Note Reference BibEntry Code Link Annot Ruby RB RT RP Warichu WT WP"
        " Figure Formula Form",
    )
)
LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")
# Who stands directly in whom (14.8.4.3.3 and 14.8.4.3.4).
CHILDREN = {
    "L": {"LI", "Caption", "L"},
    "LI": {"Lbl", "LBody"},
    "Table": {"TR", "THead", "TBody", "TFoot", "Caption"},
    "THead": {"TR"},
    "TBody": {"TR"},
    "TFoot": {"TR"},
    "TR": {"TH", "TD"},
}
PARENTS = {"LI": {"L"}, "LBody": {"LI"}, "TR": {"Table", "THead", "TBody", "TFoot"}, "TH": {"TR"}, "TD": {"TR"}}
BLOCKS = frozenset({"P", "H1", "H2", "H3", "H4", "H5", "H6", "LBody", "Caption"})
XMP = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "ua": "http://www.aiim.org/pdfua/ns/id/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
}


@dataclass
class Element:
    """One element of the structure tree. kind: after the role map; kids: elements and marks (page, mcid), in order."""

    kind: str
    node: Dictionary
    parent: Element | None
    kids: list[Element | tuple[int, int]] = field(default_factory=list)
    annotations: list[Dictionary] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """This one and all below it, in reading order."""
        yield self
        for kid in self.kids:
            if isinstance(kid, Element):
                yield from kid.elements()

    def marks(self) -> Iterator[tuple[int, int]]:
        for kid in self.kids:
            if isinstance(kid, Element):
                yield from kid.marks()
            else:
                yield kid


def faults(data: bytes) -> list[str]:
    """What is wrong, a line each; [] for a good document."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        check = _Check(pdf)
        check.flags()
        check.metadata()
        root = check.tree()
        if root is None:
            return check.found
        contents = check.contents()
        check.headings(root)
        check.nesting(root)
        check.figures(root)
        check.languages(root)
        check.ownership(root, contents)
        check.annotations(root)
        check.fonts()
        check.bookmarks(root)
        check.reading_order(root, contents, data)
        return check.found


def squeezed(text: str) -> str:
    """Without spaces and hyphens at the ends of lines."""
    return re.sub(r"\s", "", text.replace("\u00ad", "").replace("\u200b", ""))


def text_of(element: Element, contents: dict[tuple[int, int], Marked]) -> str:
    """What stands in an element, in reading order."""
    return "".join(contents[mark].text for mark in element.marks() if mark in contents)


class _Check:
    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.pdf = pdf
        self.found: list[str] = []
        self.pages = {page.objgen: number for number, page in enumerate(pdf.pages)}

    def say(self, good: bool, fault: str) -> None:
        if not good:
            self.found.append(fault)

    def flags(self) -> None:
        """UA 7.1, 7.2, 7.9: what the catalogue says of the document."""
        root = self.pdf.Root
        marked = root.get("/MarkInfo", Dictionary())
        self.say(bool(marked.get("/Marked", False)), "not marked as tagged")
        self.say(not marked.get("/Suspects", False), "the tags are said to be suspect")
        self.say(
            bool(root.get("/ViewerPreferences", Dictionary()).get("/DisplayDocTitle", False)), "the title is not to be displayed"
        )
        self.say(bool(LANGUAGE.fullmatch(str(root.get("/Lang", "")))), "no language of the document")
        self.say(not self.pdf.is_encrypted, "encrypted")
        names = root.get("/Names", Dictionary())
        self.say("/JavaScript" not in names and "/OpenAction" not in root and "/AA" not in root, "something acts")
        self.say("/EmbeddedFiles" not in names, "files are embedded")
        self.say("/XFA" not in root.get("/AcroForm", Dictionary()), "a dynamic form")

    def metadata(self) -> None:
        """UA 5 and 7.1: XMP says the standard and the title."""
        stream = self.pdf.Root.get("/Metadata")
        if stream is None:
            self.found.append("no metadata")
            return
        tree = ElementTree.fromstring(stream.read_bytes().decode("utf-8-sig").strip())
        part = [one.text for one in tree.iter(f"{{{XMP['ua']}}}part")]
        part += [one.attrib[f"{{{XMP['ua']}}}part"] for one in tree.iter() if f"{{{XMP['ua']}}}part" in one.attrib]
        self.say(part == ["1"], "the metadata do not name PDF/UA-1")
        titles = [one.text or "" for one in tree.iterfind(".//dc:title/rdf:Alt/rdf:li", XMP)]
        self.say(bool(titles) and all(title.strip() for title in titles), "no title in the metadata")

    def tree(self) -> Element | None:
        """The structure tree; None when it is too broken to go on."""
        top = self.pdf.Root.get("/StructTreeRoot")
        if top is None:
            self.found.append("no structure tree")
            return None
        self.roles = {str(name)[1:]: str(role)[1:] for name, role in top.get("/RoleMap", Dictionary()).items()}
        self.say(not STANDARD & self.roles.keys(), "a standard type is mapped to another one")
        seen: set[tuple[int, int]] = set()
        kids = top.get("/K", Array())
        root = Element("StructTreeRoot", top, None)
        for node in kids if isinstance(kids, Array) else [kids]:
            root.kids.append(self._element(node, root, None, seen))
        documents = [kid for kid in root.kids if isinstance(kid, Element) and kid.kind == "Document"]
        self.say(len(documents) == len(root.kids) == 1, "the tree is not one document")
        return root

    def _kind(self, node: Dictionary) -> str:
        kind = str(node.get("/S", "/?"))[1:]
        for _ in range(len(self.roles) + 1):
            if kind in STANDARD:
                return kind
            kind = self.roles.get(kind, kind)
        self.found.append(f"{str(node.get('/S', '/?'))[1:]} is mapped to no standard type")
        return kind

    def _element(self, node: Dictionary, parent: Element, page: Dictionary | None, seen: set[tuple[int, int]]) -> Element:
        element = Element(self._kind(node), node, parent)
        if node.objgen in seen and node.objgen != (0, 0):
            self.found.append(f"{element.kind} stands in the tree twice")
            return element
        seen.add(node.objgen)
        self.say(node.get("/P", Dictionary()).objgen == parent.node.objgen, f"{element.kind} names another parent than it has")
        page = node.get("/Pg", page)
        kids = node.get("/K", Array())
        for kid in kids if isinstance(kids, Array) else [kids]:
            if isinstance(kid, int):
                self._mark(element, page, kid)
            elif kid.get("/Type") == Name("/MCR"):
                self._mark(element, kid.get("/Pg", page), int(kid["/MCID"]))
            elif kid.get("/Type") == Name("/OBJR"):
                element.annotations.append(kid["/Obj"])
            else:
                element.kids.append(self._element(kid, element, page, seen))
        return element

    def _mark(self, element: Element, page: Dictionary | None, mcid: int) -> None:
        number = self.pages.get(page.objgen) if page is not None else None
        if number is None:
            self.found.append(f"{element.kind} has content of no page")
        else:
            element.kids.append((number, mcid))

    def contents(self) -> dict[tuple[int, int], Marked]:
        """(page, mcid) -> what is drawn there. UA 7.1: all of a page is tagged or an artifact, and not both."""
        contents: dict[tuple[int, int], Marked] = {}
        for number, page in enumerate(self.pdf.pages):
            for one in marked_of(page):
                if isinstance(one, Unmarked):
                    self.found.append(f"page {number + 1}: {one.fault}")
                elif (number, one.mcid) in contents:
                    self.found.append(f"page {number + 1}: content {one.mcid} is marked twice")
                else:
                    contents[number, one.mcid] = one
        nameless = [f"page {page + 1}" for (page, _), one in contents.items() if "\ufffd" in one.text]
        self.found += [f"{where}: characters without a meaning" for where in dict.fromkeys(nameless)]
        return contents

    def headings(self, root: Element) -> None:
        """UA 7.4.2: one title first, no level is left out on the way down."""
        levels = [int(one.kind[1]) for one in root.elements() if re.fullmatch("H[1-6]", one.kind)]
        self.say(levels[:1] == [1], "the first heading is not H1")
        self.say(levels.count(1) == 1, f"{levels.count(1)} headings of the first level")
        self.say(all(after <= before + 1 for before, after in pairwise(levels)), f"levels are left out: {levels}")
        self.say(not any(one.kind == "H" for one in root.elements()), "headings with and without levels")

    def nesting(self, root: Element) -> None:
        """Lists and tables are made of what belongs into them."""
        for one in root.elements():
            kids = [kid.kind for kid in one.kids if isinstance(kid, Element)]
            if one.kind in CHILDREN:
                self.say(set(kids) <= CHILDREN[one.kind], f"{one.kind} holds {', '.join(sorted(set(kids) - CHILDREN[one.kind]))}")
                self.say(not any(isinstance(kid, tuple) for kid in one.kids), f"{one.kind} holds bare content")
                self.say(bool(kids), f"{one.kind} is empty")
            if one.kind == "LI":
                self.say(kids.count("LBody") == 1, "LI without one LBody")
            if one.kind in PARENTS and one.parent is not None:
                self.say(one.parent.kind in PARENTS[one.kind], f"{one.kind} stands in {one.parent.kind}")
            if one.kind in BLOCKS:
                inner = {each.kind for each in one.elements() if each is not one} & BLOCKS
                self.say(one.kind == "LBody" or not inner, f"{one.kind} holds {', '.join(sorted(inner))}")

    def figures(self, root: Element) -> None:
        """UA 7.3, 7.7: what is no text is said in words, and says where it stands."""
        for one in root.elements():
            if one.kind not in ("Figure", "Formula"):
                continue
            said = str(one.node.get("/Alt", "")) or str(one.node.get("/ActualText", ""))
            self.say(bool(said.strip()), f"{one.kind} without words")
            attributes = one.node.get("/A", Array())
            boxes = [each for each in (attributes if isinstance(attributes, Array) else [attributes]) if "/BBox" in each]
            self.say(bool(boxes), f"{one.kind} without a place")

    def languages(self, root: Element) -> None:
        """UA 7.2."""
        for one in root.elements():
            if "/Lang" in one.node:
                self.say(bool(LANGUAGE.fullmatch(str(one.node["/Lang"]))), f"{one.kind} has no language that there is")

    def ownership(self, root: Element, contents: dict[tuple[int, int], Marked]) -> None:
        """Each marked content is in one element, and the way back from the page (14.7.4.4) leads to the same one."""
        owners: dict[tuple[int, int], Element] = {}
        for one in root.elements():
            for mark in (kid for kid in one.kids if isinstance(kid, tuple)):
                self.say(mark in contents, f"{one.kind} names content {mark[1]} of page {mark[0] + 1}, which is not there")
                self.say(mark not in owners, f"content {mark[1]} of page {mark[0] + 1} is in two elements")
                owners[mark] = one
        for page, mcid in contents.keys() - owners.keys():
            self.found.append(f"content {mcid} of page {page + 1} is in no element")
        back = pikepdf.NumberTree(root.node["/ParentTree"]) if "/ParentTree" in root.node else {}
        for number, page in enumerate(self.pdf.pages):
            mine = sorted(mcid for at, mcid in owners if at == number)
            line = back.get(int(page.obj.get("/StructParents", -1))) if back else None
            for mcid in mine:
                owner = line[mcid] if line is not None and mcid < len(line) else None
                same = owner is not None and owner.objgen == owners[number, mcid].node.objgen
                self.say(same, f"the way back from content {mcid} of page {number + 1} does not lead to its element")

    def annotations(self, root: Element) -> None:
        """UA 7.18: links are in the tree and say where they lead; the keyboard follows the tree."""
        tagged = Counter(note.objgen for one in root.elements() for note in one.annotations)
        for number, page in enumerate(self.pdf.pages):
            notes = [note for note in page.obj.get("/Annots", Array()) if note.get("/Subtype") != Name("/Popup")]
            self.say(
                not notes or page.obj.get("/Tabs") == Name("/S"), f"page {number + 1}: the keyboard does not follow the tree"
            )
            for note in notes:
                self.say(tagged[note.objgen] == 1, f"page {number + 1}: an annotation is not in the tree")
                self.say(bool(str(note.get("/Contents", "")).strip()), f"page {number + 1}: an annotation without words")

    def fonts(self) -> None:
        """UA 7.21: embedded, and each glyph has its character."""
        for one in self.pdf.objects:
            if not isinstance(one, Dictionary) or one.get("/Type") != Name("/Font"):
                continue
            if one.get("/Subtype") in (Name("/CIDFontType0"), Name("/CIDFontType2")):
                shape = one.get("/FontDescriptor", Dictionary())
                self.say(any(f"/FontFile{kind}" in shape for kind in ("", "2", "3")), f"{one.get('/BaseFont')} is not embedded")
            else:
                self.say("/ToUnicode" in one, f"{one.get('/BaseFont')} does not say its characters")

    def bookmarks(self, root: Element) -> None:
        """The outline names the headings, in their order."""
        with self.pdf.open_outline() as outline:
            stack, names = list(outline.root), []
            while stack:
                item = stack.pop(0)
                names.append(squeezed(item.title))
                stack = [*item.children, *stack]
        contents = {
            (at, one.mcid): one for at, page in enumerate(self.pdf.pages) for one in marked_of(page) if isinstance(one, Marked)
        }
        heads = [squeezed(text_of(one, contents)) for one in root.elements() if re.fullmatch("H[1-6]", one.kind)]
        self.say(names == heads, f"the bookmarks are not the headings: {names} {heads}")

    def reading_order(self, root: Element, contents: dict[tuple[int, int], Marked], data: bytes) -> None:
        """What the tree says stands in the same order where a reader without tags reads it off the pages."""
        lines = squeezed(read_off(data, "-raw"))
        at = 0
        for one in root.elements():
            if one.kind not in BLOCKS:
                continue
            text = squeezed(text_of(one, contents))
            found = lines.find(text[:60], at)
            self.say(found >= 0, f"{one.kind} stands elsewhere on the page than in the tree: {text[:60]}")
            at = found if found >= 0 else at
