"""The report after the conference: what it says, its photos, and its figures without persons."""
