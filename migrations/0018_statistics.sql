-- How often the planner's statistics are made anew (docs/growth.md): at 2 % more and at least ten thousand rows. A young database that
-- takes a hundred documents a second had each of these tables analysed every time that autovacuum looked, and whoever asked
-- meanwhile waited. What is looked up here goes by keys, and is planned the same without statistics. Months of traces are so already.
alter table document set (autovacuum_analyze_threshold = 10000);
alter table document_change set (autovacuum_analyze_threshold = 10000);
alter table document_list set (autovacuum_analyze_threshold = 10000);
alter table business_identifier set (autovacuum_analyze_threshold = 10000);
alter table content set (autovacuum_analyze_threshold = 10000);
alter table content_chunk set (autovacuum_analyze_threshold = 10000);
alter table seal set (autovacuum_analyze_threshold = 10000);
alter table notice set (autovacuum_analyze_threshold = 10000);
alter table usage_first_reading set (autovacuum_analyze_threshold = 10000);
-- A queue that nobody empties, since there is no channel, is no short one.
alter table notice_outbox set (autovacuum_analyze_scale_factor = 0.02, autovacuum_analyze_threshold = 10000);

-- More columns of which nobody asks statistics (0016): ranges that are compared with parameters alone, and what is only handed out.
do $$
declare
  of_column text;
begin
  if to_regclass('pg_catalog.pg_dist_partition') is not null then
    return;
  end if;
  foreach of_column in array array['version', 'binary_id', 'content_type', 'content_sha256', 'body', 'words', 'submission_id', 'format',
    'facility', 'setting', 'creation_from', 'creation_until', 'period_from', 'period_until', 'start_from', 'start_until', 'end_from',
    'end_until']
  loop
    execute format('alter table document alter column %I set statistics 0', of_column);
  end loop;
end
$$;
