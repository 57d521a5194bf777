-- The first schema: records, documents, other resources, content, traces.
-- Every table with patient data begins its primary key with patient_key, and every unique constraint includes it, so
-- that the same DDL can be distributed by Citus (docs/decisions/0004). No trigger, no sequence, no function.

-- An INS, past or present, or another identifier of the person, leads to one record (rules I1, I2).
create table patient_identifier (
  system      text not null,
  value       text not null,
  patient_key uuid not null,
  since       timestamptz not null,
  primary key (system, value)
);
create index patient_identifier_patient_key on patient_identifier (patient_key);

-- The record and, as columns and small arrays, all that policy asks of it: one row, one read.
create table record (
  patient_key            uuid not null,
  status                 text not null check (status in ('open', 'closed')),
  family_name            text not null,
  birth_date             date not null,
  sex                    text not null,
  authorised_ids         text[] not null default '{}',
  authorised_until       timestamptz[] not null default '{}',
  blocked_ids            text[] not null default '{}',
  medecin_traitant       text not null default '',
  bris_de_glace_allowed  boolean not null default true,
  centre_15_allowed      boolean not null default true,
  masked_in_emergency    boolean not null default false,
  masked_by_default      boolean not null default false,
  opened_at              timestamptz not null,
  version                integer not null,
  primary key (patient_key),
  check (cardinality(authorised_ids) = cardinality(authorised_until))
);

-- The current version of each DocumentReference: the exact text to serve, and what policy and search read, typed.
create table document (
  patient_key       uuid not null,
  id                uuid not null,
  version           integer not null,
  last_updated      timestamptz not null,
  status            text not null,
  type              text not null,
  masked            boolean not null,
  invisible_patient boolean not null,
  invisible_legal   boolean not null,
  archived          boolean not null,
  authors           text[] not null,
  category          text[] not null,
  format            text not null,
  facility          text not null,
  setting           text not null,
  event             text[] not null,
  security_label    text[] not null,
  identifier        text[] not null,
  date              timestamptz not null,
  creation_from     timestamptz,
  creation_until    timestamptz,
  period_from       timestamptz,
  period_until      timestamptz,
  start_from        timestamptz,
  start_until       timestamptz,
  end_from          timestamptz,
  end_until         timestamptz,
  binary_id         uuid not null,
  content_type      text not null,
  content_sha256    bytea not null,
  body              text not null,
  primary key (patient_key, id)
);
create index document_newest on document (patient_key, date desc, id desc);
create unique index document_binary on document (patient_key, binary_id);

-- The bytes of documents, once for each content within a record. Readable only through a document.
create table content (
  patient_key uuid not null,
  sha256      bytea not null,
  bytes       bytea not null,
  primary key (patient_key, sha256)
);
alter table content alter column bytes set storage external;

-- Current version of every other resource. Shared resources lie under the nil key.
create table resource (
  patient_key  uuid not null,
  type         text not null,
  id           uuid not null,
  version      integer not null,
  last_updated timestamptz not null,
  body         text not null,
  primary key (patient_key, type, id)
);

-- Versions that are no longer current, of documents and resources alike; append-only.
create table resource_version (
  patient_key  uuid not null,
  type         text not null,
  id           uuid not null,
  version      integer not null,
  last_updated timestamptz not null,
  body         text not null,
  primary key (patient_key, type, id, version)
);

-- Business identifiers that may exist once in a record: document uniqueId, submission set uniqueId, entryUUID.
-- The primary key is what makes a repeated push harmless, however many arrive at once (rule D1).
create table business_identifier (
  patient_key uuid not null,
  type        text not null,
  value       text not null,
  id          uuid not null,
  primary key (patient_key, type, value)
);

-- One row for each request (rule T1), narrow; the FHIR form is made when somebody reads it.
create table audit (
  patient_key    uuid not null,
  recorded       timestamptz not null,
  id             uuid not null,
  interaction    text not null,
  action         text not null,
  outcome        text not null,
  status         smallint not null,
  error          text not null,
  actor          text not null,
  authentication text not null,
  person         text not null,
  organization   text not null,
  client         text not null,
  on_behalf_of   uuid,
  mode           text not null,
  motive         text not null,
  rules          text[] not null,
  resource_type  text not null,
  entities       text[] not null,
  query          text not null,
  request_id     text not null,
  network        text not null,
  primary key (patient_key, recorded, id)
) partition by range (recorded);
create table audit_default partition of audit default;
