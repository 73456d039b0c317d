"""`python -m benchmarks`; `make bench`."""

import sys

# The clients' process imports this module again: what it must not load is imported only here.
if __name__ == "__main__":
    from benchmarks.measuring import main

    sys.exit(main())
