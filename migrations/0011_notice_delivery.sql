-- Delivery of notices (rule A10): what was owed and not yet handed on, and what became of each on each channel.

-- Written by the statement that writes the notice, so that none is lost; emptied as notices are given to the channels, so
-- that it stays small. What was owed before this migration is not sent: it is old, and the record shows it.
create table notice_outbox (
  patient_key uuid not null,
  key         text not null,
  primary key (patient_key, key)
);

-- One row for each notice and channel, for as long as the record: that somebody was told is part of its history.
create table notice_delivery (
  patient_key  uuid not null,
  key          text not null,
  channel      text not null check (channel in ('mail', 'webhook')),
  -- Of the notice: whom it is for, and the order in which they are told of what happened.
  recipient    text not null,
  recorded     timestamptz not null,
  -- `withheld`: not to be sent (any more). `dead`: given up.
  state        text not null check (state in ('pending', 'sent', 'withheld', 'dead')),
  failures     integer not null,
  not_before   timestamptz not null,
  lease        uuid,
  leased_until timestamptz not null,
  -- Why it failed last, or was withheld: a code, without a word of what a receiver said.
  last_error   text not null,
  settled_at   timestamptz,
  primary key (patient_key, key, channel)
);
create index notice_delivery_due on notice_delivery (channel, not_before) where state = 'pending';
-- One recipient is told in order: whether something older is still to be told.
create index notice_delivery_queue on notice_delivery (patient_key, recipient, channel, recorded, key)
  where state = 'pending';
create index notice_delivery_dead on notice_delivery (channel, settled_at) where state = 'dead';
