-- Resources by their logical id, deletions as versions, and what generic search finds resources by (docs/decisions/0008).
-- The fhir profile keeps every resource under the nil key. All indexes beside the primary keys are partial on it: what
-- lies in a patient's record is reached by its patient_key and needs none.

create extension if not exists pg_trgm;

alter table resource
  alter column id type text collate "C" using id::text,
  add column method text not null default 'POST' check (method in ('POST', 'PUT', 'PATCH', 'DELETE')),
  add column terms uuid[] not null default '{}';
update resource set method = 'PUT' where version > 1;
alter table resource
  alter column method drop default,
  alter column terms drop default;

-- replaced_at: when the next version took its place, for `_at` of a history.
alter table resource_version
  alter column id type text collate "C" using id::text,
  add column method text not null default 'POST' check (method in ('POST', 'PUT', 'PATCH', 'DELETE')),
  add column replaced_at timestamptz;
update resource_version v
   set method = case when v.version > 1 then 'PUT' else 'POST' end,
       replaced_at = coalesce(
         (select n.last_updated from resource_version n
           where n.patient_key = v.patient_key and n.type = v.type and n.id = v.id and n.version = v.version + 1),
         (select c.last_updated from resource c
           where c.patient_key = v.patient_key and c.type = v.type and c.id = v.id),
         v.last_updated);
alter table resource_version
  alter column method drop default,
  alter column replaced_at set not null;

-- Equality: each term is 128 bits of a hash of what a resource is found by. The short pending list bounds what a search
-- reads unsorted.
create index resource_terms on resource using gin (terms) with (gin_pending_list_limit = 256)
  where patient_key = '00000000-0000-0000-0000-000000000000';
create index resource_of_type_by_time on resource (type, last_updated, id)
  where patient_key = '00000000-0000-0000-0000-000000000000';
create index resource_by_time on resource (last_updated, type, id)
  where patient_key = '00000000-0000-0000-0000-000000000000';
create index resource_version_of_type_by_time on resource_version (type, last_updated, id, version)
  where patient_key = '00000000-0000-0000-0000-000000000000';
create index resource_version_by_time on resource_version (last_updated, type, id, version)
  where patient_key = '00000000-0000-0000-0000-000000000000';

-- Dates (milliseconds since 1970, half-open), numbers and quantities (both ends included), also as components of
-- composites. An end is the term of its parameter and, behind it, the value in bytes that sort as numbers do: so the
-- histogram of one column knows the values of each parameter apart. `tokens`: what else a row has to agree with, the
-- unit, other components. `lowest` and `highest` mark the rows that sort a resource; both, when it has one only.
create table search_range (
  patient_key uuid not null,
  type        text not null,
  id          text collate "C" not null,
  position    smallint not null,
  element     smallint not null,
  lowest      boolean not null,
  highest     boolean not null,
  low         bytea not null,
  high        bytea not null,
  tokens      uuid[],
  primary key (patient_key, type, id, position)
);
create index search_range_low on search_range (low, id)
  where patient_key = '00000000-0000-0000-0000-000000000000';
create index search_range_high on search_range (high)
  where patient_key = '00000000-0000-0000-0000-000000000000';

alter table search_range alter column low set statistics 500, alter column high set statistics 500;

-- Strings, folded (src/fhir/fold.ts). The beginning is what a btree can hold, and what sorts.
create table search_string (
  patient_key uuid not null,
  type        text not null,
  id          text collate "C" not null,
  position    smallint not null,
  element     smallint not null,
  lowest      boolean not null,
  highest     boolean not null,
  term        uuid not null,
  folded      text collate "C" not null,
  tokens      uuid[],
  primary key (patient_key, type, id, position)
);
create index search_string_beginning on search_string (term, left(folded, 64), id)
  where patient_key = '00000000-0000-0000-0000-000000000000';
-- PostgreSQL takes no statistics of expressions from a partial index.
create statistics search_string_beginnings on (left(folded, 64)) from search_string;
create index search_string_trigrams on search_string using gin (folded gin_trgm_ops)
  with (gin_pending_list_limit = 256)
  where patient_key = '00000000-0000-0000-0000-000000000000';

-- Literal references, both ways. A target_type of '' is a URL: elsewhere, a urn, or a canonical.
create table search_reference (
  patient_key uuid not null,
  type        text not null,
  id          text collate "C" not null,
  parameter   text not null,
  target_type text not null,
  target_id   text collate "C" not null,
  primary key (patient_key, type, id, parameter, target_type, target_id)
);
create index search_reference_target on search_reference (target_id, target_type, type, parameter, id)
  where patient_key = '00000000-0000-0000-0000-000000000000';
