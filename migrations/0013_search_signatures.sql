-- What spares searches a look at each resource on their way (docs/decisions/0017), of the fhir profile.

-- 64 bits of the tokens, references and URIs of the resource that a row belongs to (src/storage/search-index/signature.ts).
-- A walk in the order of a date passes by what cannot have the code asked for without opening it. Null: not known, as of
-- rows from before, or of no use, as of rows that do not sort.
alter table search_range add column signature bigint;
alter table search_string add column signature bigint;
alter table search_reference add column signature bigint;

drop index search_range_low;
create index search_range_low on search_range (low, id) include (signature)
  where patient_key = '00000000-0000-0000-0000-000000000000';
drop index search_reference_target;
create index search_reference_target on search_reference (target_id, target_type, type, parameter, id) include (signature)
  where patient_key = '00000000-0000-0000-0000-000000000000';

-- The codes that a token parameter has anywhere: sorted by it, resources are searched code by code. `sorts` is the code; of a
-- long one the beginning, and the term to tell it apart. A code that nobody has any more stays.
create table search_code (
  patient_key uuid not null,
  type        text not null,
  parameter   text not null,
  term        uuid not null,
  sorts       text collate "C" not null,
  code        text not null,
  primary key (patient_key, type, parameter, term)
);
create index search_code_order on search_code (patient_key, type, parameter, sorts);

-- Types of which resources were written before there were codes that sort: by a token they are not sorted, rather than
-- without those, until `dmp reindex` has been through all of them.
create table search_unsorted (
  patient_key uuid not null,
  type        text not null,
  primary key (patient_key, type)
);
insert into search_unsorted (patient_key, type)
select distinct r.patient_key, r.type from resource r where r.patient_key = '00000000-0000-0000-0000-000000000000';
