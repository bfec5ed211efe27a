"""Two servers beside each other on the same experiments: what ``side_by_side.py`` is made of."""
