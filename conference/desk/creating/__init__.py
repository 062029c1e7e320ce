"""Making a conference: from a template, by copying an earlier one, from a file."""
