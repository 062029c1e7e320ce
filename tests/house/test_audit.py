"""Every act that the program writes down has a sentence, so that organisers can read the whole log."""

from __future__ import annotations

import ast
from pathlib import Path

from conference.desk.audit.words import sentence_of
from conference.web.texts import read_texts
from tests.house.source import ROOT, calls, constants, files, name_of, tree

Function = ast.FunctionDef | ast.AsyncFunctionDef


def recorded() -> dict[str, str]:
    """Act -> where it is recorded. Also acts that come by a variable, a parameter of the function around, or as a part."""
    found: dict[str, str] = {}
    for file in files("conference"):
        if name_of(file) == "conference/base/audit.py" or not _recorders(tree(file)):
            continue
        for call in calls(file):
            if ast.unparse(call.func) in _recorders(tree(file)):
                acts = texts_of(call.args[1], call, file)
                assert acts, f"{name_of(file)}:{call.lineno}: which act is this?"
                found.update(dict.fromkeys(acts, f"{name_of(file)}:{call.lineno}"))
    return found


def _recorders(module: ast.Module) -> set[str]:
    """What `conference.base.audit.record` is called in this module."""
    names = set()
    for node in ast.walk(module):
        if isinstance(node, ast.ImportFrom) and node.module == "conference.base":
            names |= {f"{one.asname or one.name}.record" for one in node.names if one.name == "audit"}
        elif isinstance(node, ast.ImportFrom) and node.module == "conference.base.audit":
            names |= {one.asname or one.name for one in node.names if one.name == "record"}
    return names


def texts_of(node: ast.expr, at: ast.AST, file: Path) -> set[str]:
    """What the expression can be, as far as the module itself says."""
    if isinstance(node, ast.JoinedStr):
        every = {""}
        for part in node.values:
            value = part.value if isinstance(part, ast.FormattedValue) else part
            every = {before + text for before in every for text in texts_of(value, at, file)}
        return every
    if isinstance(node, ast.IfExp):
        return texts_of(node.body, at, file) | texts_of(node.orelse, at, file)
    if isinstance(node, ast.Name):
        return _given(node.id, file) | _passed(node.id, at, file) | _imported(node.id, file)
    return constants(node)


def _given(name: str, file: Path) -> set[str]:
    """The texts that a variable is given anywhere in the module, also as one of several."""
    found: set[str] = set()
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = zip(node.targets[0].elts, node.value.elts, strict=False)
            found |= {text for target, value in pairs if ast.unparse(target) == name for text in constants(value)}
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            found |= constants(node.value)
    return found


def _passed(name: str, at: ast.AST, file: Path) -> set[str]:
    """What callers within the module hand to the function around `at` for the parameter `name`."""
    found: set[str] = set()
    for function in (node for node in ast.walk(tree(file)) if isinstance(node, Function) and at in set(ast.walk(node))):
        names = [one.arg for one in function.args.args]
        for call in calls(file) if name in names else ():
            if ast.unparse(call.func) == function.name and len(call.args) > names.index(name):
                found |= texts_of(call.args[names.index(name)], call, file)
            found |= {
                text
                for given in call.keywords
                if given.arg == name and ast.unparse(call.func) == function.name
                for text in texts_of(given.value, call, file)
            }
    return found


def _imported(name: str, file: Path) -> set[str]:
    for node in ast.walk(tree(file)):
        if isinstance(node, ast.ImportFrom) and node.module and any(one.name == name for one in node.names):
            return _given(name, ROOT / f"{node.module.replace('.', '/')}.py")
    return set()


def test_every_act_has_a_sentence_in_both_languages() -> None:
    acts = recorded()
    assert {"closing moved", "sheet scheduled", "card files missing", "room.banned", "results unpublished"} <= acts.keys()
    for language in (read_texts()["de"], read_texts()["en"]):
        without = {act: where for act, where in acts.items() if sentence_of(language, act) is None}
        assert without == {}, "conference/desk/audit/words.py"


def test_a_sentence_is_one() -> None:
    german, english = read_texts()["de"], read_texts()["en"]
    for act in recorded():
        said = [sentence_of(language, act) or "" for language in (german, english)]
        assert all(text.endswith(".") and "!" not in text and text[0].isupper() for text in said), said
        assert said[0] != said[1], act
