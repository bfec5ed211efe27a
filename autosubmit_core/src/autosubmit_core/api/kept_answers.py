"""Answers that were given, for as long as everything they were made from is the same.

The tag of an answer is a digest of its bytes, so that it names these bytes whatever happens. What
makes a 304 cheap is the other half: with each question stays what its answer was made from
(:class:`~autosubmit_core.archive.Consulted`). While that holds, whoever asks again gets the bytes
that are there, or a 304, and nothing is read, computed, encoded or packed.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from autosubmit_core.api.encoding import Encoded, Question
from autosubmit_core.archive import Consulted

__all__ = ["MOST_LOOKS", "KeptAnswer", "KeptAnswers"]

#: An answer that depends on more things is not kept. The list of 10,000 experiments depends on some
#: 100,000 files, which are looked at in half a second where making it takes several.
MOST_LOOKS = 200_000

#: About how much memory a question takes, and each thing that its answer depends on.
_QUESTION_BYTES, _LOOK_BYTES = 2_000, 400


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that was given."""

    #: Its tags, and its body unless that is too large to be kept.
    encoded: Encoded
    has_body: bool
    consulted: Consulted

    def memory_bytes(self) -> int:
        """Return about how much memory this keeps."""
        return self.encoded.memory_bytes() + _QUESTION_BYTES + _LOOK_BYTES * len(self.consulted)


class KeptAnswers:
    """The newest answers, up to a bound of memory; to be used from the loop alone."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._total = 0
        #: How often an answer was given that was there, and how often one had to be made.
        self.hits, self.made = 0, 0
        #: How many were let go for others.
        self.evicted = 0
        self._answers: OrderedDict[Question, KeptAnswer] = OrderedDict()

    def get(self, question: Question) -> KeptAnswer | None:
        """Return the last answer to a question, which may hold no more; None if it is not kept."""
        found = self._answers.get(question)
        if found is not None:
            self._answers.move_to_end(question)
        return found

    def put(self, question: Question, encoded: Encoded, consulted: Consulted) -> None:
        """Keep an answer; those that were not asked for the longest are let go for it."""
        old = self._answers.pop(question, None)
        self._total -= old.memory_bytes() if old else 0
        if len(consulted) > MOST_LOOKS:
            return
        # One large body must not push out all others.
        fits = encoded.memory_bytes() <= self._limit // 4
        kept = KeptAnswer(encoded if fits else encoded.without_bytes(), fits, consulted)
        self._answers[question] = kept
        self._total += kept.memory_bytes()
        while self._total > self._limit:
            _, oldest = self._answers.popitem(last=False)
            self._total -= oldest.memory_bytes()
            self.evicted += 1

    def kept_bytes(self) -> int:
        """Return about how much memory the answers keep."""
        return self._total
