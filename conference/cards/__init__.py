"""Video business cards of initiatives, kept in the object store."""
