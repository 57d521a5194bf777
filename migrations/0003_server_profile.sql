-- Which profile made this database: a server of the other one refuses it.
create table server_profile (
  profile text primary key check (profile in ('dmp', 'fhir'))
);
