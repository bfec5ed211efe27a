"""Web pages about the experiments of an Autosubmit installation, over the public names of the core."""

from autosubmit_site.app import make_site
from autosubmit_site.settings import SiteSettings

__all__ = ["SiteSettings", "make_site"]
