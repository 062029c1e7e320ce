"""the organisers' desk: drafts and versions of the program, legal pages, registration, mailings, accounts, survey, the end

What is added to tables that others refer to can be null or keeps its default: SQLite would have to make them anew.
"""

import sqlalchemy as sa
import sqlmodel
from alembic import op

from conference.base.db import Instant as _Instant

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None

_TEXT = sqlmodel.sql.sqltypes.AutoString
_ADDED = {
    'conference': ('changed_by', 'second_factor', 'emergency'),
    'person': ('organisation', 'language', 'source', 'bounced', 'version', 'changed_by'),
    'browsersession': ('label', 'seen'),
    'signedin': ('at', 'way', 'verified', 'looks_as'),
    'session': ('version', 'changed_by', 'hidden', 'room', 'places', 'planned_starts', 'planned_ends', 'began', 'ended', 'origin'),
    'participation': ('version', 'changed_by'),
}
_NEW = (
    'peopletable', 'statement', 'purgerecord', 'closecheck', 'surveyanswered', 'surveyanswer', 'survey', 'accessneeds', 'choice',
    'registration', 'registrationterms', 'delivery', 'mailing', 'lettertemplate', 'signinflow', 'provideridentity', 'factor',
    'account', 'personconsent', 'programversion', 'sessiondraft', 'legalpage',
)  # fmt: skip


def _word(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=32)


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, _TEXT(), nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def _at(name: str, nullable: bool = True) -> sa.Column:
    return sa.Column(name, _Instant(timezone=True), nullable=nullable)


def _json(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.JSON(), nullable=nullable)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _key(table: str, column: str, to: str, field: str = 'id', ondelete: str | None = None) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f'{to}.{field}'], name=op.f(f'fk_{table}_{column}_{to}'), ondelete=ondelete)


def _one(table: str, column: str = 'id') -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(column, name=op.f(f'pk_{table}'))


def _once(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=op.f(f'uq_{table}_{"_".join(columns)}'))


def _index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f'ix_{table}_{column}'), table, [column], unique=False)


def upgrade() -> None:
    _program()
    _people()
    _letters()
    _taking_part()
    _the_end()
    with op.batch_alter_table('conference') as batch:
        batch.add_column(_text('changed_by', True))
        batch.add_column(_at('second_factor'))
        batch.add_column(_json('emergency', True))
    with op.batch_alter_table('participation') as batch:
        batch.add_column(sa.Column('version', sa.Integer(), server_default='1', nullable=False))
        batch.add_column(_text('changed_by', True))
    op.create_table('legalpage',
        _text('id'), _text('conference_id'),
        sa.Column('page', _word('page', 'imprint', 'privacy', 'accessibility', 'easy', 'signed', 'notice'), nullable=False),
        _json('fields'), _flag('own'), sa.Column('reviewed', sa.Date(), nullable=True),
        _text('film_key', True), _text('film_type', True), _number('film_size', True), _text('film_etag', True), _text('film_captions'),
        _number('version'), _at('changed', False), _text('changed_by', True),
        _key('legalpage', 'conference_id', 'conference'),
        _one('legalpage'), _once('legalpage', 'conference_id', 'page'), _once('legalpage', 'film_key'),
    )
    _index('legalpage', 'conference_id')
    op.create_table('statement',
        _text('id'), _text('conference_id'), _text('key'), _text('subject'), _text('text'), _at('at', False), _text('by', True),
        _key('statement', 'conference_id', 'conference'),
        _one('statement'), _once('statement', 'conference_id', 'key', 'subject'),
    )
    _index('statement', 'conference_id')
    op.create_table('peopletable',
        _text('id'), _text('conference_id'), _text('name'), _json('rows'), _json('faults'), _text('by', True), _at('expires', False),
        _key('peopletable', 'conference_id', 'conference'),
        _one('peopletable'),
    )
    _index('peopletable', 'conference_id')


def _program() -> None:
    with op.batch_alter_table('session') as batch:
        batch.add_column(sa.Column('version', sa.Integer(), server_default='1', nullable=False))
        batch.add_column(_text('changed_by', True))
        batch.add_column(_at('hidden'))
        batch.add_column(_text('room', True))
        batch.add_column(_number('places', True))
        for name in ('planned_starts', 'planned_ends', 'began', 'ended'):
            batch.add_column(_at(name))
        batch.add_column(_json('origin', True))
    with op.batch_alter_table('billing') as batch:
        batch.add_column(_text('person_id', True))
        batch.add_column(_json('origin', True))
        batch.create_index(batch.f('ix_billing_person_id'), ['person_id'], unique=False)
        batch.create_foreign_key(batch.f('fk_billing_person_id_person'), 'person', ['person_id'], ['id'])
    op.create_table('sessiondraft',
        _text('session_id'), _text('conference_id'), _json('facts'), _at('changed', False),
        _key('sessiondraft', 'session_id', 'session'), _key('sessiondraft', 'conference_id', 'conference'),
        _one('sessiondraft', 'session_id'),
    )
    _index('sessiondraft', 'conference_id')
    op.create_table('programversion',
        _text('id'), _text('conference_id'), _number('number'), _at('made', False), _text('made_by', True),
        _json('note'), _json('content'), _json('changes'),
        _key('programversion', 'conference_id', 'conference'),
        _one('programversion'), _once('programversion', 'conference_id', 'number'),
    )
    _index('programversion', 'conference_id')


def _people() -> None:
    with op.batch_alter_table('person') as batch:
        batch.add_column(_text('organisation', True))
        batch.add_column(_text('language', True))
        batch.add_column(sa.Column('source', _word('source', 'file', 'list', 'desk', 'registration', 'guest'), nullable=True))
        batch.add_column(_at('bounced'))
        batch.add_column(sa.Column('version', sa.Integer(), server_default='1', nullable=False))
        batch.add_column(_text('changed_by', True))
    with op.batch_alter_table('browsersession') as batch:
        batch.add_column(_text('label', True))
        batch.add_column(_at('seen'))
    with op.batch_alter_table('signedin') as batch:
        batch.add_column(_at('at'))
        batch.add_column(sa.Column('way', _word('signinway', 'link', 'oidc'), nullable=True))
        batch.add_column(_at('verified'))
        batch.add_column(_text('looks_as', True))
    op.create_table('personconsent',
        _text('id'), _text('person_id'),
        sa.Column('kind', _word('personconsentkind', 'attendance', 'listed', 'later', 'needs'), nullable=False),
        _number('version'), _text('language'), _at('given', False), _at('ended'),
        _key('personconsent', 'person_id', 'person', ondelete='CASCADE'),
        _one('personconsent'),
    )
    _index('personconsent', 'person_id')
    op.create_table('account',
        _text('id'), _text('email'), _at('created', False),
        _one('account'), _once('account', 'email'),
    )
    op.create_table('factor',
        _text('id'), _text('account_id'),
        sa.Column('kind', _word('factorkind', 'totp', 'passkey', 'recovery'), nullable=False),
        _text('label'), _text('secret', True), _text('credential', True), _text('public_key', True), _number('sign_count'),
        _number('step', True), _at('created', False), _at('confirmed'), _at('used'), _at('spent'),
        _key('factor', 'account_id', 'account', ondelete='CASCADE'),
        _one('factor'), _once('factor', 'credential'),
    )
    _index('factor', 'account_id')
    op.create_table('provideridentity',
        _text('id'), _text('account_id'), _text('issuer'), _text('subject'), _at('bound', False),
        _key('provideridentity', 'account_id', 'account', ondelete='CASCADE'),
        _one('provideridentity'), _once('provideridentity', 'issuer', 'subject'),
    )
    _index('provideridentity', 'account_id')
    op.create_table('signinflow',
        _text('digest'), sa.Column('kind', _word('flowkind', 'second', 'oidc', 'enrol'), nullable=False),
        _text('person_id', True), _json('facts'), _number('tries'), _at('expires', False),
        _key('signinflow', 'person_id', 'person', ondelete='CASCADE'),
        _one('signinflow', 'digest'),
    )
    _index('signinflow', 'person_id')


_LETTERS = (
    'invitation', 'day_before', 'minutes_before', 'confirmed', 'waiting', 'moved_up', 'declined', 'cancelled', 'survey', 'letter',
)  # fmt: skip


def _letters() -> None:
    op.create_table('lettertemplate',
        _text('id'), _text('conference_id'), sa.Column('kind', _word('letterkind', *_LETTERS), nullable=False),
        _json('subject'), _json('body'), _number('version'), _at('changed', False), _text('changed_by', True),
        _key('lettertemplate', 'conference_id', 'conference'),
        _one('lettertemplate'), _once('lettertemplate', 'conference_id', 'kind'),
    )
    _index('lettertemplate', 'conference_id')
    op.create_table('mailing',
        _text('id'), _text('conference_id'), sa.Column('kind', _word('letterkind', *_LETTERS), nullable=False),
        sa.Column('state', _word('mailingstate', 'draft', 'planned', 'sending', 'sent', 'stopped', 'standing'), nullable=False),
        _json('subject'), _json('body'), _json('audience'), _flag('calendar'), _at('at'), _number('minutes', True),
        _text('session_id', True), _number('people'), _at('made', False), _at('begun'), _at('done'),
        _number('version'), _text('changed_by', True),
        _key('mailing', 'conference_id', 'conference'), _key('mailing', 'session_id', 'session'),
        _one('mailing'),
    )
    _index('mailing', 'conference_id')
    op.create_table('delivery',
        _text('id'), _text('mailing_id'), _text('conference_id'), _text('person_id'), _number('number'),
        sa.Column('state', _word('deliverystate', 'waiting', 'handed', 'sent', 'bounced', 'failed', 'skipped'), nullable=False),
        _text('message_id'), _number('tries'), _at('next_try'), _at('handed'), _at('told'), _text('reply', True),
        _key('delivery', 'mailing_id', 'mailing'), _key('delivery', 'conference_id', 'conference'),
        _key('delivery', 'person_id', 'person', ondelete='CASCADE'),
        _one('delivery'), _once('delivery', 'message_id'),
        sa.UniqueConstraint('mailing_id', 'person_id', 'number', name='uq_delivery_mailing_id_person_id_number'),
    )
    _index('delivery', 'mailing_id', 'conference_id', 'person_id')
    op.create_index('ix_delivery_state_next_try', 'delivery', ['state', 'next_try'], unique=False)


def _taking_part() -> None:
    op.create_table('registrationterms',
        _text('conference_id'), _flag('is_open'), _at('until'), _number('places', True), _json('asks'), _json('wishes'), _json('intro'),
        _number('needs_kept'), _number('version'), _text('changed_by', True),
        _key('registrationterms', 'conference_id', 'conference'),
        _one('registrationterms', 'conference_id'),
    )
    op.create_table('registration',
        _text('person_id'), _text('conference_id'),
        sa.Column('state', _word('registrationstate', 'confirmed', 'waiting', 'withdrawn'), nullable=False),
        _at('at', False), _number('turn'), _at('confirmed'), _at('withdrawn'), _text('wish'), _text('language'), _text('client', True),
        _key('registration', 'person_id', 'person', ondelete='CASCADE'), _key('registration', 'conference_id', 'conference'),
        _one('registration', 'person_id'), _once('registration', 'conference_id', 'client'),
    )
    _index('registration', 'conference_id')
    op.create_table('choice',
        _text('id'), _text('conference_id'), _text('person_id'), _text('session_id'), _number('rank'), _at('at', False), _at('placed'),
        _key('choice', 'conference_id', 'conference'), _key('choice', 'person_id', 'person', ondelete='CASCADE'),
        _key('choice', 'session_id', 'session'),
        _one('choice'), _once('choice', 'person_id', 'session_id'),
    )
    _index('choice', 'conference_id', 'person_id', 'session_id')
    op.create_table('accessneeds',
        _text('person_id'), _text('conference_id'), _json('needs'), _text('text'), _at('at', False), _at('arranged'),
        _key('accessneeds', 'person_id', 'person', ondelete='CASCADE'), _key('accessneeds', 'conference_id', 'conference'),
        _one('accessneeds', 'person_id'),
    )
    _index('accessneeds', 'conference_id')


def _the_end() -> None:
    op.create_table('survey',
        _text('conference_id'), _json('questions'), _flag('comment'), _at('open_from'), _number('version'), _text('changed_by', True),
        _key('survey', 'conference_id', 'conference'),
        _one('survey', 'conference_id'),
    )
    op.create_table('surveyanswer',
        _text('id'), _text('conference_id'), _json('answers'), _text('comment'), sa.Column('day', sa.Date(), nullable=False),
        _key('surveyanswer', 'conference_id', 'conference'),
        _one('surveyanswer'),
    )
    _index('surveyanswer', 'conference_id')
    op.create_table('surveyanswered',
        _text('person_id'), _text('conference_id'),
        _key('surveyanswered', 'person_id', 'person', ondelete='CASCADE'), _key('surveyanswered', 'conference_id', 'conference'),
        _one('surveyanswered', 'person_id'),
    )
    _index('surveyanswered', 'conference_id')
    op.create_table('closecheck',
        _text('id'), _text('conference_id'), _at('begun', False), _at('ended'), _json('tried'), _json('faults'),
        _key('closecheck', 'conference_id', 'conference'),
        _one('closecheck'),
    )
    _index('closecheck', 'conference_id')
    op.create_table('purgerecord',
        _text('conference_id'), sa.Column('kept_list', _word('listkept', 'saved', 'not_needed'), nullable=True), _at('list_asked'),
        _flag('early'), _at('begun'), _at('ended'), _json('rows'), _number('objects'), _json('remains'),
        _key('purgerecord', 'conference_id', 'conference'),
        _one('purgerecord', 'conference_id'),
    )


def downgrade() -> None:
    for table in _NEW:
        op.drop_table(table)
    with op.batch_alter_table('billing') as batch:
        batch.drop_index(batch.f('ix_billing_person_id'))
        batch.drop_constraint(batch.f('fk_billing_person_id_person'), type_='foreignkey')
        batch.drop_column('origin')
        batch.drop_column('person_id')
    for table, names in _ADDED.items():
        for name in names:
            # Not by a batch: SQLite (3.35) can drop a column where it stands, and others refer to these tables.
            op.drop_column(table, name)
