"""A closed conference looked at from outside: whether nothing answers any more, and what is to stay does."""
