"""Parts of the page that the browser does not build before somebody looks at them.

Gradio's front end makes nothing of what is `visible=False`: no script of it is fetched, no node made. What was sent to it meanwhile is
handed over when it is made, and what handlers read of it is what it was built with. So a room costs a visitor nothing until it is opened,
and opening it asks the server nothing.
"""

from collections.abc import Callable
from typing import Any

from gradio.blocks import Block
from gradio.components import Component

from mmviz.ui.modules import script

Parts = tuple[Block, ...]


def close(*blocks: Block) -> Parts:
    """Leave blocks, and whatever stands in them, unmade until they are opened.

    Components inside are closed themselves, for the front end fetches the script of whatever is visible, in a closed room too.

    Args:
        blocks: laid out; what is not to be seen yet for another reason stays as it is.

    Returns:
        What `opens` makes, a block before what stands in it.
    """
    found = [one for block in blocks if block.visible is True for one in (block, *_components(block))]
    for one in found:
        one.visible = False
    return tuple(found)


def opens(event: Callable[..., Any], parts: Parts, file: str = "open.js") -> Any:
    """Let an event of the page make what was closed, without the server.

    Args:
        event: such as `button.click`.
        parts: what `close` gave, or some of it.
        file: script that gives an update for every part.

    Returns:
        The listener.
    """
    return event(None, list(parts), list(parts), js=script(file), api_visibility="private", queue=False, show_progress="hidden")


def inside(block: Block) -> list[Block]:
    """List whatever stands in a block, however deep."""
    return [one for child in getattr(block, "children", []) for one in (child, *inside(child))]


def _components(block: Block) -> list[Block]:
    """List the components that are seen in a block, however deep."""
    seen = [child for child in getattr(block, "children", []) if child.visible is True]
    return [one for child in seen for one in ([child] if isinstance(child, Component) else _components(child))]
