"""decks and clips"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import conference.base.db


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'piece',
        sa.Column('id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('conference_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('session_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('kind', sa.Enum('deck', 'clip', name='piecekind', native_enum=False, length=32), nullable=False),
        sa.Column('title', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('key', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('content_type', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('etag', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('pages', sa.Integer(), nullable=False),
        sa.Column('page', sa.Integer(), nullable=False),
        sa.Column('words', sa.JSON(), nullable=False),
        sa.Column('seconds', sa.Float(), nullable=False),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('height', sa.Integer(), nullable=False),
        sa.Column('at', sa.Float(), nullable=False),
        sa.Column('since', conference.base.db.Instant(timezone=True), nullable=True),
        sa.Column('download', sa.Boolean(), nullable=False),
        sa.Column('shown', conference.base.db.Instant(timezone=True), nullable=True),
        sa.Column('captions_key', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('captions_language', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('added', conference.base.db.Instant(timezone=True), nullable=False),
        sa.Column('by', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_piece_by_person')),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_piece_conference_id_conference')),
        sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_piece_session_id_session')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_piece')),
        sa.UniqueConstraint('captions_key', name=op.f('uq_piece_captions_key')),
        sa.UniqueConstraint('key', name=op.f('uq_piece_key')),
    )
    op.create_index(op.f('ix_piece_conference_id'), 'piece', ['conference_id'])
    op.create_index(op.f('ix_piece_session_id'), 'piece', ['session_id'])
    op.create_table(
        'screening',
        sa.Column('session_id', sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column('piece', sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column('changes', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_screening_session_id_session')),
        sa.PrimaryKeyConstraint('session_id', name=op.f('pk_screening')),
    )


def downgrade() -> None:
    op.drop_table('screening')
    op.drop_index(op.f('ix_piece_session_id'), table_name='piece')
    op.drop_index(op.f('ix_piece_conference_id'), table_name='piece')
    op.drop_table('piece')
