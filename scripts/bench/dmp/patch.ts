/**
 * `patch`: the label MASQUE_PS set and cleared again (JSON Patch, TD3.3a), each time a new version, by the holder of the
 * record. Each connection has documents of its own, so that none waits for another's lock.
 */
import { httpRequest } from '../http-connection.ts'
import type { Shot } from '../http-load.ts'
import { withClient } from '../with-client.ts'
import { limitLetters, patchedLetters } from './dmp-place.ts'
import { resourceIds } from './push.ts'
import type { Bench, Scenario } from './scenario.ts'

const LABELS =
  'https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07-StatutVisibiliteDocument'
const MASK = JSON.stringify([
  { op: 'add', path: '/securityLabel/-', value: { coding: [{ system: LABELS, code: 'MASQUE_PS' }] } },
])
/** It stands behind the confidentiality. */
const UNMASK = JSON.stringify([{ op: 'remove', path: '/securityLabel/1' }])
const ANSWER_BYTES = [1_000, 8_000] as const
const BEGINS = Buffer.from('{"resourceType":"DocumentReference"')

type Patched = { masked: boolean; readonly mask: Shot; readonly unmask: Shot }

export async function patchScenarios(bench: Bench): Promise<Scenario[]> {
  const { options, data, limits } = bench
  const states = await statesOf(bench)
  let acknowledged = 0
  const documents = patchedLetters(data).map(({ document, record }): Patched => {
    const token = data.as.holders[record] ?? ''
    const shot = (body: string): Shot => ({
      kind: 'patch',
      request: Buffer.from(
        httpRequest(
          'PATCH',
          `/fhir/DocumentReference/${document}`,
          { authorization: `Bearer ${token}`, 'content-type': 'application/json-patch+json' },
          body,
        ),
      ),
      expected: { status: 200, bytes: ANSWER_BYTES, begins: BEGINS },
      answered: () => {
        acknowledged++
        own.masked = !own.masked
      },
    })
    const own: Patched = { masked: states.masked.has(document), mask: shot(MASK), unmask: shot(UNMASK) }
    return own
  })
  const turns = new Array<number>(options.connections).fill(0)
  const next = (connection: number): Shot => {
    const of = Math.floor((documents.length - 1 - connection) / turns.length) + 1
    const turn = turns[connection] ?? 0
    turns[connection] = turn + 1
    const document = documents[connection + (turn % of) * turns.length]
    if (!document) throw new Error('Fewer documents than connections')
    return document.masked ? document.unmask : document.mask
  }
  return [
    {
      bench: 'patch',
      name: 'patch',
      bytes: MASK.length,
      warmUp: 2_000,
      next,
      limits: [limits.writes('bare durable writes', 'patch', limitLetters(data))],
      target: undefined,
      confirm: async () => {
        const written = (await statesOf(bench)).versions - states.versions
        if (written < acknowledged)
          throw new Error(`${acknowledged} patches were acknowledged, ${written} versions are there`)
      },
    },
  ]
}

async function statesOf({ server, data }: Bench): Promise<{ versions: number; masked: ReadonlySet<string> }> {
  const letters = patchedLetters(data)
  const ids = resourceIds(letters)
  return withClient(server.connection, async (client) => {
    const { rows } = await client.query<{ id: string; version: number; masked: boolean }>(
      `select d.id, d.version, d.masked from document d
        where d.patient_key = any($1::uuid[]) and d.id = any($2::uuid[])`,
      [ids.map(({ patientKey }) => patientKey), ids.map(({ id }) => id)],
    )
    const masked = new Set(rows.filter((row) => row.masked).map(({ id }) => id))
    return {
      versions: rows.reduce((sum, { version }) => sum + version, 0),
      masked: new Set(letters.filter((_, n) => masked.has(ids[n]?.id ?? '')).map(({ document }) => document)),
    }
  })
}
