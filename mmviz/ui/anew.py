"""What panels do when there is another answer, all of it in one request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradio.components import Component

from mmviz.ui.widgets import PRIVATE


@dataclass(frozen=True)
class Anew:
    """How one panel begins anew.

    Attributes:
        run: takes the values of `inputs`, gives one update for every one of `outputs` (a single one as it is).
        inputs: what is asked, the answer on the page mostly.
        outputs: what is updated.
    """

    run: Callable[..., Any]
    inputs: list[Component]
    outputs: list[Component]


def wire(event: Any, panels: list[Anew]) -> None:
    """Let panels begin anew after an event that gave an answer, or said it in another language; not after one that failed.

    Each listener of the page is looked up for each of its parts when the page is opened, so one a panel would be felt.

    Args:
        event: what gave the answer.
        panels: what begins anew then.
    """
    inputs = list(dict.fromkeys(one for panel in panels for one in panel.inputs))

    def begin(*values):
        return begun(panels, dict(zip(inputs, values, strict=True)))

    event.success(begin, inputs, [one for panel in panels for one in panel.outputs], **PRIVATE)


def begun(panels: list[Anew], values: dict[Component, Any]) -> tuple[Any, ...]:
    """Run what panels do: the updates of all, one panel's after the other's.

    Args:
        panels: what begins.
        values: of every input of any panel.
    """
    updates: list[Any] = []
    for panel in panels:
        found = panel.run(*(values[one] for one in panel.inputs))
        updates += found if len(panel.outputs) > 1 else [found]
    return tuple(updates)
