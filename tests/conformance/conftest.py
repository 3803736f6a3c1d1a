"""The kit that proves an adapter: what must hold for every model family, on checkpoints whose sizes all differ.

    pytest tests/conformance                              random checkpoints of every registered family
    pytest tests/conformance --model FAMILY:FOLDER        a checkpoint of your own

What a family does not offer is not asked of it: such a check is skipped and says why.
"""

from collections.abc import Iterator

import pytest

from tests import subjects
from tests.subjects import Case


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each check every subject, and every target of its family where it asks for one."""
    if "subject" not in metafunc.fixturenames:
        return
    found = subjects.subjects(metafunc.config.getoption("model"))
    if "target" in metafunc.fixturenames:
        pairs = [(s, target) for s in found for target in s.targets]
        ids = [f"{s.name}-{target}" for s, target in pairs]
        metafunc.parametrize(("subject", "target"), pairs, ids=ids, scope="session")
    else:
        metafunc.parametrize("subject", found, ids=[s.name for s in found], scope="session")


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Names of the models written so far, by subject."""
    return {}


@pytest.fixture
def name(subject, written, tmp_path_factory) -> str:
    """The subject's name for a lease."""
    if subject.name not in written:
        written[subject.name] = subject.write(tmp_path_factory.mktemp("subject"))
    return written[subject.name]


@pytest.fixture
def case(name) -> Iterator[Case]:
    with subjects.on_lease(name) as case:
        yield case
