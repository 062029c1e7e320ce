"""Store and database of results compared (access/compared.py)."""

from __future__ import annotations

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from conference.access.compared import Comparison, compare_objects
from conference.results.model import ReportPhoto, ResultsDocument, ResultsLook, SheetVersion
from conference.results.objects import PREFIX
from conference.web.services import Services

COLUMNS = (ResultsDocument.object_key, SheetVersion.object_key, ReportPhoto.object_key, ResultsLook.logo_key)


async def reconcile_results(services: Services) -> Comparison:
    """Drop what no row of results names, and log what is missing. Raises Unavailable."""
    return await compare_objects(services, PREFIX, named_keys)


async def named_keys(db: AsyncSession, key: str | None = None) -> set[str]:
    """Keys that any row of results names (only `key`, where it is given). Four queries."""
    found: set[str] = set()
    for column in COLUMNS:
        query = select(column).where(col(column).is_not(None))
        found |= {one for one in await db.exec(query.where(col(column) == key) if key else query) if one is not None}
    return found
