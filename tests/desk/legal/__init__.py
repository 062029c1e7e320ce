"""Legal pages: wording, forms, feedback, film, papers."""
