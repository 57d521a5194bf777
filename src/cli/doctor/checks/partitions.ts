/** Where the traces of the coming months go. */

import { readPartitionFacts } from '../../../storage/inspection/trace-facts.ts'
import { monthsFrom } from '../../../storage/traces/audit-partitions.ts'
import type { Check } from '../check.ts'
import { withLogin } from '../connect.ts'
import { type Finding, fault, ok, warning } from '../finding.ts'

/** This month and the next must be there; the server makes two more. */
const MONTHS = 2

export const partitions: Check = {
  name: 'partitions',
  needsDatabase: true,
  reliesOn: ['DATABASE_URL', 'DMP_DATA_DIR'],
  async look({ login, now }) {
    const wanted = monthsFrom(new Date(now()), MONTHS)
    const [current] = wanted
    if (!current) throw new Error('A month has a name')
    const { months, late } = await withLogin(login, (db) => readPartitionFacts(db, current.from))
    const missing = wanted.filter(({ table }) => !months.includes(table))
    const found: Finding[] = missing.map(({ table }) =>
      fault(
        'partition-missing',
        [`la partition de traces ${table} manque`, `the partition of traces ${table} is missing`],
        [
          'lancer `dmp migrate` (chaque jour, si les serveurs ont DMP_MIGRATE=false)',
          'run `dmp migrate` (daily, where servers have DMP_MIGRATE=false)',
        ],
      ),
    )
    if (late)
      found.push(
        warning(
          'traces-without-month',
          [
            'des traces attendent dans audit_default : leur mois n’avait pas de partition',
            'traces wait in audit_default: their month had no partition',
          ],
          ['lancer `dmp migrate` : il les déplace', 'run `dmp migrate`: it moves them'],
        ),
      )
    if (found.length > 0) return found
    const last = months.filter((name) => /^audit_\d{4}_\d{2}$/.test(name)).at(-1) ?? ''
    return [
      ok(
        'partitions-ahead',
        `partitions de traces jusqu'à ${last.slice('audit_'.length).replace('_', '-')}`,
        `partitions of traces up to ${last.slice('audit_'.length).replace('_', '-')}`,
      ),
    ]
  },
}
