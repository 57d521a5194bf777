-- Finding documents and lists by everything that ITI-66 and ITI-67 name, and fetching what changed (docs/decisions/0014).

-- tokens, strings: what a document is found by beyond its typed columns, each `parameter`, U+001F, value. No index: a
-- record is read off its primary key, and these stand in the row. words: title and description, for full text.
alter table document
  add column tokens text[] not null default '{}',
  add column strings text[] not null default '{}',
  add column words tsvector not null default '',
  -- The List with which it came.
  add column submission_id uuid;

-- Submission sets, and the headers of folders, as searches and policy read them; their texts lie in `resource`.
create table document_list (
  patient_key  uuid not null,
  id           uuid not null,
  folder       boolean not null,
  status       text not null,
  archived     boolean not null,
  date         timestamptz not null,
  last_updated timestamptz not null,
  -- Of a set: the documents it names, and the folders. What a folder holds stands in folder_item.
  documents    uuid[] not null,
  folders      uuid[] not null,
  tokens       text[] not null,
  strings      text[] not null,
  primary key (patient_key, id)
);

-- The lists there are. A reference in 26 letters of base32 is 130 bits, the first two of them zero; one that is none of
-- ours becomes the nil UUID, which no document has: such a list stays unseen. json and not jsonb, which would fail on a
-- decimal of FHIR that no numeric holds.
insert into document_list (patient_key, id, folder, status, archived, date, last_updated, documents, folders, tokens, strings)
select r.patient_key, r.id::uuid, false, coalesce(b.json ->> 'status', ''), false,
    case when b.json ->> 'date' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$'
      then (b.json ->> 'date')::timestamptz else r.last_updated end,
    r.last_updated, coalesce(i.documents, '{}'), '{}', '{}', '{}'
  from resource r
  cross join lateral (select r.body::json as json) b
  cross join lateral (
    select array_agg(coalesce(k.id, '00000000-0000-0000-0000-000000000000'::uuid) order by e.place) as documents
      from json_array_elements(coalesce(b.json -> 'entry', '[]')) with ordinality as e(entry, place)
      cross join lateral (
        select (select string_agg(to_hex(substr(bits.text, 3 + 4 * n, 4)::bit(4)::integer), '' order by n)
                  from generate_series(0, 31) as n)::uuid as id
          from (
            select string_agg(
                (strpos('0123456789abcdefghjkmnpqrstvwxyz', letter.text) - 1)::bit(5)::text, '' order by letter.place) as text
              from regexp_split_to_table(
                substring(e.entry -> 'item' ->> 'reference' from '^DocumentReference/[0-9a-z]{26}\.([0-9a-z]{26})$'),
                '') with ordinality as letter(text, place)
          ) bits
      ) k
  ) i
 where r.type = 'List' and r.method <> 'DELETE' and r.patient_key <> '00000000-0000-0000-0000-000000000000';
update document d set submission_id = l.id
  from document_list l where l.patient_key = d.patient_key and d.id = any (l.documents);

-- Every version of every document in the order in which they were committed: `at` of a record grows with each, since the
-- row of document_clock is held from then to the commit. What was fetched up to an `at` is whole.
create table document_change (
  patient_key uuid not null,
  at          timestamptz not null,
  id          uuid not null,
  version     integer not null,
  primary key (patient_key, at, id, version)
);
insert into document_change (patient_key, at, id, version)
select d.patient_key, d.last_updated, d.id, d.version from document d
union all
select v.patient_key, v.last_updated, v.id::uuid, v.version from resource_version v
 where v.type = 'DocumentReference' and v.patient_key <> '00000000-0000-0000-0000-000000000000';

create table document_clock (
  patient_key uuid not null,
  at          timestamptz not null,
  primary key (patient_key)
);
insert into document_clock (patient_key, at)
select c.patient_key, max(c.at) from document_change c group by c.patient_key;
