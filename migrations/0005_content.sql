-- The bytes of documents, sealed chunk by chunk (docs/decisions/0010): a key of its own for each content, wrapped by the
-- key of its record, which the master key wraps. Destroying the row of record_key leaves nothing that opens, backups of
-- the other tables included.

create table record_key (
  patient_key uuid not null,
  wrapped     bytea not null,
  -- Which master key wraps it: a name derived from that key.
  master      text not null,
  primary key (patient_key)
);
-- Which master keys are in use, and what is still to be wrapped anew, without reading every row.
create index record_key_master on record_key (master, patient_key);

alter table content
  add column size integer,
  -- Null: written before contents were sealed, and plain in `bytes` until `dmp key rotate` seals it.
  add column wrapped_key bytea,
  -- Empty: the first sealed chunk lies in `bytes` and the others in content_chunk; else the name of an object elsewhere.
  add column location text not null default '';
update content set size = octet_length(bytes);
alter table content alter column size set not null;
create index content_plain on content (patient_key, sha256) where wrapped_key is null;

create table content_chunk (
  patient_key uuid not null,
  sha256      bytea not null,
  position    integer not null,
  bytes       bytea not null,
  primary key (patient_key, sha256, position)
);
alter table content_chunk alter column bytes set storage external;

-- Objects elsewhere that no content names: on their way into a record, until the transaction takes them in; left over,
-- until the hourly job removes them.
create table content_upload (
  patient_key uuid not null,
  location    text not null,
  started     timestamptz not null,
  primary key (patient_key, location)
);
create index content_upload_started on content_upload (started);
