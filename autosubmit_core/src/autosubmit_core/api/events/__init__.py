"""What happens to experiments, told to those who listen, as server-sent events.

One :class:`~autosubmit_core.api.events.watcher.Watcher` an experiment looks at its files, whatever
the number of listeners; a look that finds another version makes the difference, where experiments
of that size are computed. What is told goes through the journal of
:mod:`autosubmit_core.store.events`, which numbers it, and from there, encoded once, to every
:class:`~autosubmit_core.api.events.stream.Stream` that wants it. The number is the ``id`` of the
event. As the journal also knows what an experiment was at its newest event, a server that was just
started, or another process, first tells what changed meanwhile and then goes on: whoever comes back
with an id gets what it missed, once.
"""
