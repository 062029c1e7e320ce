"""The guides of `docs/`, read as pages of the program itself: Markdown with anchors, pictures, and a search in them."""
