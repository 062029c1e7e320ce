"""Initiatives, and in which conferences they take part."""

from __future__ import annotations

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from conference.base.words import Words

LAENDER = {
    "BB": "Brandenburg", "BE": "Berlin", "BW": "Baden-Württemberg", "BY": "Bayern", "HB": "Bremen", "HE": "Hessen",
    "HH": "Hamburg", "MV": "Mecklenburg-Vorpommern", "NI": "Niedersachsen", "NW": "Nordrhein-Westfalen",
    "RP": "Rheinland-Pfalz", "SH": "Schleswig-Holstein", "SL": "Saarland", "SN": "Sachsen", "ST": "Sachsen-Anhalt",
    "TH": "Thüringen",
}  # fmt: skip


class Initiative(SQLModel, table=True):
    """An organisation. land: ISO 3166-2 without "DE-"; example: invented, and shown as such.

    What a conference says of it stands in its participation, so that one conference never rewrites another one's words.
    """

    id: str = Field(primary_key=True)
    slug: str = Field(unique=True)
    name: str
    land: str
    aim: Words = Field(sa_type=JSON)
    url: str | None = None
    example: bool = False


class Participation(SQLModel, table=True):
    """An initiative in a conference. about: what this conference says of it; kind, topics: by which its gallery can be filtered;
    reachable: whether strangers may write to it through the conference's form; version, changed_by (id of a person, no key): for
    two who edit."""

    __table_args__ = (UniqueConstraint("conference_id", "initiative_id"),)

    id: str = Field(primary_key=True)
    conference_id: str = Field(foreign_key="conference.id", index=True)
    initiative_id: str = Field(foreign_key="initiative.id", index=True)
    about: Words = Field(sa_type=JSON)
    kind: Words = Field(default_factory=dict, sa_type=JSON)
    topics: list[Words] = Field(default_factory=list, sa_type=JSON)
    reachable: bool = True
    position: int = 0
    version: int = Field(default=1, sa_column_kwargs={"server_default": "1"})
    changed_by: str | None = None
