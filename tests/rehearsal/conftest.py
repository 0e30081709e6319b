from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rehearsal.outside import Outside, serving


@pytest.fixture
def outside() -> Iterator[Outside]:
    """Somebody else's SCIM server."""
    with serving() as server:
        yield server
