import numpy as np
import pytest


@pytest.fixture(scope="session")
def clustered() -> np.ndarray:
    """120 unit vectors of 11 numbers in six clusters of 20, those of one cluster side by side."""
    rng = np.random.default_rng(5)
    centres = np.repeat(rng.normal(size=(6, 11)), 20, axis=0)
    vectors = centres + 0.2 * rng.normal(size=centres.shape)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
