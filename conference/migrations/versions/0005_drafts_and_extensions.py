"""drafts and extensions have names and moments"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import conference.base.db


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('forum', schema=None) as batch_op:
        batch_op.add_column(sa.Column('extended', conference.base.db.Instant(timezone=True), nullable=True))

    with op.batch_alter_table('poll', schema=None) as batch_op:
        batch_op.add_column(sa.Column('client', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.create_unique_constraint('uq_poll_session_id_client', ['session_id', 'client'])


def downgrade() -> None:
    with op.batch_alter_table('poll', schema=None) as batch_op:
        batch_op.drop_constraint('uq_poll_session_id_client', type_='unique')
        batch_op.drop_column('client')

    with op.batch_alter_table('forum', schema=None) as batch_op:
        batch_op.drop_column('extended')
