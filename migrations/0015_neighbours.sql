-- What the patient opens to a third-party service (S1): a row for each service, written and removed with its Consent, so that
-- a request of a service finds what it may see where every other request finds nothing to read.
create table service_consent (
  patient_key    uuid not null,
  -- `client_id` of the service.
  service        text not null,
  -- v3-ActReason.
  purposes       text[] not null,
  -- `system|code` of the types of documents, those of the classes that were named on the day of the consent too.
  document_types text[] not null,
  valid_until    timestamptz not null,
  consent_id     uuid not null,
  primary key (patient_key, service)
);
