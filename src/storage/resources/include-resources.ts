/**
 * What comes along with the matches of a search: what they refer to, what refers to them, and, with `:iterate`, what
 * comes along with that. Each resource once, and no match again. Deleted ones, and those out of reach, stay away.
 * @see https://hl7.org/fhir/R4/search.html#include
 *
 * A canonical reference brings whatever bears its URL, in every business version.
 */
import type { Uuid } from '../../fhir/id.ts'
import type { Include } from '../../search/search-expression.ts'
import type { Runner } from '../database.ts'
import { canonicalText } from '../search-index/build-index.ts'
import { PRESENT } from '../search-index/forms.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { sql } from '../sql.ts'
import { inPartition } from './partition.ts'
import type { Reach } from './reach.ts'
import { readResources } from './read-resources.ts'
import type { Place, StoredResource } from './stored-resource.ts'

export type Included = {
  readonly entries: StoredResource[]
  /** There were more than `limit`. */
  readonly truncated: boolean
}

/** How far `:iterate` goes: beyond it no resource of R4 has anything to show. */
const MAX_ROUNDS = 8

type Name = { readonly type: string; readonly id: string }

export async function includeResources(
  db: Runner,
  patientKey: Uuid,
  found: readonly Place[],
  includes: readonly Include[],
  reach: Reach,
  limit: number,
): Promise<Included> {
  const seen = new Set(found.map(nameOf))
  const entries: StoredResource[] = []
  let from: readonly Name[] = found
  let active = includes
  for (let round = 0; round < MAX_ROUNDS && from.length > 0 && active.length > 0; round++) {
    const room = limit - entries.length
    const names = await linkedNames(db, patientKey, from, active, seen.size + room + 1)
    const fresh = names.all.filter((name) => !seen.has(nameOf(name)))
    for (const name of fresh) seen.add(nameOf(name))
    const places = fresh.map((name) => ({ patientKey, ...name }))
    const read = (await readResources(db, places, reach)).filter(({ method }) => method !== 'DELETE')
    entries.push(...read.slice(0, room))
    if (read.length > room || names.cut) return { entries, truncated: true }
    from = read
    active = includes.filter(({ iterate }) => iterate)
  }
  return { entries, truncated: false }
}

/** `cut`: there may be more. */
type Linked = { readonly all: readonly Name[]; readonly cut: boolean }
const nothing: Linked = { all: [], cut: false }

/** @param limit of rows for each direction: enough to fill the room there is with others than those seen */
async function linkedNames(
  db: Runner,
  patientKey: Uuid,
  from: readonly Name[],
  includes: readonly Include[],
  limit: number,
): Promise<Linked> {
  const forward = includes.filter(({ reverse }) => !reverse)
  const backward = includes.filter(({ reverse }) => reverse)
  const [targets, sources] = await Promise.all([
    forward.length > 0 ? targetsOf(db, patientKey, from, forward, limit) : nothing,
    backward.length > 0 ? sourcesOf(db, patientKey, from, backward, limit) : nothing,
  ])
  const names = new Map([...targets.all, ...sources.all].map((name) => [nameOf(name), name]))
  return { all: [...names.values()], cut: targets.cut || sources.cut }
}

async function targetsOf(
  db: Runner,
  patientKey: Uuid,
  from: readonly Name[],
  includes: readonly Include[],
  limit: number,
): Promise<Linked> {
  const rows = await db.run<Name & { wanted: string }>(
    sql`select distinct f.target_type as type, f.target_id as id,
        case when f.target_type = '' then i.target else '' end as wanted
      from unnest(${from.map((n) => n.type)}::text[], ${from.map((n) => n.id)}::text[]) as m(type, id)
      join search_reference f on f.type = m.type and f.id = m.id
      join unnest(${includes.map((i) => i.source)}::text[], ${includes.map((i) => i.parameter)}::text[],
        ${includes.map((i) => i.target ?? '')}::text[]) as i(source, parameter, target)
        on i.source = f.type and i.parameter = f.parameter and (i.target in ('', f.target_type) or f.target_type = '')
      where ${inPartition(sql`f`, patientKey)}
      order by type, id, wanted limit ${limit}::integer`,
    'custom',
  )
  const urls = rows.filter(({ type }) => type === '')
  const literal = rows.filter(({ type }) => type !== '')
  const bearers = urls.length === 0 ? nothing : await bearersOf(db, patientKey, urls, limit)
  return { all: [...literal, ...bearers.all], cut: bearers.cut || rows.length >= limit }
}

/** Resources whose canonical URL this is. */
async function bearersOf(
  db: Runner,
  patientKey: Uuid,
  urls: readonly { readonly id: string; readonly wanted: string }[],
  limit: number,
): Promise<Linked> {
  const wanted = (type: string): string[] =>
    urls.filter((url) => url.wanted === type).map(({ id }) => term(canonicalText(id)))
  const types = [...new Set(urls.map((url) => url.wanted))]
  const found = await Promise.all(
    types.map((type) =>
      db.run<Name>(
        sql`select r.type, r.id from resource r
          where ${inPartition(sql`r`, patientKey)} and r.terms && ${wanted(type)}::uuid[]
            and ${type === '' ? sql`true` : sql`r.type = ${type}::text`}
          order by r.type, r.id limit ${limit}::integer`,
        'custom',
      ),
    ),
  )
  return { all: found.flat(), cut: found.some((some) => some.length >= limit) }
}

async function sourcesOf(
  db: Runner,
  patientKey: Uuid,
  from: readonly Name[],
  includes: readonly Include[],
  limit: number,
): Promise<Linked> {
  const literal = from.map(({ type, id }) => ({ type, id, of: type }))
  const targets = [...literal, ...(await canonicalUrls(db, patientKey, from))]
  const all = await db.run<Name>(
    sql`select distinct f.type, f.id
      from unnest(${targets.map((t) => t.type)}::text[], ${targets.map((t) => t.id)}::text[],
        ${targets.map((t) => t.of)}::text[]) as m(type, id, of)
      join search_reference f on f.target_type = m.type and f.target_id = m.id
      join unnest(${includes.map((i) => i.source)}::text[], ${includes.map((i) => i.parameter)}::text[],
        ${includes.map((i) => i.target ?? '')}::text[]) as i(source, parameter, target)
        on i.source = f.type and i.parameter = f.parameter and i.target in ('', m.of)
      where ${inPartition(sql`f`, patientKey)}
      order by f.type, f.id limit ${limit}::integer`,
    'custom',
  )
  return { all, cut: all.length >= limit }
}

/** What canonical references to these say; only those that have a `url` as a search parameter are opened. */
async function canonicalUrls(
  db: Runner,
  patientKey: Uuid,
  from: readonly Name[],
): Promise<{ type: string; id: string; of: string }[]> {
  const present = [...new Set(from.map(({ type }) => term(parameterKey(type, 'url') + PRESENT)))]
  const rows = await db.run<{ type: string; url: string | null }>(
    sql`select r.type, case when r.terms && ${present}::uuid[] then r.body::json ->> 'url' end as url
      from unnest(${from.map((n) => n.type)}::text[], ${from.map((n) => n.id)}::text[]) as m(type, id)
      join resource r on r.type = m.type and r.id = m.id
      where ${inPartition(sql`r`, patientKey)}`,
    'custom',
  )
  return rows.flatMap(({ type, url }) => (url === null ? [] : [{ type: '', id: url, of: type }]))
}

function nameOf({ type, id }: Name): string {
  return `${type}/${id}`
}
