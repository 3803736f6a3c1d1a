"""Open the page on http://127.0.0.1:7860; `python -m mmviz serve --help` has more choices."""

import sys

from mmviz.errors import MmvizError
from mmviz.ui.app import launch

if __name__ == "__main__":
    try:
        launch()
    except MmvizError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
