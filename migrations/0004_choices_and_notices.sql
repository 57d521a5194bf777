-- What the patient chose beyond authorisations (rules A1, A7, A10, V6), who acts for the patient (P2), closing (A12), and
-- the notices that accesses and changes owe (A10).

alter table record
  add column closed_at timestamptz,
  add column closing_reason text not null default '',
  -- [{"team": id of the CareTeam, "members": ["ps:…", "st:…"], "until": epoch ms or null, "byPatient": boolean}]
  add column care_teams jsonb not null default '[]',
  add column notices_of_changes boolean not null default true,
  -- Folded as search folds: for $match, which finds a patient by traits (F4).
  add column traits_folded text not null default '';
update record set traits_folded = lower(family_name);

-- TD0.4: the records in which somebody has a standing (authorisation, médecin traitant, care team), newest first. Written
-- with the facts of the record; policy decides again for each record listed. A shard knows its own records only.
create table standing (
  patient_key uuid not null,
  actor       text not null,
  since       timestamptz not null,
  valid_until timestamptz not null,
  primary key (patient_key, actor)
);
create index standing_actor on standing (actor, since desc, patient_key desc);
insert into standing (patient_key, actor, since, valid_until)
select r.patient_key, a.actor, r.opened_at, max(a.until)
  from record r, lateral (
    select * from unnest(r.authorised_ids, r.authorised_until) as u(actor, until)
    union all select r.medecin_traitant, 'infinity' where r.medecin_traitant <> '') a
 group by r.patient_key, a.actor, r.opened_at;

-- A document's author names it by its uniqueId alone, as the ANS draft does (TD3.3).
create index business_identifier_document on business_identifier (value) where type = 'document';
-- F4: birth date, sex and name are required of who knows no INS.
create index record_traits on record (birth_date, traits_folded);
-- D10: what is to be destroyed ten years after its closing.
create index record_closed on record (closed_at) where status = 'closed';

-- Who acts for the holder, by the representative's or aidant's own INS. One row, one Consent, for each person.
create table representation (
  patient_key  uuid not null,
  system       text not null,
  value        text not null,
  kind         text not null check (kind in ('REPRESENTANT_LEGAL', 'AIDANT')),
  valid_until  timestamptz not null,
  consent_id   uuid not null,
  primary key (patient_key, system, value)
);
-- At most five persons for one aidant; the records in which I act for another.
create index representation_person on representation (system, value);

-- Notices owed, one row for what its key names, so that a repeated access or retry tells it once. Append-only; what was
-- delivered stands elsewhere.
create table notice (
  patient_key uuid not null,
  key         text not null,
  id          uuid not null,
  recorded    timestamptz not null,
  -- `patient`, or the médecin traitant as `ps:…`.
  recipient   text not null,
  kind        text not null,
  -- The trace of the request that owes it.
  trace       uuid not null,
  person      text not null,
  organization text not null,
  mode        text not null,
  motive      text not null,
  entities    text[] not null,
  primary key (patient_key, key)
);
create index notice_recorded on notice (patient_key, recorded desc, id desc);

-- V4: what waits to be announced, oldest first. The id of a document begins with the time of its deposit.
create index document_pending on document (id) where invisible_patient;
