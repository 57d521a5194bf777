-- Columns of which nobody asks the planner's statistics: arrays that conditions only ever compare with parameters (a plan that
-- serves all values, as these tables have, takes a fixed guess for them), digests and signatures. To sort and count them was half
-- of what an analyze of these tables cost, at each 2 % that is new (0014), and in a first load every time anybody looks.
-- Citus does not let this be said of a table that is spread: with it all columns are counted as before.
do $$
declare
  of_table text;
  of_column text;
begin
  if to_regclass('pg_catalog.pg_dist_partition') is not null then
    return;
  end if;
  for of_table, of_column in
    select t.name, c.name
      from (values
        ('document', '{authors,category,event,security_label,identifier,tokens,strings}'::text[]),
        ('document_list', '{documents,folders,tokens,strings}'),
        ('seal', '{metadata,text,content,previous,submission_text,signature}'),
        ('notice', '{entities}')
      ) as t (name, columns), unnest(t.columns) as c (name)
  loop
    execute format('alter table %I alter column %I set statistics 0', of_table, of_column);
  end loop;
end
$$;
