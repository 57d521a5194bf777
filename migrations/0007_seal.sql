-- The seal of each version of a document (rule D8): when, by whom, the digests by which it is known again, and the server's
-- signature over them. One row for a version, found by its key; rendered as a Provenance when somebody reads it.
create table seal (
  patient_key  uuid not null,
  document     uuid not null,
  version      integer not null,
  recorded     timestamptz not null,
  activity     text not null,
  actor        text not null,
  person       text not null,
  organization text not null,
  client       text not null,
  -- SHA-256 of the metadata in canonical form (RFC 8785), and of their text as it is served.
  metadata     bytea not null,
  text         bytea not null,
  -- SHA-256 of the bytes of the document; null but for the deposit: a change must not seal anew what it has not seen.
  content      bytea,
  -- `text` of the version before.
  previous     bytea,
  -- The List of the submission set, and the SHA-256 of its text, for a deposit.
  submission   uuid,
  submission_text bytea,
  -- What was found of an author's signature that this document holds, as JSON; empty when it holds none.
  verdict      text not null,
  kid          text not null,
  signature    bytea not null,
  primary key (patient_key, document, version)
);

-- Which documents an author's signature is about: `carrier` is the document that holds it, itself or another.
create table document_signature (
  patient_key uuid not null,
  document    uuid not null,
  carrier     uuid not null,
  primary key (patient_key, document, carrier)
);

-- The public keys of the server's seal, those of before too. Attested with a secret derived from the master key: a key that
-- somebody put here who does not have it is trusted in nothing. About nobody: a reference table where patients are spread.
create table seal_key (
  kid         text not null,
  attestation text not null,
  jwk         text not null,
  since       timestamptz not null,
  primary key (kid, attestation)
);
