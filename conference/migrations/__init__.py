"""Database revisions. Each runs on SQLite and on PostgreSQL."""
