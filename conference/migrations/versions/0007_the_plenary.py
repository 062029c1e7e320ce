"""the plenary"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import conference.base.db


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('plenary',
    sa.Column('session_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('text', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('until', conference.base.db.Instant(timezone=True), nullable=True),
    sa.Column('third_auto', sa.Boolean(), nullable=False),
    sa.Column('third', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('shows_now', sa.Boolean(), nullable=False),
    sa.Column('host', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('deputy', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('host_gone', conference.base.db.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_plenary_session_id_session')),
    sa.PrimaryKeyConstraint('session_id', name=op.f('pk_plenary'))
    )
    op.create_table('greeting',
    sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('session_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('name', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
    sa.Column('function', sa.JSON(), nullable=False),
    sa.Column('organisation', sa.JSON(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=True),
    sa.Column('seat', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
    sa.Column('began', conference.base.db.Instant(timezone=True), nullable=True),
    sa.Column('ended', conference.base.db.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_greeting_session_id_session')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_greeting'))
    )
    with op.batch_alter_table('greeting', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_greeting_session_id'), ['session_id'], unique=False)
    with op.batch_alter_table('forum', schema=None) as batch_op:
        batch_op.add_column(sa.Column('curtain', sa.Boolean(), nullable=True))
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.add_column(sa.Column('behind', conference.base.db.Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('heard', conference.base.db.Instant(timezone=True), nullable=True))
    with op.batch_alter_table('accesstoken', schema=None) as batch_op:
        batch_op.add_column(sa.Column('feed', sa.Enum('stage', 'signing', 'deputy', name='feed', native_enum=False, length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('accesstoken', schema=None) as batch_op:
        batch_op.drop_column('feed')
    with op.batch_alter_table('seat', schema=None) as batch_op:
        batch_op.drop_column('heard')
        batch_op.drop_column('behind')
    with op.batch_alter_table('forum', schema=None) as batch_op:
        batch_op.drop_column('curtain')
    with op.batch_alter_table('greeting', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_greeting_session_id'))
    op.drop_table('greeting')
    op.drop_table('plenary')
