"""announcements: for one room as well"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('announcement') as batch:
        batch.add_column(sa.Column('session_id', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch.create_foreign_key(batch.f('fk_announcement_session_id_session'), 'session', ['session_id'], ['id'])


def downgrade() -> None:
    with op.batch_alter_table('announcement') as batch:
        batch.drop_constraint(batch.f('fk_announcement_session_id_session'), type_='foreignkey')
        batch.drop_column('session_id')
