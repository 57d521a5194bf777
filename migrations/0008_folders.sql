-- What a folder (List, code folder) names. Its resource holds the rest and is written once; it grows here, so that a
-- document that somebody may not see, put into a folder they see, changes nothing of what they see (rule V7).
create table folder_item (
  patient_key uuid not null,
  folder      uuid not null,
  document    uuid not null,
  added_at    timestamptz not null,
  -- Among those that were put in together.
  position    smallint not null,
  primary key (patient_key, folder, document)
);
