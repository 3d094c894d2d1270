"""`python -m policylang` does what `policyc` does."""

import sys

from policylang.cli import main

if __name__ == "__main__":
    sys.exit(main())
