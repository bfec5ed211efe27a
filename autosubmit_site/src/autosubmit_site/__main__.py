"""``python -m autosubmit_site``."""

from autosubmit_site.cli import main

if __name__ == "__main__":
    main()
