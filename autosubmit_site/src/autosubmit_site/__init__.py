"""Web pages about the experiments of an Autosubmit installation, over the public names of the core."""

from autosubmit_site.app import make_app

__all__ = ["make_app"]
