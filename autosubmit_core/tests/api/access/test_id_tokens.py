"""What a provider's set of keys may be: S-09, S-14."""

from __future__ import annotations

from typing import Any

import pytest

from autosubmit_core.api.access.id_tokens import SigningKeys, UnknownKeyError
from autosubmit_core.api.access.users import ProviderError

#: Types of keys that are none.
WRONG: list[Any] = [["RSA"], {}, None, 7]


@pytest.mark.parametrize(
    "keys", [None, {}, "RSA", [7], [None], [{}], *([{"kty": wrong}] for wrong in WRONG)]
)
def test_what_is_no_set_of_keys_is_a_provider_that_fails(keys: Any) -> None:
    """S-14: a 503, not a mistake of ours."""
    with pytest.raises(ProviderError):
        SigningKeys({"keys": keys})


def test_keys_of_other_types_and_uses_are_passed_over() -> None:
    told = [{"kty": "oct", "k": "c2VjcmV0"}, {"kty": "new"}, {"kty": "RSA", "use": "enc"}]
    for algorithm in ("HS256", "RS256", ["RS256"], None):
        with pytest.raises(UnknownKeyError):
            SigningKeys({"keys": told}).find(None, algorithm)
