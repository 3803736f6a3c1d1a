"""A film into shots, a text into clauses."""

from collections.abc import Callable
from pathlib import Path

from mmviz.axes import TextAxis
from mmviz.errors import MediaError
from mmviz.media import clauses as clause_media
from mmviz.media import shots as shot_media
from mmviz.media import video as films
from mmviz.media.stills import Stills
from mmviz.samples import Video

CLAUSE_LEVELS = clause_media.LEVELS
CLAUSE_LANGUAGES = clause_media.LANGUAGES


def shots(
    film: str | Path | Video,
    *,
    gradual: bool = False,
    progress: Callable[[int, int], None] | None = None,
    stills: Stills | None = None,
) -> shot_media.Shots:
    """Find the shots of a film.

    Args:
        film: path of a file, or a film that `read_video` gave.
        gradual: look for dissolves, fades and wipes too; the strongest motion is now and then taken for one.
        progress: told (done, total) whole seconds of the film; what it raises ends the work.
        stills: takes some frames in on the way, for `film_vectors.of_shots`.

    Returns:
        At least one shot.

    Raises:
        MediaError: the file is no film, cannot be decoded, or is too large or too long.
    """
    video = film if isinstance(film, Video) else films.parse(film)
    return shot_media.find(video, gradual=gradual, progress=progress, stills=stills)


def clauses(text: str, *, level: str = "normal", language: str | None = None) -> TextAxis:
    """Divide a text into clauses; see `mmviz.media.clauses.find`."""
    return clause_media.find(text, level=level, language=language)


def read_clauses(path: str | Path, *, level: str = "normal", language: str | None = None) -> TextAxis:
    """Read a text file (UTF-8, with or without a byte order mark) and divide it into clauses.

    Raises:
        MediaError: there is no such file, it is no text, empty or too long.
    """
    return clauses(read_script(path), level=level, language=language)


def read_script(path: str | Path) -> str:
    """Read a text file, UTF-8, with or without a byte order mark.

    Raises:
        MediaError: there is no such file, or it is no text.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise MediaError(f"The text file {path} cannot be read ({error.strerror}); check the path.") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MediaError(f"{path.name} is no text in UTF-8 (byte {error.start}); save it as UTF-8 and try again.") from error


def read_video(path: str | Path, name: str | None = None) -> Video:
    """Take in a film; see `mmviz.media.video.parse`."""
    return films.parse(path, name)
