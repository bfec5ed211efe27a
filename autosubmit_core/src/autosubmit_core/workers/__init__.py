"""Background work: what no request waits for, done by one process of however many there are.

Each task goes over all experiments and looks at those whose files have changed since it looked last.
What it finds it writes into the store, experiments in batches, each batch whole or not at all and
only while it is this process's turn (:mod:`autosubmit_core.store.leases`).
"""
