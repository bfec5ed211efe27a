"""Who is calling, what they may do, and how they are told apart.

``identity`` and ``permission`` are two small objects that an institution may replace; ``tokens``
are what callers show; ``flow`` and the three providers are how people log in.
"""
