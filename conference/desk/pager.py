"""Long lists page by page. The page is `?page=N` beside whatever else the address asks for, so filters stay."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request

ON_A_PAGE = 50


@dataclass(frozen=True)
class Pages:
    """One page of a list, for `desk/_pager.html`. count: of all rows; number: from 1; before, next: addresses or None."""

    count: int
    number: int
    last: int
    before: str | None
    next: str | None

    @property
    def offset(self) -> int:
        """How many rows stand on the pages before."""
        return (self.number - 1) * ON_A_PAGE


def pages_of(request: Request, count: int) -> Pages:
    """The page that the address asks for, or the nearest that there is."""
    last = max(1, -(-count // ON_A_PAGE))
    number = min(max(1, _number(request.query_params.get("page", ""))), last)

    def address(to: int) -> str | None:
        asked = [(name, value) for name, value in request.query_params.multi_items() if name != "page"]
        if to > 1:
            asked.append(("page", str(to)))
        return f"?{urlencode(asked)}" if 1 <= to <= last else None

    return Pages(count, number, last, address(number - 1), address(number + 1))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1
