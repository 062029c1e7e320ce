"""the last test of a person"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import conference.base.db


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'checkresult',
        sa.Column('person_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('outcome', sa.Enum('passed', 'limits', 'failed', name='outcome', native_enum=False, length=32), nullable=False),
        sa.Column('at', conference.base.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_checkresult_person_id_person'), ondelete='CASCADE'),
        sa.PrimaryKeyConstraint('person_id', name=op.f('pk_checkresult')),
    )


def downgrade() -> None:
    op.drop_table('checkresult')
