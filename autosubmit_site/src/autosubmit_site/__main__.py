"""``python -m autosubmit_site``."""

from autosubmit_core.server import run

from autosubmit_site.cli import main

if __name__ == "__main__":
    run(main)
