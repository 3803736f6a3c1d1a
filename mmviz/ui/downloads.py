"""What a visitor takes along: bytes that go to the browser, which saves them; no file is left on the server."""

import base64

from mmviz import pipeline
from mmviz.errors import UnknownName
from mmviz.matchings import Matching
from mmviz.matrices import Matrix
from mmviz.registry import exports
from mmviz.results import Alignment
from mmviz.samples import Image
from mmviz.timings import Timing
from mmviz.trusts import Skills, Truths
from mmviz.ui import reading
from mmviz.versus import Versus

#: Formats the browser makes out of another one.
MADE_OF = {"png": "svg"}


Result = Alignment | Matrix | Matching | Skills | Truths | Versus | Timing


def payload(result: Result, format_: str, at: float, image: Image | None = None) -> str:
    """Write a result for the browser to save.

    Args:
        result: an alignment, a matrix, what was measured of models or methods, two answers against each other, times of words, or
            shots against clauses.
        format_: a name of `mmviz list exports` that takes it, or "png".
        at: when it was asked for, so that asking twice saves twice.
        image: the picture, for formats that draw.

    Raises:
        MmvizError: there is no such format, or it does not take the result.
    """
    known = [entry.name for entry in exports]
    is_written = format_ in known and type(result).__name__ in exports[format_].facts["takes"]
    source = format_ if is_written else MADE_OF.get(format_, format_)
    if source not in known:
        raise UnknownName("export format", format_, [*known, *MADE_OF])
    entry = exports[source]
    name = "-".join(part for part in ("mmviz", getattr(result, "model", ""), _way(result)) if part)
    safe = "".join(sign if sign.isalnum() or sign in "-._" else "-" for sign in name)
    content = base64.b64encode(pipeline.export(result, source, image)).decode("ascii")
    kind = entry.facts["media_type"]
    suffix = format_ if source != format_ else entry.facts["suffix"].removeprefix(".")
    return reading.written({"name": safe, "format": format_, "suffix": suffix, "kind": kind, "content": content, "at": at})


def _way(result: Result) -> str:
    """Name in which way a result was made."""
    if isinstance(result, Timing):
        return f"speech-{result.aligner}"
    made = (getattr(result, name, "") for name in ("method", "scale", "matcher"))
    return next(filter(None, made), "models" if isinstance(result, Skills) else "methods")
