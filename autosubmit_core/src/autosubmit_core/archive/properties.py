"""Properties that are worked out once, and make nobody wait but those who ask for them."""

from __future__ import annotations

import sys

__all__ = ["cached_property"]

if sys.version_info >= (3, 12):
    from functools import cached_property
else:
    from collections.abc import Callable
    from typing import Any, Generic, TypeVar, overload

    Value = TypeVar("Value")

    class cached_property(Generic[Value]):  # noqa: N801  # it stands in for the one of functools
        """What :func:`functools.cached_property` is since Python 3.12.

        Until then it holds one lock for all objects of a class while it works out a value: the jobs
        of every experiment would wait for the slowest. Stays while older versions are supported.
        """

        def __init__(self, function: Callable[[Any], Value]) -> None:
            self._function = function
            self.__doc__ = function.__doc__

        def __set_name__(self, owner: type, name: str) -> None:
            self._name = name

        @overload
        def __get__(self, instance: None, owner: type) -> cached_property[Value]: ...
        @overload
        def __get__(self, instance: object, owner: type) -> Value: ...

        def __get__(self, instance: object | None, owner: type) -> cached_property[Value] | Value:
            if instance is None:
                return self
            value = instance.__dict__[self._name] = self._function(instance)
            return value
