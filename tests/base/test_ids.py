"""Ids and secrets: long, random, safe in addresses and keys; seals that only we can make."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conference.base.ids import RandomIds, digest, seal, sealed_by
from conference.base.storage import check_key

KEY = b"a key"


def test_ids_and_secrets() -> None:
    ids = RandomIds()
    fresh = {ids.new() for _ in range(1000)}
    assert len(fresh) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{22}", one) for one in fresh)
    secrets = {ids.secret() for _ in range(1000)}
    assert len(secrets) == 1000
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", one) and check_key(one) for one in secrets)


def test_a_digest() -> None:
    assert digest("secret") == "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"


@given(st.text(), st.text(alphabet=st.characters(exclude_characters="\0")))
def test_a_seal_is_good_for_its_text_key_and_purpose(text: str, purpose: str) -> None:
    made = seal(KEY, purpose, text)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", made)
    assert sealed_by(KEY, purpose, text, made)
    assert not sealed_by(KEY, purpose, text + "x", made)
    assert not sealed_by(KEY, purpose + "x", text, made)
    assert not sealed_by(KEY + b"x", purpose, text, made)


@given(st.text(st.characters(codec=None)))
@pytest.mark.parametrize("more", ["", "é", "\udcff"])
def test_whatever_comes_instead_of_a_seal_is_refused(more: str, text: str) -> None:
    assert not sealed_by(KEY, "purpose", "text", text + more)
