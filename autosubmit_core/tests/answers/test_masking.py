"""What is nobody's business is shown nowhere, and everywhere in the same way."""

from __future__ import annotations

import pytest

from autosubmit_core.answers.masking import MASKED, masked
from autosubmit_core.answers.v4.settings import settings_side_by_side

SECRET = "hunter2"


@pytest.mark.parametrize(
    "name",
    [
        *("PASSWORD", "PASSWD", "DB_PASSW", "CLIENT_SECRET", "API_TOKEN", "CREDENTIALS"),
        *("APIKEY", "API_KEY", "conn_url"),
    ],
)
def test_both_ways_to_show_a_configuration_mask_the_same(name: str) -> None:
    configuration = {"MAIL": {name: SECRET, "USER": "me"}}
    assert masked(configuration) == {"MAIL": {name: MASKED, "USER": "me"}}
    told = settings_side_by_side(configuration, {})
    assert [(one.path, one.first) for one in told] == [
        (f"MAIL.{name}", MASKED),
        ("MAIL.USER", "me"),
    ]


def test_who_comes_in_by_a_url_is_masked_in_any_text() -> None:
    configuration = {"GIT": {"ORIGINS": [f"https://me:{SECRET}@host/x", "ssh://host/y"]}, "N": 3}
    shown = {"GIT": {"ORIGINS": [f"https://{MASKED}@host/x", "ssh://host/y"]}, "N": 3}
    assert masked(configuration) == shown
    assert masked(shown) == shown
    (origins, _) = settings_side_by_side(configuration, {})
    assert origins.first == f'["https://{MASKED}@host/x","ssh://host/y"]'


def test_a_password_that_holds_an_at_sign_is_masked_whole() -> None:
    shown = masked({"NOTE": "https://me:hun@ter2@host/x?to=a@b, http://you@host"})
    assert shown == {"NOTE": f"https://{MASKED}@host/x?to=a@b, http://{MASKED}@host"}


def test_the_url_of_the_database_is_empty_as_published() -> None:
    configuration = {"DATABASE_CONN_URL": f"postgresql://me:{SECRET}@host/db"}
    assert masked(configuration) == {"DATABASE_CONN_URL": ""}
    (told,) = settings_side_by_side(configuration, configuration)
    assert (told.first, told.second) == ("", "")


def test_all_below_a_secret_name_is_masked_but_what_is_empty() -> None:
    configuration = {"CREDENTIALS": {"MN5": [{"USER": "me"}], "NONE": ""}}
    assert masked(configuration) == {"CREDENTIALS": {"MN5": [{"USER": MASKED}], "NONE": ""}}
