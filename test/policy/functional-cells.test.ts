/**
 * Every action × actor × authentication × access mode, against functional-cells.json: a second reading of
 * docs/policy.md §2, written from the rules and not from profiles/functional-rights.
 */
import { Ajv } from 'ajv'
import t from 'tap'
import { functionalRights, grants, matrixActors } from '../../src/dmp/matrices/functional-matrix.ts'
import { type ActorClass, actorClass } from '../../src/policy/actor-class.ts'
import {
  type AccessMode,
  accessModes,
  authenticationModes,
  type Caller,
  tokenActors,
} from '../../src/policy/caller.ts'
import { decide } from '../../src/policy/decide.ts'
import type { Relation } from '../../src/policy/facts.ts'
import { type Action, actions, type Question } from '../../src/policy/question.ts'
import { allActions, callerWith, factsWith, matrices, now } from '../support/questions.ts'
import cells from './functional-cells.json' with { type: 'json' }

const closed = { additionalProperties: false, type: 'object' } as const
const text = { type: 'string', minLength: 1 } as const
const worth = { type: 'string', pattern: `^(F\\d+(:(${grants.join('|')}))?( |$))*$` } as const
const combination = {
  type: 'string',
  pattern: `^(${matrixActors.join('|')}) (${authenticationModes.join('|')})$`,
} as const
const schema = {
  ...closed,
  required: ['grants', 'actions', 'withoutRight'],
  properties: {
    grants: {
      type: 'array',
      items: {
        ...closed,
        required: ['actor', 'authentication', ...accessModes, 'source'],
        properties: {
          actor: { enum: matrixActors },
          authentication: { enum: authenticationModes },
          ...Object.fromEntries(accessModes.map((mode) => [mode, worth])),
          source: text,
        },
      },
    },
    actions: {
      type: 'object',
      additionalProperties: {
        ...closed,
        required: ['right', 'worth', 'consults', 'blockable', 'closed', 'source'],
        properties: {
          right: { enum: functionalRights },
          worth: { type: 'string', pattern: `^((${grants.join('|')})( |$))+$` },
          consults: { type: 'boolean' },
          blockable: { type: 'boolean' },
          closed: { enum: ['refused', 'answered', 'only'] },
          source: text,
          narrowed: {
            ...closed,
            required: ['rule', 'permitted'],
            properties: {
              rule: { enum: ['M1'] },
              permitted: { type: 'array', uniqueItems: true, items: combination },
            },
          },
        },
      },
    },
    withoutRight: {
      type: 'object',
      additionalProperties: {
        ...closed,
        required: ['rule', 'permitted', 'closed', 'source'],
        properties: {
          rule: { enum: ['A5', 'A6', 'A12', 'T4'] },
          permitted: { type: 'array', uniqueItems: true, items: combination },
          closed: { enum: ['refused', 'answered', 'only'] },
          source: text,
        },
      },
    },
  },
}

type Row = (typeof cells.grants)[number]
type ReadAction = {
  readonly right: string
  readonly worth: string
  readonly consults: boolean
  readonly blockable: boolean
  readonly closed: string
  /** Another rule that leaves some of those whom the right serves, in normal mode. */
  readonly narrowed?: { readonly rule: string; readonly permitted: readonly string[] }
}
const withRight: Readonly<Record<string, ReadAction>> = cells.actions
const withoutRight: Readonly<
  Record<string, { readonly rule: string; readonly permitted: readonly string[]; readonly closed: string }>
> = cells.withoutRight

function worthOf(row: Row, mode: AccessMode, right: string): string {
  const cell = row[mode].split(' ').find((word) => word.split(':')[0] === right)
  return cell === undefined ? 'no' : (cell.split(':')[1] ?? 'yes')
}

/** A caller of each class, and a record in which nothing but its right stands in its way. */
function callerOf(actor: ActorClass, authentication: Caller['authentication']): Caller {
  const person = { practitionerId: '810000000001', structureId: '1750000001' }
  const token = tokenActors.find((known) => known === actor) ?? 'PS'
  const caller = { actor: token, authentication, regulation: true }
  switch (actor) {
    case 'PS_NON_MEDECIN':
      return callerWith({ ...caller, ...person, profession: '60' })
    case 'MEDECIN':
    case 'MEDECIN_TRAITANT':
      return callerWith({ ...caller, ...person, profession: '10', speciality: 'SM26' })
    case 'MEDECIN_DU_TRAVAIL':
      return callerWith({ ...caller, ...person, profession: '10', speciality: 'SM25' })
    case 'NON_PS':
    case 'STRUCTURE':
      return callerWith({ ...caller, structureId: person.structureId })
    default:
      return callerWith(caller)
  }
}

function relationOf(actor: ActorClass): Relation {
  const kind = actor === 'REPRESENTANT_LEGAL' || actor === 'AIDANT' ? actor : undefined
  return {
    holder: kind !== undefined || actor === 'PATIENT',
    representation: kind && { kind, until: now + 1 },
    announced: true,
  }
}

function questionOf(action: Action, row: Row, mode: AccessMode): Question {
  const actor = matrixActors.find((known) => known === row.actor)
  const authentication = authenticationModes.find((known) => known === row.authentication)
  if (!actor || !authentication) throw new Error('the schema knows both')
  const facts = factsWith({
    status: action === 'reactivate-record' ? 'closed' : 'open',
    authorisations: [
      { actor: 'ps:810000000001', until: now + 1 },
      { actor: 'st:1750000001', until: now + 1 },
    ],
    medecinTraitant: actor === 'MEDECIN_TRAITANT' ? 'ps:810000000001' : '',
  })
  const caller = callerOf(actor, authentication)
  if (actorClass(caller, facts) !== actor) throw new Error(`no caller is ${actor}`)
  const motive = 'Patient inconscient, traitement inconnu'
  return { action, caller, mode, motive, facts, ...relationOf(actor), now, matrices }
}

function found(question: Question): string {
  const decision = decide(question)
  return decision.effect === 'permit' ? `permit ${decision.grant}` : decision.rules.join()
}

/** What the second reading says of an action that nothing but its right could refuse. */
function expected(action: Action, row: Row, mode: AccessMode): string {
  const read = withRight[action]
  if (read) {
    const value = worthOf(row, mode, read.right)
    if (!read.worth.split(' ').includes(value)) return read.right
    const left =
      !read.narrowed ||
      (mode === 'normal' && read.narrowed.permitted.includes(`${row.actor} ${row.authentication}`))
    return left ? `permit ${value}` : (read.narrowed?.rule ?? '')
  }
  const other = withoutRight[action]
  if (!other) throw new Error(`${action} is in neither table`)
  const may = mode === 'normal' && other.permitted.includes(`${row.actor} ${row.authentication}`)
  return may ? 'permit yes' : other.rule
}

t.test('the second reading is well formed, and whole', async (t) => {
  const valid = new Ajv({ strict: true, allErrors: true, allowUnionTypes: true }).compile(schema)
  t.ok(valid(cells), JSON.stringify(valid.errors))
  const rows = new Set(cells.grants.map((row) => `${row.actor} ${row.authentication}`))
  t.equal(rows.size, cells.grants.length, 'no row twice')
  t.equal(rows.size, matrixActors.length * authenticationModes.length, 'no row missing')
  t.same([...Object.keys(withRight), ...Object.keys(withoutRight)].sort(), [...allActions].sort())
  for (const action of allActions) {
    const { right, honours, whenClosed, consults, blockable } = actions[action]
    t.equal(withRight[action]?.right, right, action)
    t.equal((withRight[action] ?? withoutRight[action])?.closed, whenClosed, `${action}, closed`)
    t.equal(withRight[action]?.consults ?? false, consults, `${action} consults`)
    t.equal(withRight[action]?.blockable ?? false, blockable, `${action} is blockable`)
    if (right) t.same(withRight[action]?.worth.split(' ').sort(), [...honours].sort(), `${action} honours`)
  }
})

t.test('the matrix in force is worth what §2 says, in each of its cells', async (t) => {
  let granted = 0
  let compared = 0
  const wrong: string[] = []
  for (const row of cells.grants) {
    for (const mode of accessModes) {
      for (const right of functionalRights) {
        const value = matrices.rights.grant(right, row.actor, row.authentication, mode)
        const read = worthOf(row, mode, right)
        if (value !== read)
          wrong.push(`${right} ${row.actor} ${row.authentication} ${mode}: ${value}, not ${read}`)
        if (value !== 'no') granted++
        compared++
      }
    }
  }
  t.same(wrong, [])
  t.equal(compared, 18 * 12 * 9)
  t.ok(granted > 250, `not vacuous: ${granted}`)
})

t.test('every action × actor × authentication × access mode is decided as §2 says', async (t) => {
  const seen = { permitted: 0, refused: 0 }
  const wrong: string[] = []
  for (const row of cells.grants) {
    for (const mode of accessModes) {
      for (const action of allActions) {
        const [is, should] = [found(questionOf(action, row, mode)), expected(action, row, mode)]
        if (is !== should)
          wrong.push(`${action} ${row.actor} ${row.authentication} ${mode}: ${is}, not ${should}`)
        seen[should.startsWith('permit') ? 'permitted' : 'refused']++
      }
    }
  }
  t.same(wrong, [])
  t.equal(seen.permitted + seen.refused, allActions.length * 12 * 9)
  t.ok(seen.permitted > 250 && seen.refused > 1000, `not vacuous: ${JSON.stringify(seen)}`)
})

type Circumstance = {
  readonly name: string
  readonly change: (question: Question) => Question
  /** The rule that refuses what would have been permitted, or undefined where the circumstance does not bear. */
  readonly refusedBy: (action: Action, question: Question) => string | undefined
}

const consults = (action: Action): boolean => withRight[action]?.consults ?? false
const isProfessional = ({ caller }: Question): boolean => ['PS', 'NON_PS', 'STRUCTURE'].includes(caller.actor)
const without = (question: Question, facts: Partial<Question['facts']>): Question => ({
  ...question,
  facts: { ...question.facts, ...facts },
})

const circumstances: readonly Circumstance[] = [
  {
    name: 'no authorisation',
    change: (q) => without(q, { authorisations: [] }),
    refusedBy: (action, q) =>
      consults(action) && isProfessional(q) && q.mode === 'normal' && q.facts.medecinTraitant === ''
        ? 'A1'
        : undefined,
  },
  {
    name: 'an authorisation that is over',
    change: (q) => without(q, { authorisations: q.facts.authorisations.map((a) => ({ ...a, until: now })) }),
    refusedBy: (action, q) =>
      consults(action) && isProfessional(q) && q.mode === 'normal' && q.facts.medecinTraitant === ''
        ? 'A4'
        : undefined,
  },
  {
    name: 'blocked',
    change: (q) => without(q, { blocked: ['ps:810000000001', 'st:1750000001'] }),
    refusedBy: (action, q) =>
      withRight[action]?.blockable && q.caller.practitionerId !== undefined ? 'A3' : undefined,
  },
  {
    name: 'no motive',
    change: ({ motive: _, ...q }) => q,
    refusedBy: (_, { mode }) => (mode === 'bris_de_glace' ? 'A8' : undefined),
  },
  {
    name: 'no claim of the regulation',
    change: (q) => ({ ...q, caller: { ...q.caller, regulation: false } }),
    refusedBy: (_, { mode }) => (mode === 'centre_15' ? 'A9' : undefined),
  },
  {
    name: 'opposed to both emergency modes',
    change: (q) => without(q, { emergency: { brisDeGlace: false, centre15: false, masked: false } }),
    refusedBy: (action, { mode }) => (mode !== 'normal' && consults(action) ? 'A7' : undefined),
  },
  {
    name: 'not the holder',
    change: (q) => ({ ...q, holder: false }),
    refusedBy: (_, { holder }) => (holder ? 'P1' : undefined),
  },
  {
    name: 'no representation',
    change: (q) => ({ ...q, representation: undefined }),
    refusedBy: (_, { representation }) => (representation ? 'P2' : undefined),
  },
  {
    name: 'closed',
    change: (q) => without(q, { status: 'closed' }),
    refusedBy: (action) =>
      (withRight[action] ?? withoutRight[action])?.closed === 'refused' ? 'A12' : undefined,
  },
]

t.test('each circumstance refuses what it bears on, by its own rule, and nothing else', async (t) => {
  const wrong: string[] = []
  let asked = 0
  for (const { name, change, refusedBy } of circumstances) {
    let refused = 0
    for (const row of cells.grants) {
      for (const mode of accessModes) {
        for (const action of allActions) {
          const plain = questionOf(action, row, mode)
          const before = found(plain)
          if (!before.startsWith('permit')) continue
          asked++
          const rule = refusedBy(action, plain)
          if (rule) refused++
          const after = found(change(plain))
          if (after !== (rule ?? before))
            wrong.push(
              `${name}: ${action} ${row.actor} ${row.authentication} ${mode}: ${after}, not ${rule ?? before}`,
            )
        }
      }
    }
    t.ok(refused > 0, `${name}: bears on ${refused}`)
  }
  t.same(wrong, [])
  t.ok(asked > 2000, `not vacuous: ${asked}`)
})
