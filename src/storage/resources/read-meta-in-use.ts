/**
 * Profiles, security labels and tags in use: those of the current versions of some types. The index knows which resources
 * have any and, holding hashes, not which ones: these resources are opened, and no others.
 * @see https://hl7.org/fhir/R4/resource-operation-meta.html, docs/decisions/0008
 */
import { refusal } from '../../fhir/fhir-error.ts'
import type { Uuid } from '../../fhir/id.ts'
import type { Runner } from '../database.ts'
import { type Asked, hasTerm, isLive, rowOf } from '../resource-search/asked.ts'
import { usualPrices } from '../resource-search/prices.ts'
import { PRESENT } from '../search-index/forms.ts'
import { parameterKey, term } from '../search-index/term.ts'
import { type Sql, sql } from '../sql.ts'
import type { Reach } from './reach.ts'
import { runSearch } from './run-search.ts'

/** Resources that may be opened: at 2 KB each, a second or two of work. */
const MAX_OPENED = 50_000
/** More would be no summary. */
const MAX_VALUES = 1000

export type MetaValue = {
  readonly list: 'profile' | 'security' | 'tag'
  /** Absent for a profile, whose URL is the code. */
  readonly system: string | null
  readonly code: string
  readonly display: string | null
}

/** In the order of lists, systems and codes. @throws FhirError 400 where too much would have to be opened */
export async function readMetaInUse(
  db: Runner,
  patientKey: Uuid,
  types: readonly string[],
  reach: Reach,
): Promise<readonly MetaValue[]> {
  const of: Asked = { patientKey, types, reach, depth: 0, now: 0, prices: usualPrices }
  const row = rowOf(of)
  const bearing = types.flatMap((type) =>
    ['_profile', '_security', '_tag'].map((code) => term(parameterKey(type, code) + PRESENT)),
  )
  const coded = (list: 'security' | 'tag'): Sql => sql`
    select ${list}::text, c.value ->> 'system', c.value ->> 'code', c.value ->> 'display'
      from bearing b cross join json_array_elements(${arrayOf(list)}) c`
  const rows = await runSearch<MetaValue & { opened: number }>(
    db,
    sql`with bearing as materialized (
        select ${row}.body::json -> 'meta' as meta from resource ${row}
          where ${isLive(of)} and ${hasTerm(of, bearing)} limit ${MAX_OPENED + 1}::integer
      ), used(list, system, code, display) as (
        select 'profile', null::text, p.value, null::text
          from bearing b cross join json_array_elements_text(${arrayOf('profile')}) p
        union all ${coded('security')} union all ${coded('tag')}
      )
      select u.list, u.system, u.code, max(u.display) as display,
          (select count(*)::integer from bearing) as opened
        from used u where u.code is not null group by u.list, u.system, u.code
        order by u.list, u.system nulls first, u.code limit ${MAX_VALUES + 1}::integer`,
  )
  const opened = rows[0]?.opened ?? 0
  if (opened > MAX_OPENED || rows.length > MAX_VALUES) throw refusal('too-costly', 'recherche-trop-couteuse')
  return rows.map(({ list, system, code, display }) => ({ list, system, code, display }))
}

function arrayOf(list: MetaValue['list']): Sql {
  const value = sql`b.meta -> ${list}::text`
  return sql`case when json_typeof(${value}) = 'array' then ${value} else '[]' end`
}
