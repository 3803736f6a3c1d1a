"""What a command prints, read strictly."""

import json


def read(out: str):
    """Read one JSON value that holds no NaN, and see that nothing else stands beside it."""

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(out, parse_constant=refuse)
