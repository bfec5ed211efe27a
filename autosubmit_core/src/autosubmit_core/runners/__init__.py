"""Commands of Autosubmit, run on this machine or on another over SSH.

A :class:`~autosubmit_core.runners.profiles.Profile`, written by the administrator, says where and how;
:class:`~autosubmit_core.runners.permissions.Ownership` says who may. What is run is a list of arguments
from the first to the last step: no shell ever reads what a client sent as anything but a word.

A command outlives the server that started it. A small program beside it, or a script on the other
machine, keeps its output and writes down how it ended, in a private folder of its own.
"""
