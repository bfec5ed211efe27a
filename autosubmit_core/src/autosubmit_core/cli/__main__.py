"""``python -m autosubmit_core.cli``: the same as ``autosubmit-core``."""

import sys

from autosubmit_core.cli.program import main

if __name__ == "__main__":
    sys.exit(main())
