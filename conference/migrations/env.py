"""Alembic's environment: the connection is handed in by `conference.migrate`."""

from __future__ import annotations

from alembic import context

from conference.migrate import metadata_of_all

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata_of_all(),
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
