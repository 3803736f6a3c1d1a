from collections.abc import Iterator

import pytest

from tests.methods import raw


@pytest.fixture(scope="session", params=raw.KINDS)
def both(request, tmp_path_factory) -> Iterator[raw.Both]:
    """A pair in the adapter and in Transformers, for a model of each kind."""
    with raw.both(request.param, tmp_path_factory.mktemp("raw")) as found:
        yield found
