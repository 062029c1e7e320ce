"""What makes a film a card: `prepare` looks at a file from anywhere and makes what browsers can play; `posters` another still.

The work happens in processes of its own with limits of memory and time (media.video.child); nothing of a film is parsed in the
process that calls. `conference` imports these names and no module below.
"""

from __future__ import annotations

from media.video.model import Broken, Limits, Picture, Prepared, Refused, Rendition, Track
from media.video.preparing import posters, prepare

__all__ = ["Broken", "Limits", "Picture", "Prepared", "Refused", "Rendition", "Track", "posters", "prepare"]
