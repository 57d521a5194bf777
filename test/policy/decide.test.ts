/** Theorems about the decision, over generated questions and the matrices in force. Every cell: functional-cells.test.ts. */

import t from 'tap'
import { type FunctionalMatrix, grants } from '../../src/dmp/matrices/functional-matrix.ts'
import { refusal } from '../../src/fhir/fhir-error.ts'
import { actorClass, selfIds } from '../../src/policy/actor-class.ts'
import { applyChoice } from '../../src/policy/apply-choice.ts'
import { accessModes, authenticationModes, type Caller, tokenActors } from '../../src/policy/caller.ts'
import { decide } from '../../src/policy/decide.ts'
import { decideOutsideRecord } from '../../src/policy/decide-outside-record.ts'
import type { Decision } from '../../src/policy/decision.ts'
import { holds } from '../../src/policy/document-scope.ts'
import type { DocumentFacts } from '../../src/policy/facts.ts'
import { actions, type Matrices, type Question } from '../../src/policy/question.ts'
import { ruleIds } from '../../src/policy/rule-ids.ts'
import { traceReach } from '../../src/policy/rules/t4-traces.ts'
import fc from '../support/draws.ts'
import {
  allActions,
  callers,
  callerWith,
  factsWith,
  likely,
  matrices,
  now,
  questions,
  records,
} from '../support/questions.ts'

const runs = { numRuns: 2000 }
const consulting = allActions.filter((action) => actions[action].consults)
const professional = ['PS', 'NON_PS', 'STRUCTURE']
const stranger = { holder: false, representation: undefined, announced: true }
const motive = 'Patient inconscient, traitement inconnu'

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
    fc.property(likely, (question) => {
      const { effect, rules } = decide(question)
      seen.add(`${question.action} ${effect}`)
      if (effect === 'deny') for (const rule of rules) seen.add(rule)
    }),
    { numRuns: 60_000 },
  )
  for (const action of allActions) {
    t.ok(seen.has(`${action} permit`), `${action} is permitted sometimes`)
    t.ok(seen.has(`${action} deny`), `${action} is refused sometimes`)
  }
  for (const rule of ['P1', 'P2', 'A12', 'F8', 'A5', 'A6', 'T4', 'A7', 'A8', 'A9', 'A3', 'A1', 'A4'])
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
          ...stranger,
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

t.test('closed-record-refuses-all-but-existence-traces-and-reactivation (A12)', async (t) => {
  const permittedActions = new Set<string>()
  const refusedOpen = new Set<string>()
  fc.assert(
    fc.property(likely, (question) => {
      const closed = decide({ ...question, facts: { ...question.facts, status: 'closed' } })
      if (permitted(closed)) permittedActions.add(question.action)
      const open = decide({ ...question, facts: { ...question.facts, status: 'open' } })
      if (open.effect === 'deny' && open.refusal.issues[0].error === 'dossier-ouvert')
        refusedOpen.add(question.action)
    }),
    { numRuns: 4000 },
  )
  t.same(
    [...permittedActions].sort(),
    ['close-record', 'find-record', 'reactivate-record', 'read-traces'].sort(),
  )
  t.same([...refusedOpen], ['reactivate-record'], 'open, there is nothing to reactivate')
  const refused = decide({
    action: 'feed',
    caller: callerWith({ practitionerId: '810000000001', profession: '10' }),
    mode: 'normal',
    facts: factsWith({ status: 'closed' }),
    ...stranger,
    now,
    matrices,
  })
  t.same(
    refused.effect === 'deny' && [refused.rules, refused.refusal.issues[0].error],
    [['A12'], 'dossier-ferme'],
    'with a code of its own',
  )
})

t.test(
  'emergency-needs-its-motive-or-claim, and a professional in person for bris de glace (A8, A9)',
  async (t) => {
    const seen = { bris_de_glace: 0, centre_15: 0 }
    fc.assert(
      fc.property(likely, fc.constantFrom('bris_de_glace', 'centre_15'), (question, mode) => {
        const { caller } = question
        if (!permitted(decide({ ...question, mode }))) return true
        seen[mode]++
        if (mode === 'centre_15') return caller.regulation
        const length = [...(question.motive ?? '').trim()].length
        return length >= 10 && length <= 500 && caller.actor === 'PS' && caller.practitionerId !== undefined
      }),
      { numRuns: 4000 },
    )
    t.ok(seen.bris_de_glace > 20 && seen.centre_15 > 20, `not vacuous: ${JSON.stringify(seen)}`)
    const best: Question = {
      action: 'read-content',
      caller: callerWith({ practitionerId: '810000000001', profession: '10', speciality: 'SM26' }),
      mode: 'bris_de_glace',
      facts: factsWith({}),
      ...stranger,
      now,
      matrices,
    }
    const lengths = [0, 9, 10, 500, 501].map(
      (length) => decide({ ...best, motive: 'é'.repeat(length) }).effect,
    )
    t.same(lengths, ['deny', 'deny', 'permit', 'permit', 'deny'], 'from 10 to 500 characters')
    t.equal(decide({ ...best, motive: `${' '.repeat(12)}court` }).effect, 'deny', 'blanks are no motive')
  },
)

t.test('whatever a matrix grants, bris de glace is for a professional in person (A8)', async (t) => {
  let denied = 0
  fc.assert(
    fc.property(questions, (question) => {
      const { caller } = question
      if (caller.actor === 'PS' && caller.practitionerId && caller.authentication !== 'INDIRECTE') return true
      denied++
      return !permitted(decide({ ...question, mode: 'bris_de_glace', motive, matrices: rightsAll('yes') }))
    }),
    runs,
  )
  t.ok(denied > 500, 'not vacuous')
})

t.test('opposition-denies-emergency-consulting, and nothing else (A7)', async (t) => {
  const seen = { denied: 0, untouched: 0 }
  fc.assert(
    fc.property(likely, fc.constantFrom('brisDeGlace', 'centre15'), fc.boolean(), (asked, choice, inMode) => {
      const mode = choice === 'brisDeGlace' ? 'bris_de_glace' : 'centre_15'
      const question: Question = inMode ? { ...asked, mode } : asked
      const ask = (allowed: boolean) => {
        const emergency = { ...question.facts.emergency, [choice]: allowed }
        return decide({ ...question, facts: { ...question.facts, emergency } })
      }
      const [allowed, opposed] = [ask(true), ask(false)]
      const bears = question.mode === mode && actions[question.action].consults
      if (!permitted(allowed)) return !permitted(opposed)
      seen[bears ? 'denied' : 'untouched']++
      return bears ? opposed.effect === 'deny' && opposed.rules[0] === 'A7' : permitted(opposed)
    }),
    { numRuns: 4000 },
  )
  t.ok(seen.denied > 20 && seen.untouched > 200, `not vacuous: ${JSON.stringify(seen)}`)
})

t.test('representation-of-another-kind-or-over-denies (P2)', async (t) => {
  const seen = { permitted: 0, denied: 0 }
  fc.assert(
    fc.property(likely, fc.constantFrom('REPRESENTANT_LEGAL', 'AIDANT'), (question, actor) => {
      const caller = { ...question.caller, actor, authentication: 'DIRECTE' as const }
      const { kind, until } = question.representation ?? { kind: undefined, until: 0 }
      const answer = decide({ ...question, caller, holder: true, mode: 'normal' })
      if (kind === actor && until > now) {
        if (permitted(answer)) seen.permitted++
        return answer.rules[0] !== 'P2'
      }
      seen.denied++
      return answer.effect === 'deny' && answer.rules[0] === 'P2'
    }),
    { numRuns: 4000 },
  )
  t.ok(seen.permitted > 50 && seen.denied > 500, `not vacuous: ${JSON.stringify(seen)}`)
})

/** What each rule looks at, in the order of docs/policy.md §8: of several faults the first is told. */
const faults: readonly { readonly rule: string; readonly make: (question: Question) => Question }[] = [
  {
    rule: 'A12',
    make: (q) => ({ ...q, facts: { ...q.facts, status: 'closed' } }),
  },
  { rule: 'F8', make: (q) => ({ ...q, matrices: rightsAll('no') }) },
  { rule: 'A3', make: (q) => ({ ...q, facts: { ...q.facts, blocked: ['ps:810000000001'] } }) },
  { rule: 'A1', make: (q) => ({ ...q, facts: { ...q.facts, authorisations: [] } }) },
  {
    rule: 'A7',
    make: (q) => ({
      ...q,
      facts: { ...q.facts, emergency: { brisDeGlace: false, centre15: false, masked: false } },
    }),
  },
  { rule: 'A8', make: ({ motive: _, ...q }) => q },
]

t.test('the-first-refusal-wins, in the order of §8, whatever other faults there are', async (t) => {
  const plain = {
    action: 'search-documents',
    caller: callerWith({ practitionerId: '810000000001', profession: '10' }),
    facts: factsWith({ authorisations: [{ actor: 'ps:810000000001', until: now + 1 }] }),
    motive,
    ...stranger,
    now,
    matrices,
  } as const
  let combinations = 0
  for (const mode of ['normal', 'bris_de_glace'] as const) {
    const bearing = faults.filter(({ rule }) => (mode === 'normal' ? !/A[78]/.test(rule) : rule !== 'A1'))
    for (let bits = 0; bits < 2 ** bearing.length; bits++) {
      const made = bearing.filter((_, i) => bits & (1 << i))
      const question = made.reduce<Question>((q, { make }) => make(q), { ...plain, mode })
      const answer = decide(question)
      t.equal(answer.effect === 'deny' ? answer.rules[0] : 'permit', made[0]?.rule ?? 'permit')
      combinations++
    }
  }
  t.equal(combinations, 2 ** 4 + 2 ** 5)
})

t.test('no-scope-without-consult: a professional permitted to consult was authorised, now', async (t) => {
  const seen = { own: 0, structure: 0, traitant: 0, team: 0 }
  fc.assert(
    fc.property(likely, fc.constantFrom(...consulting), (question, action) => {
      const { caller, facts } = question
      if (question.mode !== 'normal') return
      if (!professional.includes(caller.actor) || !permitted(decide({ ...question, action }))) return
      const valid = facts.authorisations.filter((a) => a.until > now).map((a) => a.actor)
      const own = caller.actor === 'PS' && valid.some((id) => id === `ps:${caller.practitionerId}`)
      const structure = valid.some((id) => id === `st:${caller.structureId}`)
      const traitant = caller.actor === 'PS' && facts.medecinTraitant === `ps:${caller.practitionerId}`
      const self: readonly string[] = selfIds(caller)
      const team = facts.careTeams.some(
        ({ members, until, byPatient }) =>
          (until ?? now + 1) > now &&
          members.some((member) => self.includes(member)) &&
          (byPatient || members.some((member) => valid.includes(member))),
      )
      if (team && !own && !structure && !traitant) seen.team++
      if (own) seen.own++
      if (structure) seen.structure++
      if (traitant) seen.traitant++
      return own || structure || traitant || team
    }),
    { numRuns: 4000 },
  )
  for (const [what, count] of Object.entries(seen)) t.ok(count > 0, `not vacuous: ${what} ${count}`)
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

t.test('a-care-team-never-refuses, and never widens the scope (A1)', async (t) => {
  let opened = 0
  fc.assert(
    fc.property(likely, records, (question, more) => {
      const before = decide(question)
      const careTeams = [...question.facts.careTeams, ...more.careTeams]
      const after = decide({ ...question, facts: { ...question.facts, careTeams } })
      if (before.effect === 'deny' && after.effect === 'permit') opened++
      if (before.effect === 'deny') return true
      return after.effect === 'permit' && JSON.stringify(after.scope) === JSON.stringify(before.scope)
    }),
    { numRuns: 4000 },
  )
  t.ok(opened > 2, 'not vacuous')
})

t.test('a-block-never-opens, and changes no scope (A3, A6)', async (t) => {
  let closed = 0
  fc.assert(
    fc.property(likely, records, (question, more) => {
      const before = decide(question)
      const blocked = [...question.facts.blocked, ...more.blocked]
      const after = decide({ ...question, facts: { ...question.facts, blocked } })
      if (before.effect === 'permit' && after.effect === 'deny') closed++
      if (before.effect === 'deny') return after.effect === 'deny'
      return after.effect === 'deny' || JSON.stringify(after.scope) === JSON.stringify(before.scope)
    }),
    { numRuns: 4000 },
  )
  t.ok(closed > 10, 'not vacuous')
})

const documents: fc.Arbitrary<DocumentFacts> = fc.record({
  type: fc.constantFrom('http://loinc.org|11490-0', 'http://loinc.org|75496-0', 'http://loinc.org|60591-5'),
  status: fc.constantFrom('current', 'current', 'superseded', 'entered-in-error'),
  archived: fc.boolean(),
  masked: fc.boolean(),
  invisiblePatient: fc.boolean(),
  invisibleLegal: fc.boolean(),
  authors: fc.subarray(['ps:810000000001', 'ps:810000000002', 'st:1750000001', 'patient'], { maxLength: 2 }),
})

t.test('a-mask-or-invisibility-never-shows (V3, V4), and MASKED = permit never hides (A7)', async (t) => {
  const seen = { masked: 0, invisible: 0, opened: 0 }
  fc.assert(
    fc.property(likely, documents, (question, document) => {
      const sees = (facts: DocumentFacts, masked = question.facts.emergency.masked): boolean => {
        const emergency = { ...question.facts.emergency, masked }
        const decision = decide({ ...question, facts: { ...question.facts, emergency } })
        return decision.effect === 'permit' && holds(decision.scope, facts)
      }
      const plain = sees({ ...document, masked: false, invisiblePatient: false })
      const masked = sees({ ...document, masked: true, invisiblePatient: false })
      const invisible = sees({ ...document, masked: false, invisiblePatient: true })
      if (plain && !masked) seen.masked++
      if (plain && !invisible) seen.invisible++
      const [denied, allowed] = [sees(document, false), sees(document, true)]
      if (allowed && !denied) seen.opened++
      if (allowed && !denied && (question.mode === 'normal' || !document.masked)) return false
      return (plain || (!masked && !invisible)) && (allowed || !denied)
    }),
    { numRuns: 20_000 },
  )
  for (const [what, count] of Object.entries(seen)) t.ok(count > 5, `not vacuous: ${what} ${count}`)
})

t.test('what-is-seen, document by document: V3, V4, V5, F9, F12, H1', async (t) => {
  const seen = { masked: 0, invisible: 0, secret: 0, withdrawn: 0, own: 0 }
  fc.assert(
    fc.property(likely, documents, (question, document) => {
      const { caller, facts, mode } = question
      const decision = decide(question)
      if (decision.effect === 'deny' || !holds(decision.scope, document)) return true
      const author = `ps:${caller.practitionerId}`
      const own =
        caller.actor === 'PS' && caller.practitionerId
          ? document.authors.includes(author)
          : document.authors.some((id) => id === `st:${caller.structureId}`)
      const reads = actorClass(caller, facts)
      const acts = reads === 'PATIENT' || reads === 'REPRESENTANT_LEGAL'
      if (document.masked) {
        seen.masked++
        const emergency = mode !== 'normal' && facts.emergency.masked
        if (!own && !acts && reads !== 'MEDECIN_TRAITANT' && !emergency) return false
      }
      if (document.invisiblePatient) {
        seen.invisible++
        if (!professional.includes(caller.actor)) return false
      }
      if (document.invisibleLegal) {
        seen.secret++
        if (reads === 'REPRESENTANT_LEGAL' || reads === 'AIDANT') return false
      } else if (caller.secretConnection && reads !== 'REPRESENTANT_LEGAL' && reads !== 'AIDANT') return false
      if (document.archived || document.status !== 'current') {
        seen.withdrawn++
        if (reads === 'AIDANT' || (reads === 'MEDECIN_DU_TRAVAIL' && !own)) return false
      }
      if (decision.scope.onlyOwn) {
        seen.own++
        const ofPatient = acts && document.authors.includes('patient')
        return own || ofPatient
      }
      if (own || acts || reads === 'AIDANT') return true
      return matrices.habilitation.readableTypes(caller.profession).has(document.type)
    }),
    { numRuns: 15_000 },
  )
  for (const [what, count] of Object.entries(seen)) t.ok(count > 5, `not vacuous: ${what} ${count}`)
})

t.test(
  'a-structure-is-not-the-author-of-its-professionals (V3): a colleague’s masked document stays masked',
  async (t) => {
    const colleague = callerWith({
      practitionerId: '810000000002',
      structureId: '1750000001',
      profession: '10',
    })
    const decision = decide({
      action: 'read-content',
      caller: colleague,
      mode: 'normal',
      facts: factsWith({ authorisations: [{ actor: 'st:1750000001', until: now + 1 }] }),
      ...stranger,
      now,
      matrices,
    })
    const document = {
      type: 'http://loinc.org|11490-0',
      status: 'current',
      archived: false,
      masked: true,
      invisiblePatient: false,
      invisibleLegal: false,
      authors: ['ps:810000000001', 'st:1750000001'],
    }
    t.ok(decision.effect === 'permit' && !holds(decision.scope, document))
    t.ok(decision.effect === 'permit' && holds(decision.scope, { ...document, masked: false }))
  },
)

t.test(
  'a-deletion-sees-own-documents-alone (F17, V7), that of the médecin traitant the patient’s too',
  async (t) => {
    const seen = { own: 0, other: 0 }
    fc.assert(
      fc.property(likely, documents, (question, document) => {
        const decision = decide({ ...question, action: 'delete-document' })
        if (decision.effect === 'deny' || !holds(decision.scope, document)) return true
        const own = document.authors.some((author) => decision.scope.self.includes(author))
        seen[own ? 'own' : 'other']++
        return own || actorClass(question.caller, question.facts) === 'MEDECIN_TRAITANT'
      }),
      { numRuns: 4000 },
    )
    t.ok(seen.own > 50 && seen.other > 5, `not vacuous: ${JSON.stringify(seen)}`)
  },
)

t.test(
  'what-is-owed (A10): a first access to the patient, an emergency to the patient and the MT, else nothing',
  async (t) => {
    const seen = { first: 0, emergency: 0, both: 0, nothing: 0, secret: 0 }
    fc.assert(
      fc.property(likely, (question) => {
        const decision = decide(question)
        if (decision.effect === 'deny') return true
        const { notices } = decision
        const { caller, mode, facts, announced, action } = question
        const person = caller.actor === 'PS' ? caller.practitionerId : undefined
        if (!actions[action].consults || !professional.includes(caller.actor)) return notices.length === 0
        if (mode === 'normal') {
          const owed = person !== undefined && !announced && !caller.secretConnection
          seen[owed ? 'first' : 'nothing']++
          return owed
            ? notices.length === 1 &&
                notices[0]?.kind === 'premier-acces' &&
                notices[0].recipient === 'patient'
            : notices.length === 0
        }
        const told = notices.map(({ recipient }) => recipient)
        const traitant = facts.medecinTraitant !== '' && facts.medecinTraitant !== `ps:${person}`
        seen[caller.secretConnection ? 'secret' : traitant ? 'both' : 'emergency']++
        const recipients = [
          ...(caller.secretConnection ? [] : ['patient']),
          ...(traitant ? [facts.medecinTraitant] : []),
        ]
        return (
          notices.every(({ kind }) => kind === mode) &&
          new Set(notices.map(({ key }) => key)).size === notices.length &&
          told.join() === recipients.join()
        )
      }),
      { numRuns: 16_000 },
    )
    for (const [what, count] of Object.entries(seen)) t.ok(count > 3, `not vacuous: ${what} ${count}`)
  },
)

t.test('scope-is-bounded-by-habilitation-and-labels', async (t) => {
  const seen = { own: 0, all: 0, secret: 0, patient: 0, onlyOwn: 0 }
  fc.assert(
    fc.property(likely, (question) => {
      const decision = decide(question)
      if (decision.effect === 'deny') return
      const { scope } = decision
      const { caller, action } = question
      const traitant = actorClass(caller, question.facts) === 'MEDECIN_TRAITANT'
      if (caller.secretConnection) seen.secret++
      const acts = caller.actor === 'REPRESENTANT_LEGAL' || caller.actor === 'AIDANT'
      if (scope.invisibleLegal !== (acts ? 'hidden' : caller.secretConnection ? 'only' : 'shown'))
        return false
      if (scope.onlyOwn) {
        seen.onlyOwn++
        return (action === 'find-own-document' || action === 'delete-document') && scope.masked === 'own'
      }
      const emergency = question.mode !== 'normal' && question.facts.emergency.masked
      if (professional.includes(caller.actor)) {
        const readable = matrices.habilitation.readableTypes(caller.profession)
        if (scope.types === 'every' || [...scope.types].some((type) => !readable.has(type))) return false
        if (scope.masked === 'all') seen.all++
        else if (scope.masked === 'own') seen.own++
        return scope.masked !== 'all' || traitant || emergency
      }
      // V4: what is not announced yet is unseen by patient and whoever is no professional.
      if (caller.actor === 'PATIENT') seen.patient++
      return !scope.invisiblePatient
    }),
    { numRuns: 4000 },
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
      ...stranger,
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
  const parent = callerWith({ actor: 'REPRESENTANT_LEGAL' })
  t.equal(traceReach({ caller: parent, facts: factsWith({}), holder: true }), 'all-but-secrets')
  t.equal(ask(parent, true), 'deny', 'P2: one that the record does not know')
  t.equal(
    traceReach({ caller: callerWith({ actor: 'AIDANT' }), facts: factsWith({}), holder: true }),
    undefined,
  )
  for (const actor of ['STRUCTURE', 'NON_PS', 'ASSURANCE_MALADIE', 'ADMINISTRATION'] as const)
    t.equal(ask(callerWith({ actor, structureId: '1750000001' }), false), 'deny', actor)
})

t.test(
  'blocking ends the authorisation and the status of médecin traitant; unblocking needs a new one',
  async (t) => {
    const actor = 'ps:810000000001' as const
    const authorised = applyChoice(factsWith({}), { category: 'autorisation', actor }, now)
    const [granted] = authorised.authorisations
    t.equal(granted && granted.until > now, true)
    const traitant = applyChoice(authorised, { category: 'medecin-traitant', actor }, now)
    t.equal(traitant.medecinTraitant, actor)
    const blocked = applyChoice(traitant, { category: 'blocage', actor }, now)
    t.same([blocked.authorisations, blocked.blocked, blocked.medecinTraitant], [[], [actor], ''])
    const again = applyChoice(blocked, { category: 'blocage', actor }, now)
    t.same(again.blocked, [actor], 'blocking twice is blocking')
  },
)

t.test('outside a record: opening (F0), listing my records (F3), finding by traits (F4)', async (t) => {
  const permits = new Map<string, string[]>()
  for (const right of ['F0', 'F3', 'F4'] as const) {
    const who: string[] = []
    for (const actor of tokenActors) {
      for (const authentication of authenticationModes) {
        for (const mode of accessModes) {
          const person = actor === 'PS' ? { practitionerId: '810000000001', profession: '10' } : {}
          const caller = callerWith({ actor, authentication, ...person, structureId: '1750000001' })
          const ask = (regulation: boolean, given?: string) =>
            decideOutsideRecord(right, { ...caller, regulation }, mode, matrices, given)
          const full = ask(true, motive)
          if ('refusal' in full) continue
          who.push(`${actor} ${authentication} ${mode} ${full.grant}`)
          t.equal('grant' in ask(true), mode !== 'bris_de_glace', 'bris de glace without a motive')
          t.equal('grant' in ask(false, motive), mode !== 'centre_15', 'centre 15 without the claim')
        }
      }
    }
    permits.set(right, who)
  }
  t.same(permits.get('F0'), ['ADMINISTRATION DIRECTE normal yes', 'ADMINISTRATION INDIRECTE normal yes'])
  t.same(permits.get('F4'), [
    'PS DIRECTE centre_15 yes',
    'PS INDIRECTE_RENFORCEE centre_15 yes',
    'STRUCTURE INDIRECTE centre_15 yes',
  ])
  t.same(permits.get('F3'), [
    ...accessModes.map((mode) => `PS DIRECTE ${mode} yes`),
    ...accessModes.map((mode) => `PS INDIRECTE_RENFORCEE ${mode} yes`),
    'NON_PS DIRECTE normal own-structure',
    'NON_PS DIRECTE centre_15 own-structure',
    'NON_PS INDIRECTE_RENFORCEE normal own-structure',
    'NON_PS INDIRECTE_RENFORCEE centre_15 own-structure',
    'STRUCTURE INDIRECTE normal own-structure',
  ])
})
