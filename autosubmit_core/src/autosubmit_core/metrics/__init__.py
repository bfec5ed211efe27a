"""Tables in, numbers out: everything that is computed from times, energy and configuration.

The functions read no files and know no answers. They take the tables of
:mod:`autosubmit_core.tables` and plain numbers, the present moment among them, and give back tables and
frozen dataclasses. They neither round nor format, except where a published formula goes on with the
rounded value; the function then says so. What cannot be computed is NaN.
"""
