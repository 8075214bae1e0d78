"""Carries functions into other processes."""
from typing import Any

import cloudpickle


class CloudpickleWrapper:
    """
    Lets pickle carry what only cloudpickle can, such as a lambda.

    :param var: the object carried, found again as ``.var``
    """

    def __init__(self, var: Any) -> None:
        self.var = var

    def __getstate__(self) -> bytes:
        return cloudpickle.dumps(self.var)

    def __setstate__(self, state: bytes) -> None:
        self.var = cloudpickle.loads(state)
