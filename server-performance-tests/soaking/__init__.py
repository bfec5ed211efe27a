"""A long time under load: what is served, who asks, what is looked at meanwhile, and how it is shown."""
