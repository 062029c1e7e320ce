"""results: findings that are collected live, sheets with versions and approval, photos, the hand-over pack"""

import json
from typing import Any

import sqlalchemy as sa
import sqlmodel
from alembic import op

from conference.base.db import Instant as _Instant

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_HEADINGS = {'topics': ('Themen', 'Topics'), 'practice': ('Best Practice', 'Best practice'), 'ideas': ('Ideen', 'Ideas')}
_DEFAULTS = {
    'finding': ('named', 'change'), 'report': ('change',), 'resultsdocument': ('lacks', 'summary'),
    'resultssheet': ('state', 'changes', 'collecting', 'summary'),
}
_NEW = ('sheetcomment', 'sheetversion', 'sheetevent', 'sheetapproval', 'closingshow', 'resultslook', 'reportphoto', 'handover')


def upgrade() -> None:
    op.create_table('handover',
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('asked', _Instant(timezone=True), nullable=False),
        sa.Column('made', _Instant(timezone=True), nullable=True),
        sa.Column('object_key', _TEXT(), nullable=True),
        sa.Column('size', sa.Integer(), nullable=True),
        sa.Column('progress', sa.Float(), nullable=False),
        sa.Column('fault', _TEXT(), nullable=True),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_handover_conference_id_conference')),
        sa.PrimaryKeyConstraint('conference_id', name=op.f('pk_handover')),
        sa.UniqueConstraint('object_key', name=op.f('uq_handover_object_key'))
    )
    op.create_table('reportphoto',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('position', sa.Integer(), nullable=False),
        sa.Column('object_key', _TEXT(), nullable=False),
        sa.Column('content_type', _TEXT(), nullable=False),
        sa.Column('size', sa.Integer(), nullable=False),
        sa.Column('etag', _TEXT(), nullable=False),
        sa.Column('width', sa.Integer(), nullable=False),
        sa.Column('height', sa.Integer(), nullable=False),
        sa.Column('credit', _TEXT(), nullable=False),
        sa.Column('alt', sa.JSON(), nullable=False),
        sa.Column('caption', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_reportphoto_conference_id_conference')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_reportphoto')),
        sa.UniqueConstraint('object_key', name=op.f('uq_reportphoto_object_key'))
    )
    with op.batch_alter_table('reportphoto') as batch:
        batch.create_index(batch.f('ix_reportphoto_conference_id'), ['conference_id'], unique=False)

    op.create_table('resultslook',
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('colour', _TEXT(), nullable=True),
        sa.Column('face', _TEXT(), nullable=True),
        sa.Column('logo_key', _TEXT(), nullable=True),
        sa.Column('logo_type', _TEXT(), nullable=True),
        sa.Column('logo_alt', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_resultslook_conference_id_conference')),
        sa.PrimaryKeyConstraint('conference_id', name=op.f('pk_resultslook')),
        sa.UniqueConstraint('logo_key', name=op.f('uq_resultslook_logo_key'))
    )
    op.create_table('closingshow',
        sa.Column('session_id', _TEXT(), nullable=False),
        sa.Column('running', sa.Boolean(), nullable=False),
        sa.Column('shown', _TEXT(), nullable=True),
        sa.Column('light_from', _Instant(timezone=True), nullable=True),
        sa.Column('light_seconds', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_closingshow_session_id_session')),
        sa.PrimaryKeyConstraint('session_id', name=op.f('pk_closingshow'))
    )
    op.create_table('sheetapproval',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('session_id', _TEXT(), nullable=False),
        sa.Column('person_id', _TEXT(), nullable=False),
        sa.Column('asked', _Instant(timezone=True), nullable=False),
        sa.Column('decided', _Instant(timezone=True), nullable=True),
        sa.Column('decision', sa.Enum('approved', 'changes', name='decision', native_enum=False, length=32), nullable=True),
        sa.Column('changes', sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_sheetapproval_conference_id_conference')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sheetapproval_person_id_person')),
        sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_sheetapproval_session_id_session')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sheetapproval')),
        sa.UniqueConstraint('session_id', 'person_id', name=op.f('uq_sheetapproval_session_id_person_id'))
    )
    with op.batch_alter_table('sheetapproval') as batch:
        batch.create_index(batch.f('ix_sheetapproval_conference_id'), ['conference_id'], unique=False)
        batch.create_index(batch.f('ix_sheetapproval_person_id'), ['person_id'], unique=False)
        batch.create_index(batch.f('ix_sheetapproval_session_id'), ['session_id'], unique=False)

    op.create_table('sheetevent',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('session_id', _TEXT(), nullable=False),
        sa.Column('at', _Instant(timezone=True), nullable=False),
        sa.Column('person_id', _TEXT(), nullable=True),
        sa.Column('what', _TEXT(), nullable=False),
        sa.Column('facts', sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_sheetevent_conference_id_conference')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sheetevent_person_id_person')),
        sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_sheetevent_session_id_session')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sheetevent'))
    )
    with op.batch_alter_table('sheetevent') as batch:
        batch.create_index(batch.f('ix_sheetevent_conference_id'), ['conference_id'], unique=False)
        batch.create_index(batch.f('ix_sheetevent_session_id'), ['session_id'], unique=False)

    op.create_table('sheetversion',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('session_id', _TEXT(), nullable=False),
        sa.Column('number', sa.Integer(), nullable=False),
        sa.Column('content', sa.JSON(), nullable=False),
        sa.Column('changes', sa.Integer(), nullable=False),
        sa.Column('made', _Instant(timezone=True), nullable=False),
        sa.Column('public_from', _Instant(timezone=True), nullable=False),
        sa.Column('person_id', _TEXT(), nullable=True),
        sa.Column('note', _TEXT(), nullable=False),
        sa.Column('object_key', _TEXT(), nullable=True),
        sa.Column('size', sa.Integer(), nullable=True),
        sa.Column('etag', _TEXT(), nullable=True),
        sa.Column('pages', sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_sheetversion_conference_id_conference')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sheetversion_person_id_person')),
        sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_sheetversion_session_id_session')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sheetversion')),
        sa.UniqueConstraint('object_key', name=op.f('uq_sheetversion_object_key')),
        sa.UniqueConstraint('session_id', 'number', name=op.f('uq_sheetversion_session_id_number'))
    )
    with op.batch_alter_table('sheetversion') as batch:
        batch.create_index(batch.f('ix_sheetversion_conference_id'), ['conference_id'], unique=False)
        batch.create_index(batch.f('ix_sheetversion_session_id'), ['session_id'], unique=False)

    op.create_table('sheetcomment',
        sa.Column('id', _TEXT(), nullable=False),
        sa.Column('conference_id', _TEXT(), nullable=False),
        sa.Column('session_id', _TEXT(), nullable=False),
        sa.Column('finding_id', _TEXT(), nullable=True),
        sa.Column('person_id', _TEXT(), nullable=True),
        sa.Column('at', _Instant(timezone=True), nullable=False),
        sa.Column('text', _TEXT(), nullable=False),
        sa.Column('settled', _Instant(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(['conference_id'], ['conference.id'], name=op.f('fk_sheetcomment_conference_id_conference')),
        sa.ForeignKeyConstraint(['finding_id'], ['finding.id'], name=op.f('fk_sheetcomment_finding_id_finding')),
        sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_sheetcomment_person_id_person')),
        sa.ForeignKeyConstraint(['session_id'], ['session.id'], name=op.f('fk_sheetcomment_session_id_session')),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_sheetcomment'))
    )
    with op.batch_alter_table('sheetcomment') as batch:
        batch.create_index(batch.f('ix_sheetcomment_conference_id'), ['conference_id'], unique=False)
        batch.create_index(batch.f('ix_sheetcomment_session_id'), ['session_id'], unique=False)

    with op.batch_alter_table('finding') as batch:
        batch.add_column(sa.Column('person_id', _TEXT(), nullable=True))
        batch.add_column(sa.Column('named', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column('client', _TEXT(), nullable=True))
        batch.add_column(sa.Column('added', _Instant(timezone=True), nullable=True))
        batch.add_column(sa.Column('changed', _Instant(timezone=True), nullable=True))
        batch.add_column(sa.Column('change', sa.Integer(), nullable=False, server_default='0'))
        batch.add_column(sa.Column('gone', _Instant(timezone=True), nullable=True))
        batch.add_column(sa.Column('merged', _TEXT(), nullable=True))
        batch.create_index(batch.f('ix_finding_person_id'), ['person_id'], unique=False)
        batch.create_index('ix_finding_session_id_change', ['session_id', 'change'], unique=False)
        batch.create_unique_constraint('uq_finding_session_id_client', ['session_id', 'client'])
        batch.create_foreign_key(batch.f('fk_finding_person_id_person'), 'person', ['person_id'], ['id'])

    with op.batch_alter_table('report') as batch:
        batch.add_column(sa.Column('change', sa.Integer(), nullable=False, server_default='0'))
        batch.add_column(sa.Column('figures', sa.JSON(), nullable=True))

    with op.batch_alter_table('resultsdocument') as batch:
        batch.add_column(sa.Column('pages', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('lacks', sa.JSON(), nullable=False, server_default='[]'))
        batch.add_column(sa.Column('summary', sa.JSON(), nullable=False, server_default='{}'))
        batch.add_column(sa.Column('corrected', _Instant(timezone=True), nullable=True))

    with op.batch_alter_table('resultssheet') as batch:
        batch.add_column(sa.Column('state', sa.Enum('draft', 'in_review', 'published', name='sheetstate', native_enum=False, length=32), nullable=False, server_default='draft'))
        batch.add_column(sa.Column('changes', sa.Integer(), nullable=False, server_default='0'))
        batch.add_column(sa.Column('collecting', sa.Enum('all', 'moderators', name='collecting', native_enum=False, length=32), nullable=False, server_default='all'))
        batch.add_column(sa.Column('closed', _Instant(timezone=True), nullable=True))
        batch.add_column(sa.Column('headings', sa.JSON(), nullable=True))
        batch.add_column(sa.Column('summary', sa.JSON(), nullable=False, server_default='{}'))
        batch.add_column(sa.Column('people', sa.JSON(), nullable=True))
        batch.add_column(sa.Column('initiatives', sa.Integer(), nullable=True))
        batch.add_column(sa.Column('expected', _Instant(timezone=True), nullable=True))
        batch.add_column(sa.Column('told', _Instant(timezone=True), nullable=True))
    with op.batch_alter_table('finding') as batch:
        batch.alter_column('heading', existing_type=sa.String(length=32), type_=_TEXT(), existing_nullable=False)
    _publish_first_versions()
    for table, names in _DEFAULTS.items():
        with op.batch_alter_table(table) as batch:
            for name in names:
                batch.alter_column(name, server_default=None)


def _publish_first_versions() -> None:
    """What is public already becomes the first version of its sheet; nobody is written to about it."""
    connection = op.get_bind()
    op.execute("UPDATE resultssheet SET state = 'published', told = published WHERE published IS NOT NULL")
    sheets = connection.execute(
        sa.text(
            'SELECT s.session_id, s.conference_id, s.published, p.title, p.question FROM resultssheet s'
            ' JOIN session p ON p.id = s.session_id WHERE s.published IS NOT NULL'
        )
    ).mappings()
    for sheet in sheets.all():
        rows = connection.execute(
            sa.text('SELECT id, heading, text, key, round FROM finding WHERE session_id = :session ORDER BY position, id'),
            {'session': sheet['session_id']},
        ).mappings()
        findings = rows.all()
        groups = [
            {
                'key': key,
                'title': {'de': german, 'en': english},
                'entries': [
                    {'id': row['id'], 'text': _read(row['text']), 'key': bool(row['key']), 'round': row['round']}
                    for row in findings
                    if row['heading'] == key
                ],
            }
            for key, (german, english) in _HEADINGS.items()
        ]
        content = {
            'title': _read(sheet['title']), 'question': _read(sheet['question']), 'summary': {},
            'people': _people(connection, sheet['session_id']), 'initiatives': None, 'groups': groups,
        }  # fmt: skip
        connection.execute(
            sa.text(
                'INSERT INTO sheetversion (id, conference_id, session_id, number, content, changes, made, public_from, note)'
                ' VALUES (:session, :conference, :session, 1, :content, 0, :made, :made, \'\')'
            ),
            {
                'session': sheet['session_id'], 'conference': sheet['conference_id'], 'content': json.dumps(content),
                'made': sheet['published'],
            },
        )  # fmt: skip


def _people(connection: sa.Connection, session_id: str) -> list[dict[str, object]]:
    """As the sheet named them: name, title and affiliation in one line, in each language that one of them has."""
    rows = connection.execute(
        sa.text('SELECT name, role, title, affiliation FROM billing WHERE session_id = :session ORDER BY position, id'),
        {'session': session_id},
    ).mappings()
    people: list[dict[str, object]] = []
    for row in rows.all():
        title, affiliation = _read(row['title']) or {}, _read(row['affiliation']) or {}
        texts = {
            language: ', '.join(part for part in (row['name'], title.get(language), affiliation.get(language)) if part)
            for language in {**title, **affiliation} or {'de': ''}
        }
        people.append({'role': row['role'], 'text': texts})
    return people


def _read(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def downgrade() -> None:
    for table in _NEW:
        op.drop_table(table)
    with op.batch_alter_table('resultssheet') as batch:
        for name in ('told', 'expected', 'initiatives', 'people', 'summary', 'headings', 'closed', 'collecting', 'changes', 'state'):
            batch.drop_column(name)
    with op.batch_alter_table('resultsdocument') as batch:
        for name in ('corrected', 'summary', 'lacks', 'pages'):
            batch.drop_column(name)
    with op.batch_alter_table('report') as batch:
        batch.drop_column('figures')
        batch.drop_column('change')
    with op.batch_alter_table('finding') as batch:
        batch.drop_index(batch.f('ix_finding_person_id'))
        batch.drop_index('ix_finding_session_id_change')
        batch.drop_constraint('uq_finding_session_id_client', type_='unique')
        batch.drop_constraint(batch.f('fk_finding_person_id_person'), type_='foreignkey')
        for name in ('merged', 'gone', 'changed', 'change', 'added', 'client', 'named', 'person_id'):
            batch.drop_column(name)
        batch.alter_column('heading', existing_type=_TEXT(), type_=sa.String(length=32), existing_nullable=False)
