"""the running order of a plenary: what was taken out can be brought back"""

import sqlalchemy as sa
from alembic import op

from conference.base.db import Instant as _Instant

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('greeting') as batch:
        batch.add_column(sa.Column('dropped', _Instant(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('greeting') as batch:
        batch.drop_column('dropped')
