"""What we write ourselves, and only where Autosubmit API has always written.

Two files beside the main database: ``autosubmit_api.db``, and for the events that come and go all
day ``autosubmit_api_events.db``. A third in the folder of the experiments: ``api_runners.db``, of the
commands that were started. Where Autosubmit keeps its own on a PostgreSQL server, what the first and
the third hold is in tables of the schema ``public``, and the events are in the folder of the
experiments. Each is made when something is first written into it. Besides, ``details`` in the main
database, the statuses in ``as_times.db``, and the layouts of graphs; or the same tables on the server.
Nothing is ever written into the folder of an experiment.
"""
