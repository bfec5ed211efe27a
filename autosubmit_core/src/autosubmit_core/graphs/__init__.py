"""Tables to positions and trees: how the jobs of an experiment hang together, and how to draw it."""
