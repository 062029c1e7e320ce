"""What a conference is called, who hosts it, when it begins and ends, under which address it stands; and deleting it."""
