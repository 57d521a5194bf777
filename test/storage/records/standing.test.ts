/**
 * The table of standings and the facts of the record never differ (F3): who policy says is authorised is found, whatever was
 * written before.
 */

import t from 'tap'
import type { Uuid } from '../../../src/fhir/id.ts'
import type { ActorId, RecordFacts } from '../../../src/policy/facts.ts'
import { standing } from '../../../src/policy/rules/a1-authorisation.ts'
import { openDatabase } from '../../../src/storage/database.ts'
import { writeFacts } from '../../../src/storage/records/change-record.ts'
import { openRecord } from '../../../src/storage/records/open-record.ts'
import { listStanding } from '../../../src/storage/records/standing.ts'
import { testDatabase } from '../../support/database.ts'
import fc from '../../support/draws.ts'
import { callerWith, factsWith } from '../../support/questions.ts'

const START = Date.parse('2026-11-22T10:00:00Z')
const DAY = 86_400_000
const people = ['810000000001', '810000000002', '810000000003'] as const
const structures = ['1750000001', '1750000002'] as const
const actors: readonly ActorId[] = [
  ...people.map((id) => `ps:${id}` as const),
  ...structures.map((id) => `st:${id}` as const),
]

const until = fc.integer({ min: -3, max: 5 }).map((days) => START + days * DAY)
const choices = fc.record({
  authorisations: fc.uniqueArray(fc.record({ actor: fc.constantFrom(...actors), until }), {
    selector: ({ actor }) => actor,
  }),
  medecinTraitant: fc.constantFrom('', ...people.map((id) => `ps:${id}`)),
  careTeams: fc.array(
    fc.record({
      team: fc.constant('team'),
      members: fc.uniqueArray(fc.constantFrom(...actors), { minLength: 1 }),
      until: fc.option(until, { nil: null }),
      byPatient: fc.boolean(),
    }),
    { maxLength: 2 },
  ),
})

/** Who would come as this actor, and as nobody else. */
function callerOf(actor: ActorId) {
  const id = actor.slice(3)
  return actor.startsWith('ps:')
    ? callerWith({ practitionerId: id, profession: '10' })
    : callerWith({ actor: 'STRUCTURE', authentication: 'INDIRECTE', structureId: id })
}

t.test('standing-follows-facts: whoever is authorised is found, whatever was written before', async (t) => {
  await using database = await testDatabase()
  const db = openDatabase(database.server, (error) => t.error(error))
  let made = 0
  let found = 0
  let ended = 0
  const listed = async (facts: RecordFacts, actor: ActorId, now: number) => {
    const after = undefined
    const rows = await listStanding(
      db,
      actor,
      {},
      { now, since: Number.NEGATIVE_INFINITY, after, limit: 1000 },
    )
    return rows.find(({ patientKey }) => patientKey === facts.patientKey)
  }
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ facts: choices, days: fc.integer({ min: 0, max: 2 }) }), {
          minLength: 1,
          maxLength: 4,
        }),
        async (steps) => {
          const patientKey = `0192f0c1-2b3c-7d4e-8f50-${String(++made).padStart(12, '0')}` as Uuid
          await db.transaction((tx) =>
            openRecord(tx, {
              patientKey,
              identifiers: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: `test-${made}` }],
              familyName: 'PAT',
              traitsFolded: 'pat/',
              birthDate: '1979-03-28',
              sex: 'female',
              now: START,
              body: '{}',
            }),
          )
          let now = START
          const before = new Map<ActorId, { readonly since: number; readonly until: number }>()
          for (const [version, step] of steps.entries()) {
            now += step.days * DAY
            const facts = factsWith({ ...step.facts, patientKey, version: version + 1 })
            await db.transaction((tx) => writeFacts(tx, facts, now))
            for (const actor of actors) {
              const row = await listed(facts, actor, now)
              const isValid = standing(callerOf(actor), facts, now) === 'valid'
              if (isValid && !row) return false
              // Found and not authorised: only in a team that waits for one of its members (A1).
              if (row && !isValid && !step.facts.careTeams.some(({ members }) => members.includes(actor)))
                return false
              if (row) found++
              else ended++
              // Renewed, it keeps its date; what had ended begins anew.
              const known = before.get(actor)
              if (row && row.since !== (known && known.until > now ? known.since : now)) return false
              if (row) before.set(actor, row)
              else before.delete(actor)
            }
          }
          return true
        },
      ),
      { numRuns: 40 },
    )
    t.ok(found > 50 && ended > 50, 'not vacuous')
  } finally {
    await db.close()
  }
})
