"""What an answer was made of is let go with it, without waiting for the garbage collector.

Its large columns are a few objects, too few to wake the collector, however much memory they take.
"""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from autosubmit_core import demo
from autosubmit_core.answers.v3.graph import graph_answer
from autosubmit_core.answers.v3.performance import performance_answer
from autosubmit_core.answers.v3.pklinfo import pklinfo_answer, pkltreeinfo_answer
from autosubmit_core.answers.v3.quick import quick_answer
from autosubmit_core.answers.v3.summary import summary_answer
from autosubmit_core.answers.v3.tree import tree_answer
from autosubmit_core.answers.v4.columns import columns_answer
from autosubmit_core.answers.v4.jobs import jobs_answer
from autosubmit_core.api.encoding import encode
from autosubmit_core.archive import Archive, Experiment, open_archive

ANSWERS = (
    *(tree_answer, graph_answer, pklinfo_answer, pkltreeinfo_answer, quick_answer),
    *(summary_answer, performance_answer, columns_answer, jobs_answer),
)


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return open_archive(demo.build(tmp_path_factory.mktemp("demo")))


@pytest.fixture
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collector")
@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(answer.__name__))
def test_an_experiment_goes_as_soon_as_its_answer_is_sent(
    archive: Archive, answer: Callable[[Experiment], Any]
) -> None:
    experiment = archive.experiment("a2m9")
    encode(answer(experiment))
    gone = weakref.ref(experiment)
    del experiment
    assert gone() is None
