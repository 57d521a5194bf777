/**
 * A million resources with their index rows, made inside PostgreSQL: what the plans of searches are tested on. Narrow rows, in the forms of src/storage/search-index/forms.ts; a test compares them with what the index really gives.
 */
import type pg from 'pg'
import { SignatureDraft } from '../../src/storage/search-index/signature.ts'

export const PATIENTS = 100_000
export const OBSERVATIONS = 900_000

const NIL = '00000000-0000-0000-0000-000000000000'
const term = (text: string): string =>
  `substr(encode(sha256(convert_to(${text}, 'UTF8')), 'hex'), 1, 32)::uuid`

/** Of observation `i`: ten codes make half of them, three hundred the rest; dates are spread over four thousand days. */
const code = `(case when n.i % 2 = 0 then n.i / 2 % 10 else 10 + n.i / 2 % 290 end)`
const patient = `(n.i % ${PATIENTS})`
const day = `((i::bigint * 7919) % 4000)`
const date = `(1420070400000 + ${day} * 86400000 + (i % 1440) * 60000)::float8`
const value = `((i::bigint * 31) % 2000 / 10.0)::float8`
/** Of patient `i`. */
const family = `('nom' || ((i::bigint * 7919) % 5000))`
const given = `('prenom' || (i % 40))`

const status = `(case when n.i % 20 = 0 then 'preliminary' else 'final' end)`
/** Of code and status, as signature.ts makes them: narrow, as all else of these rows. */
const signatures = Array.from({ length: 300 }, (_, code) =>
  ['preliminary', 'final'].map((status) => {
    const draft = new SignatureDraft()
    draft.add(String(code))
    draft.add(status)
    return { code, status, signature: draft.signature }
  }),
).flat()
const signed = `join signed s on s.code = ${code} and s.status = ${status}`
/** The terms that all observations of one code and status have, hashed once. */
const ofCode = [
  `'Observation.code=' || s.code`,
  `'Observation.code|16:http://loinc.org' || s.code`,
  `'Observation.status=' || s.status`,
  `'Observation.date+'`,
  `'Observation.code+'`,
  `'Observation.status+'`,
  `'Observation.value-quantity+'`,
]

const tables = ['resource', 'search_range', 'search_string', 'search_reference', 'search_code']

/** Bulk: the indexes and keys are made once, behind the rows, and nothing is written to the log. */
export async function fillDatabase(client: pg.Client): Promise<void> {
  const { rows: indexes } = await client.query<{ name: string; definition: string }>(
    `select x.indexrelid::regclass::text as name, pg_get_indexdef(x.indexrelid) as definition
       from pg_index x where not x.indisunique and x.indrelid = any($1::regclass[])`,
    [tables],
  )
  for (const { name } of indexes) await client.query(`drop index ${name}`)
  const { rows: keys } = await client.query<{ own: string; name: string; definition: string }>(
    `select k.conrelid::regclass::text as own, k.conname as name, pg_get_constraintdef(k.oid) as definition
       from pg_constraint k where k.contype = 'p' and k.conrelid = any($1::regclass[])`,
    [tables],
  )
  for (const { own, name } of keys) await client.query(`alter table ${own} drop constraint ${name}`)
  for (const table of tables) await client.query(`alter table ${table} set unlogged`)
  await client.query(`set work_mem = '64MB'; set maintenance_work_mem = '256MB'`)
  await client.query('create temp table signed (code bigint, status text, signature bigint, terms uuid[])')
  await client.query(
    `insert into signed select s.code, s.status, s.signature, array[${ofCode.map(term).join(', ')}]
       from unnest($1::bigint[], $2::text[], $3::bigint[]) as s (code, status, signature)`,
    [
      signatures.map(({ code }) => code),
      signatures.map(({ status }) => status),
      signatures.map(({ signature }) => signature),
    ],
  )
  await client.query(
    `create temp table subject as select i, ${term(`'Observation.subject>Patient/p' || i`)} as term
       from generate_series(0, ${PATIENTS - 1}) as n(i)`,
  )
  await client.query('analyze signed, subject')
  for (const statement of statements) await client.query(statement)
  for (const { own, name, definition } of keys)
    await client.query(`alter table ${own} add constraint ${name} ${definition}`)
  for (const { definition } of indexes) await client.query(definition)
  for (const table of tables) await client.query(`analyze ${table}`)
}

const body = (type: string): string =>
  `'{"resourceType":"${type}","id":"' || n.i || '","text":"' || repeat('x', 250) || '"}'`
const resource = (type: string, prefix: string, count: number, terms: string, joined = ''): string =>
  `insert into resource (patient_key, type, id, version, last_updated, method, body, terms)
   select '${NIL}', '${type}', '${prefix}' || n.i, 1, timestamptz '2020-01-01' + n.i * interval '1 minute', 'POST', ${body(type)},
          ${terms}
     from generate_series(0, ${count - 1}) as n(i) ${joined}`
const hashed = (terms: readonly string[]): string => `array[${terms.map(term).join(', ')}]`
const reference = (
  type: string,
  prefix: string,
  count: number,
  parameter: string,
  to: string,
  target: string,
  signature = 'null::bigint',
): string =>
  `insert into search_reference (patient_key, type, id, parameter, target_type, target_id, signature)
   select '${NIL}', '${type}', '${prefix}' || i, '${parameter}', '${to}', ${target}, ${signature}
     from generate_series(0, ${count - 1}) as n(i) ${signature === 's.signature' ? signed : ''}`
/** As range-end.ts has it, for numbers that are not negative. */
const end = (parameter: string, value: string): string =>
  `substr(sha256('Observation.${parameter}'), 1, 16) || set_byte(float8send(${value}), 0, get_byte(float8send(${value}), 0) | 128)`
const range = (position: number, parameter: string, low: string, high: string): string =>
  `insert into search_range (patient_key, type, id, position, element, lowest, highest, low, high, signature)
   select '${NIL}', 'Observation', 'o' || i, ${position}, 0, true, true, ${end(parameter, low)}, ${end(parameter, high)}, s.signature
     from generate_series(0, ${OBSERVATIONS - 1}) as n(i) ${signed}`
const string = (
  position: number,
  parameter: string,
  text: string,
  lowest: boolean,
  highest: boolean,
): string =>
  `insert into search_string (patient_key, type, id, position, element, lowest, highest, term, folded)
   select '${NIL}', 'Patient', 'p' || i, ${position}, 0, ${lowest}, ${highest}, ${term(`'Patient.${parameter}${lowest && highest ? '' : '<'}'`)}, ${text}
     from generate_series(0, ${PATIENTS - 1}) as n(i)`

const codes = (type: string, parameter: string, from: string): string =>
  `insert into search_code (patient_key, type, parameter, term, sorts, code)
   select '${NIL}', '${type}', '${parameter}', ${term(`'${type}.${parameter}=' || n.code`)}, n.code, n.code from ${from}`

const statements = [
  resource(
    'Patient',
    'p',
    PATIENTS,
    hashed([
      `'Patient.identifier|7:urn:oidP' || i`,
      `'Patient.identifier=P' || i`,
      `'Patient.identifier+'`,
      `'Patient.gender+'`,
      `'Patient.gender=' || (case when i % 2 = 0 then 'male' else 'female' end)`,
      `'Patient.name+'`,
      `'Patient.family+'`,
      `'Patient.organization>Organization/g' || i % 100`,
    ]),
  ),
  resource(
    'Observation',
    'o',
    OBSERVATIONS,
    's.terms || p.term',
    `${signed} join subject p on p.i = ${patient}`,
  ),
  resource('Organization', 'g', 100, hashed([`'Organization.name+'`])),
  reference('Observation', 'o', OBSERVATIONS, 'subject', 'Patient', `'p' || ${patient}`, 's.signature'),
  codes('Observation', 'status', `(values ('final'), ('preliminary')) n (code)`),
  codes('Observation', 'code', `(select i::text as code from generate_series(0, 299) i) n`),
  codes('Patient', 'gender', `(values ('male'), ('female')) n (code)`),
  codes('Patient', 'identifier', `(select 'P' || i as code from generate_series(0, ${PATIENTS - 1}) i) n`),
  reference('Patient', 'p', PATIENTS, 'organization', 'Organization', `'g' || i % 100`),
  range(0, 'date', date, `${date} + 60000`),
  range(1, 'value-quantity', value, value),
  string(0, 'family', family, true, true),
  string(1, 'name', family, true, false),
  string(2, 'name', given, false, true),
]
