"""words for all: who writes and who signs"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import conference.base.db


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('forum') as batch:
        batch.add_column(sa.Column('text_closed', conference.base.db.Instant(timezone=True), nullable=True))
        batch.add_column(sa.Column('captioner', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch.add_column(sa.Column('signer', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
    with op.batch_alter_table('seat') as batch:
        batch.add_column(sa.Column('signs', conference.base.db.Instant(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('seat') as batch:
        batch.drop_column('signs')
    with op.batch_alter_table('forum') as batch:
        batch.drop_column('signer')
        batch.drop_column('captioner')
        batch.drop_column('text_closed')
