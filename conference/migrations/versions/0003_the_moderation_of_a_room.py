"""the moderation of a room"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import conference.base.db


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('forum', schema=None) as batch_op:
        batch_op.add_column(sa.Column('locked', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('lobby', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('spotlight', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('notes', sqlmodel.sql.sqltypes.AutoString(), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('notes_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.add_column(sa.Column('notes_changed', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('help_asked', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('help_by', sqlmodel.sql.sqltypes.AutoString(), nullable=True))

    with op.batch_alter_table('forum', schema=None) as batch_op:
        batch_op.alter_column('notes', server_default=None)

    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('floor_until', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('turn', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('way', sa.Enum('voice', 'text', 'signing', name='way', native_enum=False, length=32), nullable=True))
        batch_op.add_column(sa.Column('banned', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('knocked', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('promoted', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('number', sa.Integer(), nullable=False, server_default='1'))
        batch_op.add_column(sa.Column('window', sqlmodel.sql.sqltypes.AutoString(), nullable=True))
        batch_op.drop_constraint('uq_seat_session_id_person_id', type_='unique')
        batch_op.create_unique_constraint('uq_seat_session_id_person_id_number', ['session_id', 'person_id', 'number'])

    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.alter_column('number', server_default=None)
    # Who was put out before could not come back; now that is a ban.
    op.execute('UPDATE seat SET banned = removed WHERE removed IS NOT NULL')


def downgrade() -> None:
    op.execute('DELETE FROM seat WHERE number > 1')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_constraint('uq_seat_session_id_person_id_number', type_='unique')
        batch_op.create_unique_constraint('uq_seat_session_id_person_id', ['session_id', 'person_id'])
        for column in ('window', 'number', 'promoted', 'knocked', 'banned', 'way', 'turn', 'floor_until'):
            batch_op.drop_column(column)

    with op.batch_alter_table('forum', schema=None) as batch_op:
        for column in ('help_by', 'help_asked', 'notes_changed', 'notes_by', 'notes', 'spotlight', 'lobby', 'locked'):
            batch_op.drop_column(column)
