/** Theorems about the decision, over generated questions and the matrices in force; then every cell of docs/policy.md §2. */
import { Ajv } from 'ajv'
import fc from 'fast-check'
import t from 'tap'
import { type FunctionalMatrix, grants, matrixActors } from '../../src/dmp/functional-matrix.ts'
import { refusal } from '../../src/fhir/fhir-error.ts'
import { type ActorClass, actorClass } from '../../src/policy/actor-class.ts'
import { applyChoice } from '../../src/policy/apply-choice.ts'
import { accessModes, authenticationModes, type Caller, tokenActors } from '../../src/policy/caller.ts'
import { decide } from '../../src/policy/decide.ts'
import { decideOpening } from '../../src/policy/decide-opening.ts'
import type { Decision } from '../../src/policy/decision.ts'
import { actions, type Matrices, type Question } from '../../src/policy/question.ts'
import { ruleIds } from '../../src/policy/rule-ids.ts'
import {
  allActions,
  callers,
  callerWith,
  factsWith,
  matrices,
  now,
  questions,
  records,
} from '../support/questions.ts'
import cells from './functional-cells.json' with { type: 'json' }

const runs = { numRuns: 2000 }
const consulting = allActions.filter((action) => actions[action].consults)
const professional = ['PS', 'NON_PS', 'STRUCTURE']

function permitted(decision: Decision): boolean {
  return decision.effect === 'permit'
}

/** A matrix whose every cell is one value. */
function rightsAll(grant: ReturnType<FunctionalMatrix['grant']>): Matrices {
  return { ...matrices, rights: { ...matrices.rights, grant: () => grant } }
}

t.test('the generator reaches both answers of every action', async (t) => {
  const seen = new Set<string>()
  fc.assert(
    fc.property(questions, (question) => {
      const { effect, rules } = decide(question)
      seen.add(`${question.action} ${effect}`)
      if (effect === 'deny') for (const rule of rules) seen.add(rule)
    }),
    { numRuns: 8000 },
  )
  for (const action of allActions) {
    t.ok(seen.has(`${action} permit`), `${action} is permitted sometimes`)
    t.ok(seen.has(`${action} deny`), `${action} is refused sometimes`)
  }
  for (const rule of ['P1', 'P2', 'A12', 'F8', 'A6', 'T4', 'A8', 'A3', 'A1', 'A4'])
    t.ok(seen.has(rule), `${rule} decides sometimes`)
})

t.test('default-deny: what no matrix grants and no rule names is refused', async (t) => {
  let denied = 0
  fc.assert(
    fc.property(questions, (question) => {
      if (actions[question.action].right === undefined) return
      denied++
      return !permitted(decide({ ...question, matrices: rightsAll('no') }))
    }),
    runs,
  )
  t.ok(denied > 500, 'not vacuous')
  t.same(
    matrices.habilitation.readableTypes('not-a-profession'),
    new Set(),
    'a profession the matrix does not know reads nothing',
  )
})

t.test(
  'a-condition-nobody-applies-denies: a grant that an action does not honour is no permit',
  async (t) => {
    const seen = { denied: 0, permitted: 0 }
    fc.assert(
      fc.property(questions, fc.constantFrom(...grants), (question, grant) => {
        const { right, honours } = actions[question.action]
        if (!right) return
        const answer = permitted(decide({ ...question, matrices: rightsAll(grant) }))
        seen[answer ? 'permitted' : 'denied']++
        return !answer || honours.some((honoured) => honoured === grant)
      }),
      runs,
    )
    t.ok(seen.denied > 300 && seen.permitted > 10, 'not vacuous')
  },
)

t.test('forbid-trumps-permit: a blocked professional consults in no mode, whatever else holds', async (t) => {
  let wouldBePermitted = 0
  fc.assert(
    fc.property(questions, fc.boolean(), (question, traitant) => {
      const { practitionerId } = question.caller
      if (!practitionerId || !actions[question.action].blockable) return
      const self = `ps:${practitionerId}` as const
      const best: Question = {
        ...question,
        facts: {
          ...question.facts,
          authorisations: [...question.facts.authorisations, { actor: self, until: now + 1 }],
          medecinTraitant: traitant ? self : question.facts.medecinTraitant,
          blocked: question.facts.blocked.filter((id) => id !== self),
        },
      }
      if (permitted(decide(best))) wouldBePermitted++
      return !permitted(decide({ ...best, facts: { ...best.facts, blocked: [...best.facts.blocked, self] } }))
    }),
    runs,
  )
  t.ok(wouldBePermitted > 30, 'not vacuous: unblocked, they were permitted')
})

t.test('a-blocked-professional-still-feeds (A2)', async (t) => {
  let fed = 0
  fc.assert(
    fc.property(callers, records, (caller, facts) => {
      const ask = (blocked: typeof facts.blocked) =>
        decide({
          action: 'feed',
          caller,
          mode: 'normal',
          facts: { ...facts, blocked },
          holder: false,
          now,
          matrices,
        }).effect
      if (!caller.practitionerId) return
      const answer = ask([`ps:${caller.practitionerId}`])
      if (answer === 'permit') fed++
      return answer === ask([])
    }),
    runs,
  )
  t.ok(fed > 20, 'not vacuous')
})

t.test('structure-cannot-be-blocked (A6): blocking an organisation changes no answer', async (t) => {
  let outcomes = 0
  fc.assert(
    fc.property(questions, (question) => {
      const { structureId } = question.caller
      if (!structureId) return
      const others = question.facts.blocked.filter((id) => id.startsWith('ps:'))
      const blocked = { ...question, facts: { ...question.facts, blocked: [...others, `st:${structureId}`] } }
      const free = { ...question, facts: { ...question.facts, blocked: others } }
      const [a, b] = [decide(blocked as Question), decide(free)]
      if (permitted(b)) outcomes++
      return a.effect === b.effect && a.rules.join() === b.rules.join()
    }),
    runs,
  )
  t.ok(outcomes > 30, 'not vacuous')
})

t.test('an-error-denies: a matrix that throws permits nothing and tells nothing', async (t) => {
  const secret = 'matricule 255069923100174'
  const broken: readonly Matrices[] = [
    {
      ...matrices,
      rights: {
        ...matrices.rights,
        grant: () => {
          throw new Error(secret)
        },
      },
    },
    {
      ...matrices,
      habilitation: {
        ...matrices.habilitation,
        readableTypes: () => {
          throw new Error(secret)
        },
      },
    },
  ]
  let met = 0
  fc.assert(
    fc.property(questions, fc.constantFrom(...broken), (question, withFault) => {
      const decision = decide({ ...question, matrices: withFault })
      if (decision.effect === 'permit')
        return decision.scope.types === 'every' || decision.scope.types.size === 0
      if (decision.refusal.category !== 'exception') return true
      met++
      return decision.refusal.status === 500 && !JSON.stringify(decision.refusal.issues).includes(secret)
    }),
    runs,
  )
  t.ok(met > 50, 'not vacuous: the fault was met')
})

t.test('order-does-not-matter: of authorisations and of blocked', async (t) => {
  let shuffled = 0
  const shuffles = fc.tuple(questions, fc.infiniteStream(fc.nat(1000)))
  fc.assert(
    fc.property(shuffles, ([question, ranks]) => {
      const inOrderOf = <T>(items: readonly T[]): T[] =>
        items
          .map((item) => ({ item, rank: ranks.next().value ?? 0 }))
          .sort((a, b) => a.rank - b.rank)
          .map(({ item }) => item)
      const facts = {
        ...question.facts,
        authorisations: inOrderOf(question.facts.authorisations),
        blocked: inOrderOf(question.facts.blocked),
      }
      if (JSON.stringify(facts) !== JSON.stringify(question.facts)) shuffled++
      const [a, b] = [decide(question), decide({ ...question, facts })]
      t.strictSame(
        a.effect === 'permit' ? { ...a } : { effect: a.effect, rules: a.rules },
        b.effect === 'permit' ? { ...b } : { effect: b.effect, rules: b.rules },
      )
    }),
    { numRuns: 600 },
  )
  t.ok(shuffled > 30, 'not vacuous')
})

t.test('every-answer-names-its-rules, and rules are known ones', async (t) => {
  const known: ReadonlySet<string> = new Set(ruleIds)
  const named = new Set<string>()
  fc.assert(
    fc.property(questions, (question) => {
      const decision = decide(question)
      for (const rule of decision.rules) named.add(rule)
      if (decision.rules.length === 0 || decision.rules.some((rule) => !known.has(rule))) return false
      if (decision.effect === 'permit') return true
      // V7: what is answered as unknown names its rule in the trace alone.
      const told = decision.refusal.category === 'not-found' ? undefined : decision.rules[0]
      return decision.refusal.issues.every((issue) => issue.rule === told)
    }),
    runs,
  )
  t.ok(named.size >= 12, 'not vacuous')
})

t.test('another-patients-record-is-unknown, exactly as one that does not exist', async (t) => {
  let asked = 0
  fc.assert(
    fc.property(questions, fc.constantFrom('PATIENT', 'REPRESENTANT_LEGAL', 'AIDANT'), (question, actor) => {
      asked++
      const caller = { ...question.caller, actor: actor as Caller['actor'] }
      const decision = decide({ ...question, caller, holder: false })
      return (
        decision.effect === 'deny' &&
        decision.refusal.category === 'not-found' &&
        decision.rules[0] === 'P1' &&
        JSON.stringify(decision.refusal.issues) === JSON.stringify(refusal('not-found', 'inconnu').issues)
      )
    }),
    runs,
  )
  t.equal(asked, runs.numRuns)
})

t.test('closed-record-refuses-all-but-existence-and-traces', async (t) => {
  const permittedActions = new Set<string>()
  fc.assert(
    fc.property(questions, (question) => {
      const closed = decide({ ...question, facts: { ...question.facts, status: 'closed' } })
      if (permitted(closed)) permittedActions.add(question.action)
    }),
    { numRuns: 8000 },
  )
  t.same([...permittedActions].sort(), ['find-record', 'read-traces'])
  const refused = decide({
    action: 'feed',
    caller: callerWith({ practitionerId: '810000000001', profession: '10' }),
    mode: 'normal',
    facts: factsWith({ status: 'closed' }),
    holder: false,
    now,
    matrices,
  })
  t.same(
    refused.effect === 'deny' && [refused.rules, refused.refusal.issues[0].error],
    [['A12'], 'dossier-ferme'],
    'with a code of its own',
  )
})

t.test('emergency-is-refused-until-built', async (t) => {
  let normallyPermitted = 0
  fc.assert(
    fc.property(questions, fc.constantFrom('bris_de_glace', 'centre_15'), (question, mode) => {
      if (permitted(decide({ ...question, mode: 'normal' }))) normallyPermitted++
      return !permitted(decide({ ...question, mode: mode as Question['mode'] }))
    }),
    runs,
  )
  t.ok(normallyPermitted > 50, 'not vacuous')
})

t.test('no-scope-without-consult: a professional permitted to consult was authorised, now', async (t) => {
  const seen = { own: 0, structure: 0, traitant: 0 }
  fc.assert(
    fc.property(questions, fc.constantFrom(...consulting), (question, action) => {
      const { caller, facts } = question
      if (!professional.includes(caller.actor) || !permitted(decide({ ...question, action }))) return
      const valid = facts.authorisations.filter((a) => a.until > now).map((a) => a.actor)
      const own = caller.actor === 'PS' && valid.some((id) => id === `ps:${caller.practitionerId}`)
      const structure = valid.some((id) => id === `st:${caller.structureId}`)
      const traitant = caller.actor === 'PS' && facts.medecinTraitant === `ps:${caller.practitionerId}`
      if (own) seen.own++
      if (structure) seen.structure++
      if (traitant) seen.traitant++
      return own || structure || traitant
    }),
    { numRuns: 8000 },
  )
  t.ok(seen.own > 5 && seen.structure > 5 && seen.traitant > 0, 'not vacuous')
})

t.test('expired-authorisation-is-none: past its end it opens nothing, and says A4', async (t) => {
  let refused = 0
  fc.assert(
    fc.property(questions, (question) => {
      const until = (end: number) => question.facts.authorisations.map((a) => ({ ...a, until: end }))
      const expired = decide({ ...question, facts: { ...question.facts, authorisations: until(now) } })
      const none = decide({ ...question, facts: { ...question.facts, authorisations: [] } })
      if (expired.effect === 'deny' && expired.rules[0] === 'A4') refused++
      return expired.effect === none.effect
    }),
    runs,
  )
  t.ok(refused > 3, 'not vacuous')
})

t.test('more-authorisations-never-refuse, and never widen the scope', async (t) => {
  let opened = 0
  fc.assert(
    fc.property(questions, records, (question, more) => {
      const before = decide(question)
      const authorisations = [...question.facts.authorisations, ...more.authorisations]
      const after = decide({ ...question, facts: { ...question.facts, authorisations } })
      if (before.effect === 'deny' && after.effect === 'permit') opened++
      if (before.effect === 'deny') return true
      return after.effect === 'permit' && JSON.stringify(after.scope) === JSON.stringify(before.scope)
    }),
    runs,
  )
  t.ok(opened > 2, 'not vacuous')
})

t.test('scope-is-bounded-by-habilitation-and-labels', async (t) => {
  const seen = { own: 0, all: 0, secret: 0, patient: 0, onlyOwn: 0 }
  fc.assert(
    fc.property(questions, (question) => {
      const decision = decide(question)
      if (decision.effect === 'deny') return
      const { scope } = decision
      const { caller, action } = question
      const traitant = actorClass(caller, question.facts) === 'MEDECIN_TRAITANT'
      if (caller.secretConnection) seen.secret++
      if (caller.secretConnection && scope.invisibleLegal !== 'only') return false
      if (action === 'find-own-document') {
        seen.onlyOwn++
        return scope.onlyOwn && scope.masked === 'own'
      }
      if (professional.includes(caller.actor)) {
        const readable = matrices.habilitation.readableTypes(caller.profession)
        if (scope.types === 'every' || [...scope.types].some((type) => !readable.has(type))) return false
        if (scope.masked === 'all') seen.all++
        else if (scope.masked === 'own') seen.own++
        return scope.masked !== 'all' || traitant
      }
      // V4: what is not announced yet is unseen by patient and whoever is no professional.
      if (caller.actor === 'PATIENT') seen.patient++
      return !scope.invisiblePatient
    }),
    { numRuns: 8000 },
  )
  for (const [what, count] of Object.entries(seen)) t.ok(count > 1, `not vacuous: ${what} ${count}`)
})

t.test('traces: the holder, the médecin traitant and the auditor read all, others their own', async (t) => {
  const ask = (caller: Caller, holder: boolean, medecinTraitant = '') =>
    decide({
      action: 'read-traces',
      caller,
      mode: 'normal',
      facts: factsWith({ medecinTraitant }),
      holder,
      now,
      matrices,
    }).effect
  const doctor = callerWith({ practitionerId: '810000000001', profession: '10' })
  t.equal(ask(callerWith({ actor: 'PATIENT' }), true), 'permit')
  t.equal(ask(callerWith({ actor: 'PATIENT' }), false), 'deny')
  t.equal(ask(doctor, false), 'permit')
  t.equal(ask(doctor, false, 'ps:810000000001'), 'permit')
  t.equal(ask(callerWith({ actor: 'AUDITEUR' }), false), 'permit')
  for (const actor of ['STRUCTURE', 'NON_PS', 'ASSURANCE_MALADIE', 'ADMINISTRATION'] as const)
    t.equal(ask(callerWith({ actor, structureId: '1750000001' }), false), 'deny', actor)
})

t.test(
  'blocking ends the authorisation and the status of médecin traitant; unblocking needs a new one',
  async (t) => {
    const actor = 'ps:810000000001' as const
    const authorised = applyChoice(factsWith({}), { category: 'autorisation', actor, until: undefined }, now)
    const [granted] = authorised.authorisations
    t.equal(granted && granted.until > now, true)
    const traitant = applyChoice(authorised, { category: 'medecin-traitant', actor, until: undefined }, now)
    t.equal(traitant.medecinTraitant, actor)
    const blocked = applyChoice(traitant, { category: 'blocage', actor, until: undefined }, now)
    t.same([blocked.authorisations, blocked.blocked, blocked.medecinTraitant], [[], [actor], ''])
    const again = applyChoice(blocked, { category: 'blocage', actor, until: undefined }, now)
    t.same(again.blocked, [actor], 'blocking twice is blocking')
  },
)

const rights = ['F1', 'F2', 'F5', 'F7', 'F8', 'F9', 'F10'] as const
const schema = {
  type: 'array',
  items: {
    type: 'object',
    additionalProperties: false,
    required: ['actor', 'authentication', ...accessModes, 'source'],
    properties: {
      actor: { enum: matrixActors },
      authentication: { enum: authenticationModes },
      ...Object.fromEntries(
        accessModes.map((mode) => [mode, { type: 'array', uniqueItems: true, items: { enum: rights } }]),
      ),
      refusedFirstBy: { enum: ['P2'] },
      source: { type: 'string', minLength: 1 },
    },
  },
}

/** A caller of each class, and facts under which nothing but the functional right stands in its way. */
function callerOf(actor: ActorClass, authentication: Caller['authentication']): Caller {
  const person = { practitionerId: '810000000001', structureId: '1750000001' }
  const token = tokenActors.find((known) => known === actor) ?? 'PS'
  switch (actor) {
    case 'PS_NON_MEDECIN':
      return callerWith({ actor: token, authentication, ...person, profession: '60' })
    case 'MEDECIN':
    case 'MEDECIN_TRAITANT':
      return callerWith({ actor: token, authentication, ...person, profession: '10', speciality: 'SM26' })
    case 'MEDECIN_DU_TRAVAIL':
      return callerWith({ actor: token, authentication, ...person, profession: '10', speciality: 'SM25' })
    case 'NON_PS':
    case 'STRUCTURE':
      return callerWith({ actor: token, authentication, structureId: person.structureId })
    default:
      return callerWith({ actor: token, authentication })
  }
}

t.test(
  'functional rights: every action × actor × authentication × access mode, as §2 has them',
  async (t) => {
    const valid = new Ajv({ strict: true, allErrors: true }).compile(schema)
    t.ok(valid(cells), JSON.stringify(valid.errors))
    const rows = new Map(cells.map((row) => [`${row.actor} ${row.authentication}`, row]))
    t.equal(rows.size, cells.length, 'no row twice')
    t.equal(rows.size, matrixActors.length * authenticationModes.length, 'no row missing')
    const seen = { granted: 0, refused: 0, emergency: 0 }
    for (const actor of matrixActors) {
      for (const authentication of authenticationModes) {
        const row = rows.get(`${actor} ${authentication}`)
        if (!row) continue
        const caller = callerOf(actor, authentication)
        const facts = factsWith({
          authorisations: [
            { actor: 'ps:810000000001', until: now + 1 },
            { actor: 'st:1750000001', until: now + 1 },
          ],
          medecinTraitant: actor === 'MEDECIN_TRAITANT' ? 'ps:810000000001' : '',
        })
        t.equal(actorClass(caller, facts), actor)
        for (const mode of accessModes) {
          const wrong: string[] = []
          for (const action of allActions) {
            const { right } = actions[action]
            if (!right) continue
            const decision = decide({ action, caller, mode, facts, holder: true, now, matrices })
            const has: readonly string[] = row[mode]
            const expected =
              row.refusedFirstBy ?? (has.includes(right) ? (mode === 'normal' ? 'permit' : 'A8') : right)
            const found = decision.effect === 'permit' ? 'permit' : decision.rules.join()
            if (found !== expected) wrong.push(`${action}: ${found}, not ${expected}`)
            seen[expected === 'permit' ? 'granted' : expected === 'A8' ? 'emergency' : 'refused']++
          }
          t.same(wrong, [], `${actor} ${authentication} ${mode}`)
        }
      }
    }
    t.same(seen.granted + seen.refused + seen.emergency, 7 * 12 * 9)
    t.ok(seen.granted > 50 && seen.emergency > 40, 'not vacuous')
  },
)

t.test('opening a record is for the administration alone (F0)', async (t) => {
  let opened = 0
  for (const actor of tokenActors) {
    for (const authentication of authenticationModes) {
      for (const mode of accessModes) {
        const refused = decideOpening(callerWith({ actor, authentication }), mode, matrices)
        if (!refused) opened++
        t.ok(
          refused || (actor === 'ADMINISTRATION' && mode === 'normal'),
          `${actor} ${authentication} ${mode}`,
        )
      }
    }
  }
  t.ok(opened > 0, 'not vacuous')
})
