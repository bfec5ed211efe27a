"""Answers are kept up to a bound, those that are asked for before those that are not."""

from __future__ import annotations

from pathlib import Path

from autosubmit_core.api.encoding import Encoded, Question
from autosubmit_core.api.kept_answers import MOST_LOOKS, KeptAnswers
from autosubmit_core.archive import Consulted
from autosubmit_core.readers.versions import file_version

MEGABYTE = 2**20


def question(number: int) -> Question:
    return Question(str, "a000", (("number", number),), max)


def put(answers: KeptAnswers, number: int, size: int, consulted: Consulted | None = None) -> None:
    body = b"x" * size
    encoded = Encoded(size, body, None, str(number))
    answers.put(question(number), encoded, consulted or Consulted())


def test_what_was_not_asked_for_the_longest_is_let_go_first() -> None:
    answers = KeptAnswers(10 * MEGABYTE)
    for number in range(4):
        put(answers, number, 2 * MEGABYTE)
    assert answers.get(question(0)) is not None
    put(answers, 4, 2 * MEGABYTE)
    assert answers.get(question(0)) is not None
    assert answers.get(question(1)) is None
    assert answers.kept_bytes() <= 10 * MEGABYTE


def test_a_new_answer_takes_the_place_of_the_old_one() -> None:
    answers = KeptAnswers(10 * MEGABYTE)
    put(answers, 1, MEGABYTE)
    before = answers.kept_bytes()
    put(answers, 1, MEGABYTE)
    assert answers.kept_bytes() == before


def test_of_an_answer_that_is_too_large_only_its_tag_is_kept() -> None:
    answers = KeptAnswers(10 * MEGABYTE)
    put(answers, 1, 3 * MEGABYTE)
    kept = answers.get(question(1))
    assert kept is not None
    assert (kept.has_body, kept.encoded.etag(gzip=False)) == (False, '"1"')
    assert answers.kept_bytes() < MEGABYTE


def test_an_answer_that_depends_on_too_much_is_not_kept(tmp_path: Path) -> None:
    answers, consulted = KeptAnswers(10 * MEGABYTE), Consulted()
    here = file_version(tmp_path)
    consulted.files(here._replace(path=str(number)) for number in range(MOST_LOOKS + 1))
    put(answers, 1, 10, consulted)
    assert answers.get(question(1)) is None
