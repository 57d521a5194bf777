/** Generated questions to policy: callers, facts of a record, and the matrices in force. */

import { buildFunctionalMatrix } from '../../src/dmp/matrices/functional-matrix.ts'
import { buildHabilitationMatrix } from '../../src/dmp/matrices/habilitation-matrix.ts'
import { tableInForce } from '../../src/dmp/matrices/table-in-force.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { accessModes, authenticationModes, type Caller, tokenActors } from '../../src/policy/caller.ts'
import type { ActorId, RecordFacts } from '../../src/policy/facts.ts'
import { type Action, actions, type Matrices, type Question } from '../../src/policy/question.ts'
import fc from './draws.ts'
import { profiles, terminology } from './profiles.ts'

const day = '2026-11-22'
export const now = Date.parse('2026-11-22T10:00:00Z')
export const patientKey = '0192f0c1-2b3c-7d4e-8f50-617283940a1b' as Uuid

export const matrices: Matrices = {
  rights: buildFunctionalMatrix(tableInForce(profiles.functionalRights, day)),
  habilitation: buildHabilitationMatrix(tableInForce(profiles.habilitation, day), terminology.documentTypes),
}

// Two matrices would fill pages of every counterexample.
Object.defineProperty(matrices, fc.toStringMethod, { value: () => 'the matrices in force' })

export const allActions = Object.keys(actions) as Action[]

const practitioners = ['810000000001', '810000000002', '810000000003'] as const
const structures = ['1750000001', '1750000002'] as const
const actorIds: readonly ActorId[] = [
  ...practitioners.map((id) => `ps:${id}` as const),
  ...structures.map((id) => `st:${id}` as const),
]

/** A caller as plain as can be, with what the test gives it. */
export function callerWith(given: Partial<Caller>): Caller {
  return {
    actor: 'PS',
    authentication: 'DIRECTE',
    regulation: false,
    secretConnection: false,
    scopes: [],
    client: 'test-software',
    tokenId: 'test',
    key: 'test',
    ...given,
  }
}

export function factsWith(given: Partial<RecordFacts>): RecordFacts {
  return {
    patientKey,
    status: 'open',
    authorisations: [],
    blocked: [],
    medecinTraitant: '',
    careTeams: [],
    emergency: { brisDeGlace: true, centre15: true, masked: false },
    maskedByDefault: false,
    noticesOfChanges: true,
    birthDate: '1979-03-28',
    version: 1,
    ...given,
  }
}

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 })

export const callers: fc.Arbitrary<Caller> = fc
  .record({
    actor: fc.oneof({ weight: 3, arbitrary: fc.constant('PS' as const) }, fc.constantFrom(...tokenActors)),
    authentication: fc.constantFrom(...authenticationModes),
    practitionerId: maybe(fc.constantFrom(...practitioners)),
    profession: maybe(fc.constantFrom('10', '10', '21', '60', 'not-a-profession')),
    speciality: maybe(fc.constantFrom('SM25', 'SM26')),
    structureId: maybe(fc.constantFrom(...structures)),
    regulation: fc.boolean(),
    secretConnection: fc.boolean(),
  })
  .map(({ practitionerId, profession, speciality, structureId, ...rest }) =>
    callerWith({
      ...rest,
      ...(practitionerId ? { practitionerId } : {}),
      ...(profession ? { profession } : {}),
      ...(speciality ? { speciality } : {}),
      ...(structureId ? { structureId } : {}),
    }),
  )

const authorisations = fc.array(
  fc.record({
    actor: fc.constantFrom(...actorIds),
    until: fc.constantFrom(now - 1, now, now + 1, now + 86_400_000),
  }),
  { maxLength: 4 },
)

export const records: fc.Arbitrary<RecordFacts> = fc
  .record({
    status: fc.oneof({ weight: 5, arbitrary: fc.constant('open' as const) }, fc.constant('closed' as const)),
    authorisations,
    blocked: fc.uniqueArray(fc.constantFrom(...actorIds), { maxLength: 2 }),
    emergency: fc.record({ brisDeGlace: fc.boolean(), centre15: fc.boolean(), masked: fc.boolean() }),
    careTeams: fc.array(
      fc.record({
        team: fc.constantFrom('team-1', 'team-2'),
        members: fc.uniqueArray(fc.constantFrom(...actorIds), { minLength: 1, maxLength: 3 }),
        until: fc.constantFrom(null, now - 1, now, now + 1),
        byPatient: fc.boolean(),
      }),
      { maxLength: 2 },
    ),
    medecinTraitant: fc.constantFrom('', '', `ps:${practitioners[0]}`, `ps:${practitioners[1]}`),
  })
  .map(factsWith)

export const questions: fc.Arbitrary<Question> = fc.record({
  action: fc.constantFrom(...allActions),
  caller: callers,
  mode: fc.oneof({ weight: 3, arbitrary: fc.constant('normal' as const) }, fc.constantFrom(...accessModes)),
  facts: records,
  motive: fc.constantFrom('', 'bref', 'Patient inconscient, traitement en cours inconnu'),
  holder: fc.boolean(),
  representation: maybe(
    fc.record({
      kind: fc.constantFrom('REPRESENTANT_LEGAL', 'AIDANT'),
      until: fc.constantFrom(now - 1, now, now + 1, now + 86_400_000),
    }),
  ),
  announced: fc.boolean(),
  now: fc.constant(now),
  matrices: fc.constant(matrices),
})

/** The same, of which most are asked by somebody who may: rules that come late are met, and scopes are given. */
export const likely: fc.Arbitrary<Question> = fc.oneof(
  questions,
  fc
    .record({
      question: questions,
      who: fc.constantFrom(
        'PS',
        'PS',
        'PS',
        'NON_PS',
        'STRUCTURE',
        'PATIENT',
        'REPRESENTANT_LEGAL',
        'AIDANT',
      ),
      mode: fc.constantFrom('normal', ...accessModes),
      mine: fc.boolean(),
    })
    .map(({ question, who, mode, mine }): Question => {
      const { caller, facts } = question
      const person = { practitionerId: caller.practitionerId ?? practitioners[0], profession: '10' }
      const authorisation = { actor: `ps:${person.practitionerId}` as const, until: now + 1 }
      const { practitionerId: _, profession: __, ...others } = caller
      return {
        ...question,
        mode,
        motive: 'Patient inconscient, traitement en cours inconnu',
        holder: true,
        caller: {
          ...others,
          actor: who,
          authentication: who === 'STRUCTURE' ? 'INDIRECTE' : 'DIRECTE',
          regulation: true,
          ...(who === 'PS' ? person : {}),
        },
        facts: mine ? { ...facts, authorisations: [...facts.authorisations, authorisation] } : facts,
      }
    }),
)
