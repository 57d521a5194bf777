-- What totals are counted by (src/storage/search-documents.ts): all that decides about most searches of a record, off the index
-- alone. Documents that are alike in all of it share one entry, so that it is the smallest index of the table. Its condition is
-- true of every document: it says which statements may use it (docs/decisions/0028).
create index if not exists document_counted
  on document (patient_key, masked, type, status, archived, invisible_patient, invisible_legal)
  where patient_key <> '00000000-0000-0000-0000-000000000000';

-- A body of usual length lies in the row, two rows in a page, and not out of line: where documents of a record lie here and there,
-- each is one page to fetch and not three. Rows that are there stay as they are until they are written anew.
alter table document set (toast_tuple_target = 4080);
