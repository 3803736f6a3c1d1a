"""Options of a registered function, read from what the command line, the page or a caller gives."""

import inspect
import types
from typing import Any, get_args, get_origin

from mmviz.errors import MethodError
from mmviz.registry import Entry

WORDS = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "a word",
    tuple: "whole numbers with commas between",
}
TRUE, FALSE, NOTHING = ("true", "yes", "1"), ("false", "no", "0"), ("", "all", "none")


def read(entry: Entry, given: dict[str, Any]) -> dict[str, Any]:
    """Fill in defaults and turn every given value, text included, into its option's type.

    Args:
        entry: the function that takes the options.
        given: values by name; a text is read as the option's type says.

    Returns:
        Every option of the function with its value.

    Raises:
        MethodError: an option the function does not take, or a value that is not of its type.
    """
    for name in given:
        if name not in entry.options:
            rule = f"its options are: {', '.join(entry.options)}" if entry.options else "it takes none"
            raise MethodError(f'{entry.name} has no option "{name}"; {rule}.')
    parameters = inspect.signature(entry.run).parameters
    read_values = {name: _value(entry, name, parameters[name].annotation, value) for name, value in given.items()}
    return {**entry.options, **read_values}


def _value(entry: Entry, name: str, annotation: Any, value: Any) -> Any:
    types_allowed = get_args(annotation) if isinstance(annotation, types.UnionType) else (annotation,)
    if types.NoneType in types_allowed and (value is None or str(value).strip().lower() in NOTHING):
        return None
    kind = next(t for t in types_allowed if t is not types.NoneType)
    kind = get_origin(kind) or kind
    try:
        return READERS[kind](value)
    except (TypeError, ValueError, OverflowError) as error:
        way_out = WORDS[kind] + (', or "all"' if types.NoneType in types_allowed else "")
        raise MethodError(f'{entry.name} cannot use {name}="{value}"; give {way_out}.') from error


def _truth(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in TRUE + FALSE:
        raise ValueError(word)
    return word in TRUE


def _whole(value: Any) -> int:
    if isinstance(value, str):
        return int(value)
    if isinstance(value, bool) or int(value) != value:
        raise ValueError(value)
    return int(value)


def _number(value: Any) -> float:
    number = float(value)
    if number != number or number in (float("inf"), float("-inf")):
        raise ValueError(value)
    return number


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _wholes(value: Any) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    wholes = {_whole(part) for part in parts}
    if not wholes:
        raise ValueError("none given")
    return tuple(sorted(wholes))


READERS = {bool: _truth, int: _whole, float: _number, str: _word, tuple: _wholes}
