"""What runs at the same time when the tests are spread over two processes: files beside files, but one browser after another.

Two rooms full of browsers that encode and draw need more than two cores, and then wait for each other instead of for the program.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    for item in items:
        group = "browsers" if item.get_closest_marker("browser") else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
