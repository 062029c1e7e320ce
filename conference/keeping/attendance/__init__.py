"""The proof that somebody was there: by wish and consent, out of the times in the rooms."""
