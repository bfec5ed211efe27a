"""What a program needs that serves more than the API: its own pages beside it, on one port.

:func:`make_app` takes routes that stand beside those of the API; their handlers are made of
:class:`ApiHandler`, which computes off the loop, keeps answers for as long as their files stay the
same, and reads declared parameters. :func:`serve` runs what was made, with settings that add their
own fields to :class:`Settings`.

It stands outside of :mod:`autosubmit_core.api` because it names the program that starts everything,
which nothing in that package may import.
"""

from autosubmit_core.api.app import ROUTES, Application, make_app, run, serve
from autosubmit_core.api.encoding import (
    Asked,
    Encoded,
    Subject,
    encode,
    json_bytes,
    warnings_of,
)
from autosubmit_core.api.handlers import ApiHandler, Operation, Route
from autosubmit_core.api.parameters import Boolean, Choice, Integer, Parameter, Text, Words
from autosubmit_core.api.refusals import Refusal, RefusedError, refusal_of
from autosubmit_core.api.report_request import read_report_request
from autosubmit_core.api.settings import Settings, read_settings, setting, whole_number
from autosubmit_core.api.v4.base import EXPID, JOB_NAME
from autosubmit_core.api.workers import Workers
from autosubmit_core.store.places import StorePlace, read_rows, writing

__all__ = [
    "EXPID",
    "JOB_NAME",
    "ROUTES",
    "ApiHandler",
    "Application",
    "Asked",
    "Boolean",
    "Choice",
    "Encoded",
    "Integer",
    "Operation",
    "Parameter",
    "Refusal",
    "RefusedError",
    "Route",
    "Settings",
    "StorePlace",
    "Subject",
    "Text",
    "Words",
    "Workers",
    "encode",
    "json_bytes",
    "make_app",
    "read_report_request",
    "read_rows",
    "read_settings",
    "refusal_of",
    "run",
    "serve",
    "setting",
    "warnings_of",
    "whole_number",
    "writing",
]
