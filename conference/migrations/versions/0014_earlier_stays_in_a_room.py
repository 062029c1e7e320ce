"""rooms: when somebody was there before they left and came back"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seat", sa.Column("earlier", sa.JSON(), nullable=True))


def downgrade() -> None:
    # Not by a batch: SQLite (3.35) can drop a column where it stands, and others refer to this table.
    op.drop_column("seat", "earlier")
