-- Usage indicators (docs/indicators.md): counts that hold nobody, kept up to date from the traces by a job beside requests.

-- How often something happened in a month (its first day, UTC). Which measures and strata there are, the code says.
-- About nobody, hence without a patient_key: small, and one table for the whole system where there are several shards.
create table usage_count (
  measure text not null,
  month date not null,
  stratum text[] not null,
  count bigint not null,
  primary key (measure, month, stratum)
);

-- When a document was first opened by somebody who is not its author. One row for each document that ever was.
create table usage_first_reading (
  patient_key uuid not null,
  document uuid not null,
  read_at timestamptz not null,
  primary key (patient_key, document)
);

-- Up to where the traces of each writer are counted: moves with the counts, in one transaction.
create table usage_cursor (
  writer integer primary key,
  seq integer not null
);

-- One row: every trace of before that time is counted.
create table usage_progress (
  single boolean primary key check (single),
  counted_until timestamptz not null
);
insert into usage_progress (single, counted_until) values (true, '-infinity');
