"""Letters to the people of a conference: templates, mailings, and one delivery for each person."""
