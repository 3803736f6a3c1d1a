"""`python -m mmviz`, the same as the command `mmviz`."""

import sys

from mmviz.cli import main

if __name__ == "__main__":
    sys.exit(main())
