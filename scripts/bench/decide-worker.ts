/** Policy alone, in a process of its own, on a record as crowded as any: no HTTP, no database. */
import { assetPath } from '../../src/asset-path.ts'
import { loadProfiles } from '../../src/definitions/load-profiles.ts'
import { buildTerminology } from '../../src/dmp/codes/terminology.ts'
import { buildFunctionalMatrix } from '../../src/dmp/matrices/functional-matrix.ts'
import { buildHabilitationMatrix } from '../../src/dmp/matrices/habilitation-matrix.ts'
import { tableInForce } from '../../src/dmp/matrices/table-in-force.ts'
import { decodeUuid } from '../../src/fhir/id.ts'
import type { AccessMode, Caller } from '../../src/policy/caller.ts'
import { decide } from '../../src/policy/decide.ts'
import type { ActorId, RecordFacts } from '../../src/policy/facts.ts'
import type { Question } from '../../src/policy/question.ts'
import { serveOrders } from './worker-process.ts'

export type DecideOrder = { readonly milliseconds: number; readonly case: keyof typeof questions }
export type DecideAnswer = {
  readonly decisions: number
  readonly seconds: number
  readonly cpuSeconds: number
}

const AUTHORISATIONS = 200
const BLOCKED = 50
const TEAMS = 5
const MEMBERS = 20
const TODAY = '2026-11-22'
const now = Date.parse(`${TODAY}T10:00:00Z`)

const tables = loadProfiles(assetPath('profiles'))
const { documentTypes } = buildTerminology(tables)
const matrices = {
  rights: buildFunctionalMatrix(tableInForce(tables.functionalRights, TODAY)),
  habilitation: buildHabilitationMatrix(tableInForce(tables.habilitation, TODAY), documentTypes),
}

/** As ids are: a common beginning, then digits without order (a product modulo a prime). */
function practitioner(n: number): string {
  return `810${String((n * 387_420_489) % 999_999_937).padStart(9, '0')}`
}

function actors(first: number, count: number): ActorId[] {
  return Array.from({ length: count }, (_, i): ActorId => `ps:${practitioner(first + i)}`)
}

function patientKey(): RecordFacts['patientKey'] {
  const key = decodeUuid(`${'0'.repeat(25)}1`)
  if (!key) throw new Error('26 characters are an id')
  return key
}

const teams = Array.from({ length: TEAMS }, (_, i) => ({
  team: `team-${i}`,
  members: actors(50_000 + i * MEMBERS, MEMBERS),
  until: null,
  byPatient: false,
}))
const facts: RecordFacts = {
  patientKey: patientKey(),
  status: 'open',
  authorisations: actors(1, AUTHORISATIONS).map((actor) => ({ actor, until: now + 1 })),
  blocked: actors(90_000, BLOCKED),
  medecinTraitant: 'ps:800000000000',
  careTeams: teams,
  emergency: { brisDeGlace: true, centre15: true, masked: false },
  maskedByDefault: false,
  noticesOfChanges: true,
  birthDate: '1979-03-28',
  version: 1,
}

function asked(last: number, mode: AccessMode = 'normal'): Question {
  const caller: Caller = {
    actor: 'PS',
    authentication: 'DIRECTE',
    practitionerId: practitioner(last),
    profession: '10',
    speciality: 'SM26',
    structureId: '1750000001',
    regulation: false,
    secretConnection: false,
    scopes: [],
    client: 'bench',
    tokenId: 'bench',
    key: 'bench',
  }
  return {
    action: 'search-documents',
    caller,
    mode,
    motive: 'Patient inconscient, traitement inconnu',
    facts,
    holder: false,
    representation: undefined,
    announced: true,
    now,
    matrices,
  }
}

/** Each must look at all there is before it can answer. */
const questions = {
  'authorised, last of the list': asked(AUTHORISATIONS),
  'refused: of a care team that nobody authorised': asked(50_000 + TEAMS * MEMBERS - 1),
  'refused: in no list': asked(99_999),
  'bris de glace': asked(99_999, 'bris_de_glace'),
} as const satisfies Record<string, Question>

const BATCH = 10_000

serveOrders<DecideOrder, DecideAnswer>(async ({ milliseconds, case: name }) => {
  const question = questions[name]
  const expected = name.startsWith('refused') ? 'deny' : 'permit'
  const cpu = process.cpuUsage()
  const begin = performance.now()
  let decisions = 0
  do {
    for (let i = 0; i < BATCH; i++)
      if (decide(question).effect !== expected) throw new Error(`${name}: not ${expected}`)
    decisions += BATCH
  } while (performance.now() - begin < milliseconds)
  const { user, system } = process.cpuUsage(cpu)
  return { decisions, seconds: (performance.now() - begin) / 1000, cpuSeconds: (user + system) / 1e6 }
})
