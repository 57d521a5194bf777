-- Golden dump of the migrated schema: test/storage/schema/migrate.test.ts compares it; UPDATE_GOLDEN=1 rewrites it.

create table audit (
  patient_key uuid not null,
  id uuid not null,
  writer integer not null,
  seq integer not null,
  interaction smallint not null,
  status smallint not null,
  resource_type smallint not null,
  actor "char" not null,
  authentication "char" not null,
  mode "char" not null,
  on_behalf boolean not null,
  person text not null,
  organization text not null,
  profession text not null,
  client text not null,
  network text not null,
  motive text not null,
  rules text not null,
  error text not null,
  query text not null,
  request_id bytea not null,
  entities bytea not null,
  seal bytea not null,
  constraint audit_pkey PRIMARY KEY (patient_key, id)
) partition by range (id);
CREATE INDEX audit_writer ON ONLY public.audit USING btree (writer, seq);
grant insert, select on audit to dmp_server;

create table audit_checkpoint (
  writer integer not null,
  number integer not null,
  until_seq integer not null,
  recorded timestamp with time zone not null,
  final boolean not null,
  digest bytea not null,
  jws text not null,
  constraint audit_checkpoint_pkey PRIMARY KEY (writer, number)
);
CREATE INDEX audit_checkpoint_ends ON public.audit_checkpoint USING btree (writer, number) WHERE ((number = 0) OR final);
grant insert, select on audit_checkpoint to dmp_server;

create table audit_default partition of audit DEFAULT;
CREATE INDEX audit_default_writer_seq_idx ON public.audit_default USING btree (writer, seq);

create table audit_retention (
  number integer not null,
  recorded timestamp with time zone not null,
  jws text not null,
  constraint audit_retention_pkey PRIMARY KEY (number)
);
grant select on audit_retention to dmp_server;

create table business_identifier (
  patient_key uuid not null,
  type text not null,
  value text not null,
  id uuid not null,
  constraint business_identifier_pkey PRIMARY KEY (patient_key, type, value)
);
alter table business_identifier set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
CREATE INDEX business_identifier_document ON public.business_identifier USING btree (value) WHERE (type = 'document'::text);
grant insert, select on business_identifier to dmp_server;

create table content (
  patient_key uuid not null,
  sha256 bytea not null,
  bytes bytea not null,
  size integer not null,
  wrapped_key bytea,
  location text not null default ''::text,
  constraint content_pkey PRIMARY KEY (patient_key, sha256)
);
alter table content set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
alter table content alter column bytes set storage external;
CREATE INDEX content_plain ON public.content USING btree (patient_key, sha256) WHERE (wrapped_key IS NULL);
grant insert, select on content to dmp_server;

create table content_chunk (
  patient_key uuid not null,
  sha256 bytea not null,
  position integer not null,
  bytes bytea not null,
  constraint content_chunk_pkey PRIMARY KEY (patient_key, sha256, "position")
);
alter table content_chunk set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
alter table content_chunk alter column bytes set storage external;
grant insert, select on content_chunk to dmp_server;

create table content_upload (
  patient_key uuid not null,
  location text not null,
  started timestamp with time zone not null,
  constraint content_upload_pkey PRIMARY KEY (patient_key, location)
);
alter table content_upload set (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000, autovacuum_analyze_scale_factor=0, autovacuum_analyze_threshold=1000);
CREATE INDEX content_upload_started ON public.content_upload USING btree (started);
grant delete, insert, select, update on content_upload to dmp_server;

create table document (
  patient_key uuid not null,
  id uuid not null,
  version integer not null,
  last_updated timestamp with time zone not null,
  status text not null,
  type text not null,
  masked boolean not null,
  invisible_patient boolean not null,
  invisible_legal boolean not null,
  archived boolean not null,
  authors text[] not null,
  category text[] not null,
  format text not null,
  facility text not null,
  setting text not null,
  event text[] not null,
  security_label text[] not null,
  identifier text[] not null,
  date timestamp with time zone not null,
  creation_from timestamp with time zone,
  creation_until timestamp with time zone,
  period_from timestamp with time zone,
  period_until timestamp with time zone,
  start_from timestamp with time zone,
  start_until timestamp with time zone,
  end_from timestamp with time zone,
  end_until timestamp with time zone,
  binary_id uuid not null,
  content_type text not null,
  content_sha256 bytea not null,
  body text not null,
  tokens text[] not null default '{}'::text[],
  strings text[] not null default '{}'::text[],
  words tsvector not null default ''::tsvector,
  submission_id uuid,
  constraint document_pkey PRIMARY KEY (patient_key, id)
);
alter table document set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, toast_tuple_target=4080, autovacuum_analyze_threshold=10000);
CREATE UNIQUE INDEX document_binary ON public.document USING btree (patient_key, binary_id);
CREATE INDEX document_counted ON public.document USING btree (patient_key, masked, type, status, archived, invisible_patient, invisible_legal) WHERE (patient_key <> '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX document_newest ON public.document USING btree (patient_key, date DESC, id DESC);
CREATE INDEX document_pending ON public.document USING btree (id) WHERE invisible_patient;
alter table document alter column authors set statistics 0;
alter table document alter column binary_id set statistics 0;
alter table document alter column body set statistics 0;
alter table document alter column category set statistics 0;
alter table document alter column content_sha256 set statistics 0;
alter table document alter column content_type set statistics 0;
alter table document alter column creation_from set statistics 0;
alter table document alter column creation_until set statistics 0;
alter table document alter column end_from set statistics 0;
alter table document alter column end_until set statistics 0;
alter table document alter column event set statistics 0;
alter table document alter column facility set statistics 0;
alter table document alter column format set statistics 0;
alter table document alter column identifier set statistics 0;
alter table document alter column period_from set statistics 0;
alter table document alter column period_until set statistics 0;
alter table document alter column security_label set statistics 0;
alter table document alter column setting set statistics 0;
alter table document alter column start_from set statistics 0;
alter table document alter column start_until set statistics 0;
alter table document alter column strings set statistics 0;
alter table document alter column submission_id set statistics 0;
alter table document alter column tokens set statistics 0;
alter table document alter column version set statistics 0;
alter table document alter column words set statistics 0;
grant insert, select, update on document to dmp_server;

create table document_change (
  patient_key uuid not null,
  at timestamp with time zone not null,
  id uuid not null,
  version integer not null,
  constraint document_change_pkey PRIMARY KEY (patient_key, at, id, version)
);
alter table document_change set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
grant insert, select on document_change to dmp_server;

create table document_clock (
  patient_key uuid not null,
  at timestamp with time zone not null,
  constraint document_clock_pkey PRIMARY KEY (patient_key)
);
alter table document_clock set (fillfactor=50);
grant insert, select, update on document_clock to dmp_server;

create table document_list (
  patient_key uuid not null,
  id uuid not null,
  folder boolean not null,
  status text not null,
  archived boolean not null,
  date timestamp with time zone not null,
  last_updated timestamp with time zone not null,
  documents uuid[] not null,
  folders uuid[] not null,
  tokens text[] not null,
  strings text[] not null,
  constraint document_list_pkey PRIMARY KEY (patient_key, id)
);
alter table document_list set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
alter table document_list alter column documents set statistics 0;
alter table document_list alter column folders set statistics 0;
alter table document_list alter column strings set statistics 0;
alter table document_list alter column tokens set statistics 0;
grant insert, select, update on document_list to dmp_server;

create table document_signature (
  patient_key uuid not null,
  document uuid not null,
  carrier uuid not null,
  constraint document_signature_pkey PRIMARY KEY (patient_key, document, carrier)
);
grant insert, select on document_signature to dmp_server;

create table folder_item (
  patient_key uuid not null,
  folder uuid not null,
  document uuid not null,
  added_at timestamp with time zone not null,
  position smallint not null,
  constraint folder_item_pkey PRIMARY KEY (patient_key, folder, document)
);
grant insert, select on folder_item to dmp_server;

create table notice (
  patient_key uuid not null,
  key text not null,
  id uuid not null,
  recorded timestamp with time zone not null,
  recipient text not null,
  kind text not null,
  trace uuid not null,
  person text not null,
  organization text not null,
  mode text not null,
  motive text not null,
  entities text[] not null,
  constraint notice_pkey PRIMARY KEY (patient_key, key)
);
alter table notice set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
CREATE INDEX notice_recorded ON public.notice USING btree (patient_key, recorded DESC, id DESC);
alter table notice alter column entities set statistics 0;
grant insert, select on notice to dmp_server;

create table notice_delivery (
  patient_key uuid not null,
  key text not null,
  channel text not null,
  recipient text not null,
  recorded timestamp with time zone not null,
  state text not null,
  failures integer not null,
  not_before timestamp with time zone not null,
  lease uuid,
  leased_until timestamp with time zone not null,
  last_error text not null,
  settled_at timestamp with time zone,
  constraint notice_delivery_pkey PRIMARY KEY (patient_key, key, channel),
  constraint notice_delivery_channel_check CHECK ((channel = ANY (ARRAY['mail'::text, 'webhook'::text]))),
  constraint notice_delivery_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sent'::text, 'withheld'::text, 'dead'::text])))
);
alter table notice_delivery set (autovacuum_vacuum_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02);
CREATE INDEX notice_delivery_dead ON public.notice_delivery USING btree (channel, settled_at) WHERE (state = 'dead'::text);
CREATE INDEX notice_delivery_due ON public.notice_delivery USING btree (channel, not_before) WHERE (state = 'pending'::text);
CREATE INDEX notice_delivery_queue ON public.notice_delivery USING btree (patient_key, recipient, channel, recorded, key) WHERE (state = 'pending'::text);
grant insert, select, update on notice_delivery to dmp_server;

create table notice_outbox (
  patient_key uuid not null,
  key text not null,
  constraint notice_outbox_pkey PRIMARY KEY (patient_key, key)
);
alter table notice_outbox set (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
grant delete, insert, select, update on notice_outbox to dmp_server;

create table patient_identifier (
  system text not null,
  value text not null,
  patient_key uuid not null,
  since timestamp with time zone not null,
  constraint patient_identifier_pkey PRIMARY KEY (system, value)
);
CREATE INDEX patient_identifier_patient_key ON public.patient_identifier USING btree (patient_key);
grant insert, select on patient_identifier to dmp_server;

create table record (
  patient_key uuid not null,
  status text not null,
  family_name text not null,
  birth_date date not null,
  sex text not null,
  authorised_ids text[] not null default '{}'::text[],
  authorised_until timestamp with time zone[] not null default '{}'::timestamp with time zone[],
  blocked_ids text[] not null default '{}'::text[],
  medecin_traitant text not null default ''::text,
  bris_de_glace_allowed boolean not null default true,
  centre_15_allowed boolean not null default true,
  masked_in_emergency boolean not null default false,
  masked_by_default boolean not null default false,
  opened_at timestamp with time zone not null,
  version integer not null,
  closed_at timestamp with time zone,
  closing_reason text not null default ''::text,
  care_teams jsonb not null default '[]'::jsonb,
  notices_of_changes boolean not null default true,
  traits_folded text not null default ''::text,
  constraint record_pkey PRIMARY KEY (patient_key),
  constraint record_check CHECK ((cardinality(authorised_ids) = cardinality(authorised_until))),
  constraint record_status_check CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text])))
);
alter table record set (fillfactor=80);
CREATE INDEX record_closed ON public.record USING btree (closed_at) WHERE (status = 'closed'::text);
CREATE INDEX record_traits ON public.record USING btree (birth_date, traits_folded);
grant insert, select, update on record to dmp_server;

create table record_key (
  patient_key uuid not null,
  wrapped bytea not null,
  master text not null,
  constraint record_key_pkey PRIMARY KEY (patient_key)
);
CREATE INDEX record_key_master ON public.record_key USING btree (master, patient_key);
grant insert, select on record_key to dmp_server;

create table representation (
  patient_key uuid not null,
  system text not null,
  value text not null,
  kind text not null,
  valid_until timestamp with time zone not null,
  consent_id uuid not null,
  constraint representation_pkey PRIMARY KEY (patient_key, system, value),
  constraint representation_kind_check CHECK ((kind = ANY (ARRAY['REPRESENTANT_LEGAL'::text, 'AIDANT'::text])))
);
CREATE INDEX representation_person ON public.representation USING btree (system, value);
grant delete, insert, select, update on representation to dmp_server;

create table resource (
  patient_key uuid not null,
  type text not null,
  id text collate "C" not null,
  version integer not null,
  last_updated timestamp with time zone not null,
  body text not null,
  method text not null,
  terms uuid[] not null,
  constraint resource_pkey PRIMARY KEY (patient_key, type, id),
  constraint resource_method_check CHECK ((method = ANY (ARRAY['POST'::text, 'PUT'::text, 'PATCH'::text, 'DELETE'::text])))
);
alter table resource set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02);
CREATE INDEX resource_by_time ON public.resource USING btree (last_updated, type, id) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX resource_of_type_by_time ON public.resource USING btree (type, last_updated, id) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX resource_terms ON public.resource USING gin (terms) WITH (gin_pending_list_limit='256') WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
grant delete, insert, select, update on resource to dmp_server;

create table resource_version (
  patient_key uuid not null,
  type text not null,
  id text collate "C" not null,
  version integer not null,
  last_updated timestamp with time zone not null,
  body text not null,
  method text not null,
  replaced_at timestamp with time zone not null,
  constraint resource_version_pkey PRIMARY KEY (patient_key, type, id, version),
  constraint resource_version_method_check CHECK ((method = ANY (ARRAY['POST'::text, 'PUT'::text, 'PATCH'::text, 'DELETE'::text])))
);
alter table resource_version set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02);
CREATE INDEX resource_version_by_time ON public.resource_version USING btree (last_updated, type, id, version) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX resource_version_of_type_by_time ON public.resource_version USING btree (type, last_updated, id, version) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
grant insert, select on resource_version to dmp_server;

create table schema_migration (
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null,
  constraint schema_migration_pkey PRIMARY KEY (number)
);
grant select on schema_migration to dmp_server;

create table seal (
  patient_key uuid not null,
  document uuid not null,
  version integer not null,
  recorded timestamp with time zone not null,
  activity text not null,
  actor text not null,
  person text not null,
  organization text not null,
  client text not null,
  metadata bytea not null,
  text bytea not null,
  content bytea,
  previous bytea,
  submission uuid,
  submission_text bytea,
  verdict text not null,
  kid text not null,
  signature bytea not null,
  constraint seal_pkey PRIMARY KEY (patient_key, document, version)
);
alter table seal set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
alter table seal alter column content set statistics 0;
alter table seal alter column metadata set statistics 0;
alter table seal alter column previous set statistics 0;
alter table seal alter column signature set statistics 0;
alter table seal alter column submission_text set statistics 0;
alter table seal alter column text set statistics 0;
grant insert, select on seal to dmp_server;

create table seal_key (
  kid text not null,
  attestation text not null,
  jwk text not null,
  since timestamp with time zone not null,
  constraint seal_key_pkey PRIMARY KEY (kid, attestation)
);
grant insert, select on seal_key to dmp_server;

create table search_code (
  patient_key uuid not null,
  type text not null,
  parameter text not null,
  term uuid not null,
  sorts text collate "C" not null,
  code text not null,
  constraint search_code_pkey PRIMARY KEY (patient_key, type, parameter, term)
);
CREATE INDEX search_code_order ON public.search_code USING btree (patient_key, type, parameter, sorts);
grant insert, select on search_code to dmp_server;

create table search_range (
  patient_key uuid not null,
  type text not null,
  id text collate "C" not null,
  position smallint not null,
  element smallint not null,
  lowest boolean not null,
  highest boolean not null,
  low bytea not null,
  high bytea not null,
  tokens uuid[],
  signature bigint,
  constraint search_range_pkey PRIMARY KEY (patient_key, type, id, "position")
);
CREATE INDEX search_range_high ON public.search_range USING btree (high) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX search_range_low ON public.search_range USING btree (low, id) INCLUDE (signature) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
alter table search_range alter column high set statistics 500;
alter table search_range alter column low set statistics 500;
grant delete, insert, select on search_range to dmp_server;

create table search_reference (
  patient_key uuid not null,
  type text not null,
  id text collate "C" not null,
  parameter text not null,
  target_type text not null,
  target_id text collate "C" not null,
  signature bigint,
  constraint search_reference_pkey PRIMARY KEY (patient_key, type, id, parameter, target_type, target_id)
);
CREATE INDEX search_reference_target ON public.search_reference USING btree (target_id, target_type, type, parameter, id) INCLUDE (signature) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
grant delete, insert, select on search_reference to dmp_server;

create table search_string (
  patient_key uuid not null,
  type text not null,
  id text collate "C" not null,
  position smallint not null,
  element smallint not null,
  lowest boolean not null,
  highest boolean not null,
  term uuid not null,
  folded text collate "C" not null,
  tokens uuid[],
  signature bigint,
  constraint search_string_pkey PRIMARY KEY (patient_key, type, id, "position")
);
CREATE INDEX search_string_beginning ON public.search_string USING btree (term, "left"(folded, 64), id) WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE INDEX search_string_trigrams ON public.search_string USING gin (folded gin_trgm_ops) WITH (gin_pending_list_limit='256') WHERE (patient_key = '00000000-0000-0000-0000-000000000000'::uuid);
CREATE STATISTICS public.search_string_beginnings ON "left"(folded, 64) FROM search_string;
grant delete, insert, select on search_string to dmp_server;

create table search_unsorted (
  patient_key uuid not null,
  type text not null,
  constraint search_unsorted_pkey PRIMARY KEY (patient_key, type)
);
grant delete, select on search_unsorted to dmp_server;

create table server_profile (
  profile text not null,
  constraint server_profile_pkey PRIMARY KEY (profile),
  constraint server_profile_profile_check CHECK ((profile = ANY (ARRAY['dmp'::text, 'fhir'::text])))
);
grant select on server_profile to dmp_server;

create table service_consent (
  patient_key uuid not null,
  service text not null,
  purposes text[] not null,
  document_types text[] not null,
  valid_until timestamp with time zone not null,
  consent_id uuid not null,
  constraint service_consent_pkey PRIMARY KEY (patient_key, service)
);
grant delete, insert, select, update on service_consent to dmp_server;

create table standing (
  patient_key uuid not null,
  actor text not null,
  since timestamp with time zone not null,
  valid_until timestamp with time zone not null,
  constraint standing_pkey PRIMARY KEY (patient_key, actor)
);
CREATE INDEX standing_actor ON public.standing USING btree (actor, since DESC, patient_key DESC);
grant delete, insert, select, update on standing to dmp_server;

create table subscription (
  patient_key uuid not null,
  id uuid not null,
  version integer not null,
  last_updated timestamp with time zone not null,
  status text not null,
  topic text not null,
  recipient text not null,
  owner text not null,
  subscriber jsonb not null,
  endpoint text not null,
  content text not null,
  max_count integer not null,
  timeout_seconds integer not null,
  heartbeat_seconds integer not null,
  ends_at timestamp with time zone not null,
  body text not null,
  sealed bytea not null,
  handshaken boolean not null,
  numbered integer not null,
  failures integer not null,
  failing_since timestamp with time zone,
  last_error text not null,
  not_before timestamp with time zone not null,
  due_at timestamp with time zone not null,
  lease uuid,
  leased_until timestamp with time zone not null,
  constraint subscription_pkey PRIMARY KEY (patient_key, id),
  constraint subscription_content_check CHECK ((content = ANY (ARRAY['empty'::text, 'id-only'::text, 'full-resource'::text]))),
  constraint subscription_status_check CHECK ((status = ANY (ARRAY['requested'::text, 'active'::text, 'error'::text, 'off'::text]))),
  constraint subscription_topic_check CHECK ((topic = ANY (ARRAY['document-depose'::text, 'document-modifie'::text, 'acces-urgence'::text])))
);
CREATE INDEX subscription_due ON public.subscription USING btree (due_at) WHERE (status <> 'off'::text);
CREATE INDEX subscription_owner ON public.subscription USING btree (owner, id DESC);
CREATE INDEX subscription_topic ON public.subscription USING btree (patient_key, topic) WHERE (status <> 'off'::text);
grant delete, insert, select, update on subscription to dmp_server;

create table subscription_event (
  patient_key uuid not null,
  subscription uuid not null,
  focus text not null,
  subject uuid not null,
  version integer not null,
  recorded timestamp with time zone not null,
  state text not null,
  number integer not null,
  constraint subscription_event_pkey PRIMARY KEY (patient_key, subscription, focus),
  constraint subscription_event_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'parked'::text, 'numbered'::text, 'received'::text])))
);
alter table subscription_event set (autovacuum_vacuum_scale_factor=0, autovacuum_vacuum_threshold=1000, autovacuum_analyze_scale_factor=0, autovacuum_analyze_threshold=1000);
CREATE INDEX subscription_event_pending ON public.subscription_event USING btree (recorded) WHERE (state = 'pending'::text);
CREATE INDEX subscription_event_received ON public.subscription_event USING btree (recorded) WHERE (state = 'received'::text);
grant delete, insert, select, update on subscription_event to dmp_server;

create table usage_count (
  measure text not null,
  month date not null,
  stratum text[] not null,
  count bigint not null,
  constraint usage_count_pkey PRIMARY KEY (measure, month, stratum)
);
alter table usage_count set (fillfactor=50);
grant insert, select, update on usage_count to dmp_server;

create table usage_cursor (
  writer integer not null,
  seq integer not null,
  constraint usage_cursor_pkey PRIMARY KEY (writer)
);
grant insert, select, update on usage_cursor to dmp_server;

create table usage_first_reading (
  patient_key uuid not null,
  document uuid not null,
  read_at timestamp with time zone not null,
  constraint usage_first_reading_pkey PRIMARY KEY (patient_key, document)
);
alter table usage_first_reading set (autovacuum_vacuum_insert_scale_factor=0.02, autovacuum_analyze_scale_factor=0.02, autovacuum_analyze_threshold=10000);
grant insert, select, update on usage_first_reading to dmp_server;

create table usage_progress (
  single boolean not null,
  counted_until timestamp with time zone not null,
  constraint usage_progress_pkey PRIMARY KEY (single),
  constraint usage_progress_single_check CHECK (single)
);
grant select, update on usage_progress to dmp_server;

create extension pg_trgm
