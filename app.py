"""Open the page on http://127.0.0.1:7860; `python -m mmviz serve --help` has more choices."""

from mmviz.ui.app import launch

if __name__ == "__main__":
    launch()
