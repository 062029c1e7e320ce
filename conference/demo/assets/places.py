"""Where the sample media lie and what they are made from."""

from pathlib import Path
from typing import Any

import yaml

DEMO = Path(__file__).resolve().parent.parent
ROOT = DEMO.parent.parent
FONTS = ROOT / "conference" / "results" / "setting" / "fonts"
CLIPS = DEMO / "clips"
YEARS = ("2021", "2024")


def conference_of(year: str) -> dict[str, Any]:
    """The conference file of ``year`` as parsed YAML."""
    loaded: dict[str, Any] = yaml.safe_load((DEMO / year / "conference.yaml").read_text("utf-8"))
    return loaded


def land_name(code: str) -> str:
    """German name of the Land with ISO 3166-2 code ``DE-code``, for those that the drawn cards come from."""
    return {
        "BB": "Brandenburg",
        "MV": "Mecklenburg-Vorpommern",
        "NI": "Niedersachsen",
        "SN": "Sachsen",
        "TH": "Thüringen",
    }[code]
