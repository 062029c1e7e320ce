"""video cards: films under way, consent, plays"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

import conference.base.db

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_STATES = ('uploading', 'waiting', 'preparing', 'ready', 'refused', 'failed')
_ADDED = {'card': ('seen', 'language', 'unspoken', 'signed', 'change'), 'participation': ('kind', 'topics', 'reachable')}
_KINDS = ('licence', 'people', 'platform', 'site', 'social', 'remains')


def upgrade() -> None:
    op.drop_table('cardupload')
    op.create_table(
        'cardterms',
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('until', conference.base.db.Instant(timezone=True), nullable=True),
        sa.Column('most_seconds', sa.Integer(), nullable=False),
        sa.Column('most_bytes', sa.Integer(), nullable=False),
        sa.Column('least_height', sa.Integer(), nullable=False),
        sa.Column('reminded', conference.base.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_cardterms_conference_id_conference')),
        sa.PrimaryKeyConstraint('conference_id', name=op.f('pk_cardterms')),
    )
    op.create_table(
        'cardfilm',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('card_id', _TEXT(), nullable=False),
        sa.Column('state', sa.Enum(*_STATES, name='filmstate', native_enum=False, length=32), nullable=False),
        sa.Column('shown', sa.Boolean(), nullable=False),
        sa.Column('key', _TEXT(), nullable=True),
        sa.Column('upload_id', _TEXT(), nullable=True),
        sa.Column('name', _TEXT(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('part_size', sa.Integer(), nullable=False),
        sa.Column('begun', conference.base.db.Instant(timezone=True), nullable=False),
        sa.Column('arrived', conference.base.db.Instant(timezone=True), nullable=True),
        sa.Column('by', _TEXT(), nullable=True),
        sa.Column('stage', _TEXT(), nullable=False),
        sa.Column('progress', sa.Float(), nullable=False),
        sa.Column('refusal', _TEXT(), nullable=True),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.Column('seconds', sa.Float(), nullable=False),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('height', sa.Integer(), nullable=False),
        sa.Column('sound', sa.Boolean(), nullable=False),
        sa.Column('poster_at', sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_cardfilm_by_person')),
        sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_cardfilm_card_id_card')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cardfilm')),
        sa.UniqueConstraint('key', name=op.f('uq_cardfilm_key')),
    )
    op.create_index(op.f('ix_cardfilm_card_id'), 'cardfilm', ['card_id'])
    op.create_table(
        'cardconsent',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('card_id', _TEXT(), nullable=False),
        sa.Column('kind', sa.Enum(*_KINDS, name='consentkind', native_enum=False, length=32), nullable=False),
        sa.Column('version', sa.Integer(), nullable=False),
        sa.Column('language', _TEXT(), nullable=False),
        sa.Column('given', conference.base.db.Instant(timezone=True), nullable=False),
        sa.Column('by_name', _TEXT(), nullable=False),
        sa.Column('by', _TEXT(), nullable=True),
        sa.Column('ended', conference.base.db.Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['by'], ['person.id'], name=op.f('fk_cardconsent_by_person')),
        sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_cardconsent_card_id_card')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cardconsent')),
    )
    op.create_index(op.f('ix_cardconsent_card_id'), 'cardconsent', ['card_id'])
    op.create_table(
        'cardplays',
        sa.Column('card_id', _TEXT(), nullable=False),
        sa.Column('day', sa.Date(), nullable=False),
        sa.Column('plays', sa.Integer(), nullable=False),
        sa.Column('ends', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_cardplays_card_id_card')),
        sa.PrimaryKeyConstraint('card_id', 'day', name=op.f('pk_cardplays')),
    )
    with op.batch_alter_table('card') as batch:
        batch.add_column(sa.Column('seen', sa.JSON(), nullable=False, server_default='{}'))
        batch.add_column(sa.Column('language', _TEXT(), nullable=False, server_default='de'))
        batch.add_column(sa.Column('unspoken', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column('signed', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column('change', _TEXT(), nullable=False, server_default=''))
    op.execute(
        # one film per card that has files, under the card's own id
        "INSERT INTO cardfilm (id, card_id, state, shown, name, size, part_size, begun, stage, progress, facts, seconds, width, height,"
        " sound, poster_at) SELECT id, id, 'ready', true, '', 0, 0, COALESCE(published, CURRENT_TIMESTAMP), '', 1, '{}', seconds, 0, 0,"
        " true, 0 FROM card WHERE id IN (SELECT card_id FROM cardfile)"
    )
    with op.batch_alter_table('cardfile') as batch:
        batch.add_column(sa.Column('film_id', _TEXT(), nullable=True))
    op.execute('UPDATE cardfile SET film_id = card_id')
    with op.batch_alter_table('cardfile') as batch:
        batch.alter_column('film_id', existing_type=_TEXT(), nullable=False)
        batch.create_foreign_key(batch.f('fk_cardfile_film_id_cardfilm'), 'cardfilm', ['film_id'], ['id'])
        batch.create_index(batch.f('ix_cardfile_film_id'), ['film_id'])
    with op.batch_alter_table('participation') as batch:
        batch.add_column(sa.Column('kind', sa.JSON(), nullable=False, server_default='{}'))
        batch.add_column(sa.Column('topics', sa.JSON(), nullable=False, server_default='[]'))
        batch.add_column(sa.Column('reachable', sa.Boolean(), nullable=False, server_default=sa.true()))
    for table, names in _ADDED.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('participation') as batch:
        for name in ('reachable', 'topics', 'kind'):
            batch.drop_column(name)
    with op.batch_alter_table('cardfile') as batch:
        batch.drop_index(batch.f('ix_cardfile_film_id'))
        batch.drop_constraint(batch.f('fk_cardfile_film_id_cardfilm'), type_='foreignkey')
        batch.drop_column('film_id')
    with op.batch_alter_table('card') as batch:
        for name in ('change', 'signed', 'unspoken', 'language', 'seen'):
            batch.drop_column(name)
    for name in ('cardplays', 'cardconsent', 'cardfilm', 'cardterms'):
        op.drop_table(name)
    op.create_table(
        'cardupload',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('card_id', _TEXT(), nullable=False),
        sa.Column('key', _TEXT(), nullable=False),
        sa.Column('upload_id', _TEXT(), nullable=False),
        sa.Column('content_type', _TEXT(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('begun', conference.base.db.Instant(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(['card_id'], ['card.id'], name=op.f('fk_cardupload_card_id_card')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_cardupload')),
        sa.UniqueConstraint('key', name=op.f('uq_cardupload_key')),
    )
    op.create_index(op.f('ix_cardupload_card_id'), 'cardupload', ['card_id'])
