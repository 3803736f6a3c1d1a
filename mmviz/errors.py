"""The errors whose text is shown to the user as it stands."""


class MmvizError(Exception):
    """Say what was given, which rule it breaks and what can be done, in one sentence."""


class MediaError(MmvizError):
    """A text, picture, sound or film cannot be used."""


class ModelError(MmvizError):
    """A checkpoint cannot be found, loaded or run."""


class MethodError(MmvizError):
    """A method or an option of it does not fit."""


class StorageError(MmvizError):
    """Something cannot be kept or found again."""


class Stopped(MmvizError):
    """The one who asked for the work wants it no more."""


class UnknownName(MmvizError):
    """A name stands for nothing that is registered."""

    def __init__(self, kind: str, name: str, known: list[str]):
        super().__init__(f'There is no {kind} "{name}"; there are: {", ".join(known)}.')
        self.kind, self.name, self.known = kind, name, known
