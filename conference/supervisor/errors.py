"""Why a start is refused, as a sentence with facts: the command line says it in the reader's language."""

from __future__ import annotations

from typing import Any


class StartRefused(Exception):
    """The sentence (English, with {placeholders}) and its facts. Exit code 1."""

    def __init__(self, sentence: str, **facts: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.facts = facts

    def __str__(self) -> str:
        return self.sentence.format(**self.facts)


class AlreadySaid(Exception):
    """A command that had to come first has failed and has told why. `code`: its exit status, negative for a signal."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code
