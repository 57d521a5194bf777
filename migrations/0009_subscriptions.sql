-- FHIR Subscriptions: who wants to be told of what in one record, and the events still to be told (docs/decisions/0016).

create table subscription (
  patient_key       uuid not null,
  id                uuid not null,
  version           integer not null,
  last_updated      timestamptz not null,
  status            text not null check (status in ('requested', 'active', 'error', 'off')),
  topic             text not null check (topic in ('document-depose', 'document-modifie', 'acces-urgence')),
  -- Whom notices of emergency accesses are for: `patient`, or a professional as `ps:…`; empty for documents.
  recipient         text not null,
  -- Digest that names the caller who made it; not its token.
  owner             text not null,
  -- Who is asked about at each delivery, and what of the documents its token covered.
  subscriber        jsonb not null,
  endpoint          text not null,
  content           text not null check (content in ('empty', 'id-only', 'full-resource')),
  max_count         integer not null,
  timeout_seconds   integer not null,
  heartbeat_seconds integer not null,
  ends_at           timestamptz not null,
  -- As the client wrote it, without its headers and secret.
  body              text not null,
  -- The secret that signs, and the headers that the receiver wants: sealed with a key that is not in the database.
  sealed            bytea not null,
  handshaken        boolean not null,
  -- The number of the last event that was given one: events are numbered when they are told, not when they happen.
  numbered          integer not null,
  failures          integer not null,
  failing_since     timestamptz,
  last_error        text not null,
  not_before        timestamptz not null,
  -- When there is something to do without an event: handshake, retry, heartbeat, end.
  due_at            timestamptz not null,
  lease             uuid,
  leased_until      timestamptz not null,
  primary key (patient_key, id)
);
create index subscription_topic on subscription (patient_key, topic) where status <> 'off';
create index subscription_owner on subscription (owner, id desc);
create index subscription_due on subscription (due_at) where status <> 'off';

-- Written with the change that it tells of, in its transaction. `parked`: a deposit that the subscriber may not see, until
-- the document changes. `numbered`: told, and not known to be received. What was received stays for $events, for a time.
create table subscription_event (
  patient_key  uuid not null,
  subscription uuid not null,
  -- `DocumentReference/[uuid]/[version]` or `AuditEvent/[uuid]`: what happened once is told once.
  focus        text not null,
  -- The document or the trace.
  subject      uuid not null,
  version      integer not null,
  recorded     timestamptz not null,
  state        text not null check (state in ('pending', 'parked', 'numbered', 'received')),
  number       integer not null,
  primary key (patient_key, subscription, focus)
);
create index subscription_event_pending on subscription_event (recorded) where state = 'pending';
create index subscription_event_received on subscription_event (recorded) where state = 'received';
