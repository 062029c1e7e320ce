"""Floor 0: errors, clock, ids, settings, database, object storage, mail, jobs. Knows nothing of conferences' features."""
