"""The run console: what happens in the rooms now, and the acts of organisers on the day."""
