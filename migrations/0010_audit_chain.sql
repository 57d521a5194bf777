-- Traces as narrow rows under a seal, in the chain of whoever wrote them (rules T2, T3; docs/audit.md).
--
-- Names that come again and again are codes (src/storage/trace-codes.ts), what follows from another column is not stored, and
-- the time is where it was already: in the first 48 bits of the id. So the month is a range of ids.

alter table audit rename to audit_before;
alter table audit_default rename to audit_before_default;
alter index audit_pkey rename to audit_before_pkey;
do $$
declare
  part record;
begin
  for part in select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
              where i.inhparent = 'audit_before'::regclass and c.relname ~ '^audit_\d{4}_\d\d$' loop
    execute format('alter table %I rename to %I', part.relname, part.relname || '_before');
    execute format('alter index %I rename to %I', part.relname || '_pkey', part.relname || '_before_pkey');
  end loop;
end
$$;
alter index if exists audit_default_pkey rename to audit_before_default_pkey;

create table audit (
  patient_key    uuid not null,
  -- Version 7: its first 48 bits are the time, in milliseconds.
  id             uuid not null,
  -- The process that wrote it (audit_checkpoint), and its place among what that process wrote: 1, 2, 3 …
  writer         integer not null,
  seq            integer not null,
  interaction    smallint not null,
  status         smallint not null,
  resource_type  smallint not null,
  actor          "char" not null,
  authentication "char" not null,
  mode           "char" not null,
  on_behalf      boolean not null,
  person         text not null,
  organization   text not null,
  profession     text not null,
  client         text not null,
  network        text not null,
  motive         text not null,
  -- Ids of rules with a blank in between.
  rules          text not null,
  error          text not null,
  query          text not null,
  request_id     bytea not null,
  -- What was shown or written, packed (src/storage/trace-entities.ts).
  entities       bytea not null,
  -- HMAC over all columns before it; empty for what was written before there were seals (writer 0).
  seal           bytea not null,
  primary key (patient_key, id)
) partition by range (id);
-- Not unique: such a constraint would have to contain patient_key. That nothing is there twice is what verification sees.
create index audit_writer on audit (writer, seq);
create table audit_default partition of audit default;

-- The months of the rows there are; those to come are made by the server (src/storage/audit-partitions.ts).
do $$
declare
  month record;
begin
  for month in select distinct date_trunc('month', b.recorded at time zone 'UTC') as first from audit_before b loop
    execute format('create table %I partition of audit for values from (%L) to (%L)',
      'audit_' || to_char(month.first, 'YYYY_MM'),
      rpad(lpad(to_hex(extract(epoch from month.first)::bigint * 1000), 12, '0'), 32, '0')::uuid,
      rpad(lpad(to_hex(extract(epoch from month.first + interval '1 month')::bigint * 1000), 12, '0'), 32, '0')::uuid);
  end loop;
end
$$;

with codes (name, code) as (values
  ('capabilities', 1), ('smart-configuration', 2), ('openapi', 3), ('publish-matrices', 4),
  ('publish-seal-keys', 5), ('livez', 6), ('readyz', 7), ('home', 8),
  ('sandbox-issuer', 9), ('unknown-route', 10), ('read-document-reference', 11), ('vread-document-reference', 12),
  ('search-document-references', 13), ('publish-document', 14), ('generate-metadata', 15), ('provide-documents', 16),
  ('document-history', 17), ('document-type-history', 18), ('search-lists', 19), ('change-document', 20),
  ('verify-document', 21), ('read-provenance', 22), ('search-provenance', 23), ('announce-document', 24),
  ('reveal-document', 25), ('destroy-record', 26), ('retrieve-document', 27), ('read-resource', 28),
  ('vread-resource', 29), ('find-patient', 30), ('list-records', 31), ('match-patient', 32),
  ('summarise-accesses', 33), ('read-patient', 34), ('open-record', 35), ('create-consent', 36),
  ('update-consent', 37), ('search-consents', 38), ('consent-history', 39), ('create-care-team', 40),
  ('update-care-team', 41), ('search-care-teams', 42), ('care-team-history', 43), ('close-record', 44),
  ('reactivate-record', 45), ('synthese', 46), ('create-subscription', 47), ('update-subscription', 48),
  ('delete-subscription', 49), ('search-subscriptions', 50), ('subscription-status', 51), ('subscription-events', 52),
  ('deliver-notification', 53), ('search-traces', 54), ('read-trace', 55), ('tell-rights', 56),
  ('explain-request', 57), ('read', 58), ('vread', 59), ('history-instance', 60),
  ('history-type', 61), ('history-system', 62), ('create', 63), ('update', 64),
  ('conditional-update', 65), ('patch', 66), ('conditional-patch', 67), ('delete', 68),
  ('conditional-delete', 69), ('search-type', 70), ('search-system', 71), ('search-compartment', 72),
  ('bundle', 73), ('everything', 74), ('validate', 75), ('meta', 76),
  ('meta-add', 77), ('meta-delete', 78), ('versions', 79), ('terminology', 80)
),
actors (name, code) as (values ('', '-'), ('PS', 'P'), ('NON_PS', 'N'), ('STRUCTURE', 'S'), ('PATIENT', 'H'),
  ('REPRESENTANT_LEGAL', 'L'), ('AIDANT', 'A'), ('ASSURANCE_MALADIE', 'M'), ('AUDITEUR', 'U'), ('ADMINISTRATION', 'D'),
  ('SYSTEME', 'Y')),
authentications (name, code) as (values ('', '-'), ('DIRECTE', 'D'), ('INDIRECTE', 'I'), ('INDIRECTE_RENFORCEE', 'R')),
modes (name, code) as (values ('', '-'), ('normal', 'n'), ('bris_de_glace', 'b'), ('centre_15', 'c'))
-- A name without a code leaves a null, which the table refuses: no trace is lost without a word.
insert into audit
select b.patient_key,
  (lpad(to_hex(floor(extract(epoch from b.recorded) * 1000)::bigint), 12, '0')
    || substr(replace(b.id::text, '-', ''), 13))::uuid,
  0, row_number() over (order by b.recorded, b.id, b.patient_key)::integer,
  codes.code::smallint, b.status, case b.resource_type when '' then 0 else 1 end::smallint,
  actors.code::"char", authentications.code::"char", modes.code::"char", b.on_behalf_of is not null,
  b.person, b.organization, '', b.client, b.network, b.motive, array_to_string(b.rules, ' '), b.error,
  case b.resource_type when '' then b.query else b.resource_type || '?' || b.query end,
  case when b.request_id ~ '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
    then '\x00'::bytea || decode(replace(b.request_id, '-', ''), 'hex') else convert_to(b.request_id, 'UTF8') end,
  -- Each entity as the text it was: the mark of such a one, its length in one or two bytes, and the text.
  coalesce((
    select string_agg('\x01'::bytea
        || case when octet_length(e.text) < 128 then set_byte('\x00'::bytea, 0, octet_length(e.text))
             else set_byte(set_byte('\x0000'::bytea, 0, 128 + octet_length(e.text) % 128), 1, octet_length(e.text) / 128) end
        || convert_to(e.text, 'UTF8'), ''::bytea order by e.place)
      from unnest(b.entities) with ordinality as e (text, place)), ''::bytea),
  ''::bytea
from audit_before b
  left join codes on codes.name = b.interaction
  left join actors on actors.name = b.actor
  left join authentications on authentications.name = b.authentication
  left join modes on modes.name = b.mode;

drop table audit_before;

-- The chain of each writer: number 0 opens it, `final` ends it; in between each one signs what came since the one before.
create table audit_checkpoint (
  writer    integer not null,
  number    integer not null,
  until_seq integer not null,
  recorded  timestamptz not null,
  final     boolean not null,
  digest    bytea not null,
  -- What is signed: all of the above and more (src/audit/checkpoint.ts).
  jws       text not null,
  primary key (writer, number)
);
-- Which chains were begun, and which have ended: few among many checkpoints.
create index audit_checkpoint_ends on audit_checkpoint (writer, number) where number = 0 or final;

-- What was dropped when its time had come, signed: the newest says all (docs/audit.md).
create table audit_retention (
  number   integer primary key,
  recorded timestamptz not null,
  jws      text not null
);
