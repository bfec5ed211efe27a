"""Job lists in dictionary layout, Autosubmit 4.1.12 and later, read without unpickling them.

Such a list is a dictionary of states, and of a state some twenty values are asked for. Where these
are in the file is found for all jobs side by side, and they alone are built: numbers, texts and
dates. Nothing is called that the file names, whatever it is. That takes a fraction of the time that
an unpickler needs, and no process of its own.

What is not as Autosubmit writes it raises :class:`UnfamiliarError`; who unpickles it will find out
what it is.

``frames``        the file without what only says how to read it
``instructions``  what the file is made of
``one_state``     one job, instruction by instruction
``stretches``     what most jobs have in common
``all_states``    all jobs, side by side
``jobs``          where the jobs are, and where they say what is asked for
``notes``         where the values are that a file says once and refers to
``columns``       from places to values
"""

from autosubmit_core.readers.job_list.dictionary.columns import read_dictionary
from autosubmit_core.readers.job_list.dictionary.frames import unframed
from autosubmit_core.readers.job_list.dictionary.one_state import UnfamiliarError

__all__ = ["UnfamiliarError", "read_dictionary", "unframed"]
