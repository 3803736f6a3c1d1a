"""What the tab of methods says of the models themselves: a table of tasks and models, measured where the answer is known."""

from typing import Any

from mmviz.trusts import COSTS, TASKS, Right, Skill, Skills
from mmviz.ui import menus
from mmviz.ui.skills_words import say

#: Questions; where there are fewer, their number stands beside the share.
FEW = 500


def table(skills: Skills, language: str) -> dict[str, Any]:
    """Write the table: a row for every task that one of the models was set, a column for every model."""
    names = ("title", "lead", "task", "table", "export", "export_csv", "export_json")
    asked = [task for task in TASKS if any(task in skill.tasks for skill in skills.models)]
    return {
        "words": {name: say(name, language) for name in names},
        "columns": [_column(skill, language) for skill in skills.models],
        "rows": [
            {"task": task, "title": say(task, language), "cells": [_cell(skill, task, language) for skill in skills.models]}
            for task in asked
        ]
        + _costs(skills, language),
    }


def _costs(skills: Skills, language: str) -> list[dict[str, Any]]:
    """Write a row for every time that was measured of one of the models: what a pair takes, and what of it falls to finding regions."""
    there = [cost for cost in COSTS if any(cost in skill.costs for skill in skills.models)]
    return [
        {
            "task": f"cost_{cost}",
            "title": say(f"cost_{cost}", language),
            "cells": [_time(s, cost, language) for s in skills.models],
        }
        for cost in there
    ]


def _time(skill: Skill, cost: str, language: str) -> dict[str, Any]:
    title = menus.known_model(skill.model).title
    if cost not in skill.costs:
        return {"said": "–", "full": f"{title}: {say('absent' if skill.costs else 'none', language)}"}
    said = f"{skill.costs[cost]:.3g} ms"
    return {"said": said, "full": f"{title}: {say(f'cost_{cost}', language)}: {said}"}


def _column(skill: Skill, language: str) -> dict[str, Any]:
    scenes = say("scenes", language, scenes=f"{skill.scenes:,}")
    notes = {"measured": scenes, "old": f"{scenes}; {say('old', language)}", "none": say("none", language)}
    title = menus.known_model(skill.model).title
    return {"model": skill.model, "title": title, "note": notes[skill.state], "state": skill.state}


def _cell(skill: Skill, task: str, language: str) -> dict[str, Any]:
    """Write how often a model was right: by captions of the page's language where it was asked in that one."""
    rights = skill.tasks.get(task, {})
    if not rights:
        return {
            "said": "–",
            "full": f"{menus.known_model(skill.model).title}: {say('absent' if skill.tasks else 'none', language)}",
        }
    first = language if language in rights else next(iter(rights))
    rest = [say(f"in_{name}", language, share=percent(right)) for name, right in rights.items() if name != first]
    if rights[first].n < FEW:
        rest.append(f"n = {rights[first].n:,}")
    said = ", ".join(say(f"in_{name}", language, share=percent(right)) for name, right in rights.items())
    right = rights[first]
    facts = {"model": menus.known_model(skill.model).title, "n": f"{right.n:,}", "chance": f"{100 * right.chance:.2g} %"}
    return {
        "said": percent(right),
        "rest": ", ".join(rest),
        "full": say("cell", language, said=said, **facts),
        "share": right.value,
        "chance": right.chance,
    }


def percent(right: Right) -> str:
    """Write a share as percents with one decimal: the best models differ by less than one."""
    return f"{100 * right.value:.1f} %"
