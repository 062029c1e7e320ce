"""``python -m conference.demo.assets [cards] [clips] [sheets] [photos]``: all of them without a name."""

import sys

from .cards import make_cards
from .clips import make_clips
from .photos import make_photos
from .sheets import make_sheets

MAKERS = {"cards": make_cards, "clips": make_clips, "sheets": make_sheets, "photos": make_photos}

for name in sys.argv[1:] or MAKERS:
    MAKERS[name]()
