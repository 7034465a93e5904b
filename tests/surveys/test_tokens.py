import base64
import string

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from common import tokens

ids = st.lists(st.integers(0, tokens.MAX_ID), min_size=1, max_size=3).map(tuple)
ALPHABET = string.ascii_letters + string.digits + "-_"


@given(ids)
def test_a_token_gives_back_its_ids(numbers: tuple[int, ...]) -> None:
    token = tokens.make("answer", *numbers)
    assert tokens.read("answer", token) == numbers
    assert set(token) <= set(ALPHABET)


@given(st.integers(0, 2**40), st.integers(0, 2**40))
def test_the_link_stays_short(organisation: int, invitation: int) -> None:
    assert len("/r/" + tokens.make("answer", organisation, invitation)) < 40


@given(ids)
def test_a_token_opens_nothing_else(numbers: tuple[int, ...]) -> None:
    assert tokens.read("unsubscribe", tokens.make("answer", *numbers)) is None


@given(ids, st.data())
def test_any_other_character_is_refused(numbers: tuple[int, ...], data: st.DataObject) -> None:
    token = tokens.make("answer", *numbers)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from(ALPHABET))
    changed = token[:place] + other + token[place + 1 :]
    assert (tokens.read("answer", changed) is None) == (changed != token)


@given(st.text(max_size=80))
def test_nonsense_is_refused(text: str) -> None:
    assert tokens.read("answer", text) is None


@given(st.binary(max_size=48))
def test_nonsense_that_decodes_is_refused(content: bytes) -> None:
    assert tokens.read("answer", base64.urlsafe_b64encode(content).rstrip(b"=").decode()) is None


def test_another_spelling_of_the_same_ids_is_refused() -> None:
    token = tokens.make("answer", 7, 300)
    for spelling in (token + "=", token + "==", token + "\n", " " + token, token[:5] + "!" + token[5:]):
        assert tokens.read("answer", spelling) is None


def test_numbers_that_are_no_ids_are_a_mistake_of_the_caller() -> None:
    for numbers in ((), (-1,), (2**63,)):
        with pytest.raises(ValueError, match="ids from 0"):
            tokens.make("answer", *numbers)


def test_a_former_key_still_reads_but_no_longer_signs() -> None:
    with override_settings(SECRET_KEY="former"):
        former = tokens.make("answer", 1, 2)
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=["former"]):
        assert tokens.read("answer", former) == (1, 2)
        assert tokens.make("answer", 1, 2) != former
    with override_settings(SECRET_KEY="new"):
        assert tokens.read("answer", former) is None
