"""The door of the second factor: what a link alone does not open."""
