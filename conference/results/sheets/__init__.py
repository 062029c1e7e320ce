"""The sheet at work: one form that several write in, review and approval, history, and what leaves it as a file."""
