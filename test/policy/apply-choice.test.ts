/**
 * Theorems about the choices of the patient: after any sequence of them, the facts of the record are those that the active
 * Consents say, and no two choices in force contradict each other.
 */
import assert from 'node:assert/strict'
import t from 'tap'
import { choiceForms, choiceKey, type PatientChoice } from '../../src/dmp/choices/patient-choice.ts'
import { applyChoice, defaultAuthorisationMs, endChoice } from '../../src/policy/apply-choice.ts'
import { choiceAction } from '../../src/policy/choice-action.ts'
import { choiceConflict, mostOfOneKind } from '../../src/policy/choice-conflict.ts'
import { consequencesOf } from '../../src/policy/choice-consequences.ts'
import { choiceEnd, majorityOf } from '../../src/policy/choice-end.ts'
import { listReach, ownReach, reaches } from '../../src/policy/choice-reach.ts'
import type { RecordFacts } from '../../src/policy/facts.ts'
import fc from '../support/draws.ts'
import { callerWith, factsWith, now } from '../support/questions.ts'

const DAY = 86_400_000
const persons = ['ps:810000000001', 'ps:810000000002', 'ps:810000000003'] as const
const structure = 'st:1750000001' as const

const choices: fc.Arbitrary<PatientChoice> = fc.oneof(
  fc.record({
    category: fc.constant('autorisation' as const),
    actor: fc.constantFrom(...persons, structure),
    until: fc.constantFrom(undefined, now + DAY, now + 2 * DAY),
  }),
  fc.record({
    category: fc.constantFrom('blocage' as const, 'medecin-traitant' as const),
    actor: fc.constantFrom(...persons),
  }),
  fc.record({
    category: fc.constantFrom(
      'bris-de-glace' as const,
      'centre-15' as const,
      'masques-en-urgence' as const,
      'notification' as const,
    ),
    permit: fc.boolean(),
  }),
  fc.constant({ category: 'masquage-par-defaut' as const, permit: false }),
)
const steps = fc.array(fc.record({ choice: choices, ending: fc.boolean() }), {
  minLength: 10,
  maxLength: 40,
  size: 'max',
})

/** Consents by their key: what they say, while they are active. */
type Consents = Map<string, PatientChoice>

/** One write, as consent/settle-choice.ts does it. Undefined when it is refused. */
function write(
  facts: RecordFacts,
  consents: Consents,
  choice: PatientChoice,
  ending: boolean,
): RecordFacts | undefined {
  const key = choiceKey(choice)
  if (ending) {
    if (!consents.delete(key)) return undefined
    return endChoice(facts, choice)
  }
  if (choiceConflict(facts, choice)) return undefined
  const end = choiceEnd(choice, facts.birthDate, now)
  if ('fault' in end) throw new Error(end.fault)
  const timed = choice.category === 'autorisation' ? { ...choice, until: end.until } : choice
  const { ended, denied } = consequencesOf(facts, timed, now)
  consents.set(key, timed)
  for (const other of ended) if (!consents.delete(other)) throw new Error(`${other} is no Consent`)
  for (const other of denied) {
    const before = consents.get(other)
    if (!before || !('permit' in before) || !before.permit) throw new Error(`${other} permits nothing`)
    consents.set(other, { ...before, permit: false })
  }
  return applyChoice(facts, timed, now)
}

/** The facts that Consents say, each read by itself: an oracle that knows no order. */
function said(consents: Consents): Partial<RecordFacts> {
  const all = [...consents.values()]
  const permits = (category: PatientChoice['category'], otherwise: boolean): boolean => {
    const found = all.find((choice) => choice.category === category)
    return found && 'permit' in found ? found.permit : otherwise
  }
  const actors = (category: PatientChoice['category']): string[] =>
    all.flatMap((choice) => (choice.category === category && 'actor' in choice ? [choice.actor] : []))
  return {
    authorisations: all
      .flatMap((choice) =>
        choice.category === 'autorisation' ? [{ actor: choice.actor, until: choice.until ?? 0 }] : [],
      )
      .sort(byActor),
    blocked: actors('blocage').sort() as RecordFacts['blocked'],
    medecinTraitant: actors('medecin-traitant')[0] ?? '',
    emergency: {
      brisDeGlace: permits('bris-de-glace', true),
      centre15: permits('centre-15', true),
      masked: permits('masques-en-urgence', false),
    },
    maskedByDefault: !permits('masquage-par-defaut', true),
    noticesOfChanges: permits('notification', true),
  }
}

function byActor(a: { readonly actor: string }, b: { readonly actor: string }): number {
  return a.actor < b.actor ? -1 : 1
}

function recorded(facts: RecordFacts): Partial<RecordFacts> {
  const { authorisations, blocked, medecinTraitant, emergency, maskedByDefault, noticesOfChanges } = facts
  return {
    authorisations: [...authorisations].sort(byActor),
    blocked: [...blocked].sort(),
    medecinTraitant,
    emergency,
    maskedByDefault,
    noticesOfChanges,
  }
}

t.test('facts-are-what-consents-say, after any sequence of choices', async (t) => {
  let refused = 0
  const reached = new Set<string>()
  fc.assert(
    fc.property(steps, (sequence) => {
      let facts = factsWith({})
      const consents: Consents = new Map()
      for (const { choice, ending } of sequence) {
        const after = write(facts, consents, choice, ending)
        if (!after) {
          refused++
          continue
        }
        facts = after
        reached.add(`${choice.category} ${ending}`)
        assert.deepEqual(recorded(facts), said(consents))
        const { emergency, blocked, authorisations, medecinTraitant } = facts
        // What is in force never contradicts itself.
        if (emergency.masked) assert.ok(emergency.brisDeGlace || emergency.centre15, 'A7')
        for (const actor of blocked) {
          assert.ok(!authorisations.some((a) => a.actor === actor), 'blocked and authorised (A3)')
          assert.notEqual(medecinTraitant, actor, 'blocked and médecin traitant (A6)')
        }
        assert.ok(actorsOf(consents, 'medecin-traitant') <= 1, 'two médecins traitants')
      }
    }),
    { numRuns: 1000 },
  )
  t.ok(refused > 100, 'not vacuous: contradictions were refused')
  for (const category of Object.keys(choiceForms)) {
    if (['representation', 'aidant', 'opposition-alimentation', 'service-tiers'].includes(category)) continue
    t.ok(reached.has(`${category} false`) && reached.has(`${category} true`), category)
  }
})

function actorsOf(consents: Consents, category: string): number {
  return [...consents.values()].filter((choice) => choice.category === category).length
}

t.test('blocking leaves care teams; unblocking brings nothing back (A3)', async (t) => {
  const [one, two] = persons
  const team = { team: 'a', members: [one, two], until: null, byPatient: true }
  const alone = { team: 'b', members: [one], until: null, byPatient: true }
  const facts = factsWith({
    careTeams: [team, alone],
    authorisations: [{ actor: one, until: now + DAY }],
    medecinTraitant: one,
  })
  const block = { category: 'blocage', actor: one } as const
  t.same(consequencesOf(facts, block, now), {
    ended: [`autorisation ${one}`, `medecin-traitant ${one}`],
    denied: [],
    left: { actor: one, teams: ['a', 'b'] },
  })
  const blocked = applyChoice(facts, block, now)
  t.same(blocked.careTeams, [{ ...team, members: [two] }])
  const unblocked = endChoice(blocked, block)
  t.same(
    [unblocked.blocked, unblocked.authorisations, unblocked.medecinTraitant, unblocked.careTeams.length],
    [[], [], '', 1],
  )
})

t.test('a second médecin traitant ends the first; the same one changes nothing', async (t) => {
  const [one, two] = persons
  const facts = factsWith({ medecinTraitant: one })
  t.same(consequencesOf(facts, { category: 'medecin-traitant', actor: two }, now).ended, [
    `medecin-traitant ${one}`,
  ])
  t.same(consequencesOf(facts, { category: 'medecin-traitant', actor: one }, now).ended, [])
  t.equal(endChoice(facts, { category: 'medecin-traitant', actor: two }).medecinTraitant, one)
})

t.test('the number of authorisations and blocks is bounded, renewing is not', async (t) => {
  const actor = (i: number) => `ps:${String(810_000_000_000 + i)}` as const
  const authorisations = Array.from({ length: mostOfOneKind }, (_, i) => ({ actor: actor(i), until: now }))
  const facts = factsWith({ authorisations, blocked: authorisations.map((a) => a.actor) })
  const asked = (category: 'autorisation' | 'blocage', i: number) =>
    choiceConflict(
      { ...facts, ...(category === 'autorisation' ? { blocked: [] } : {}) },
      {
        category,
        actor: actor(i),
      },
    )?.issues[0].error
  t.equal(asked('autorisation', mostOfOneKind), 'choix-trop-nombreux')
  t.equal(asked('autorisation', 3), undefined)
  t.equal(asked('blocage', mostOfOneKind), 'choix-trop-nombreux')
  t.equal(asked('blocage', 3), undefined)
})

t.test('when a choice ends (A4, P2)', async (t) => {
  const person = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' }
  const adult = '1979-03-28'
  const minor = '2012-06-15'
  const end = (choice: PatientChoice, birthDate: string) => {
    const found = choiceEnd(choice, birthDate, now)
    return 'fault' in found ? found.fault : found.until
  }
  t.equal(end({ category: 'aidant', person }, adult), now + defaultAuthorisationMs)
  t.equal(end({ category: 'autorisation', actor: structure, until: now + 5 }, adult), now + 5)
  t.equal(
    end({ category: 'autorisation', actor: structure, until: now }, adult),
    'provision.period.end > now',
  )
  t.equal(end({ category: 'blocage', actor: persons[0] }, adult), undefined)
  const representation = (until?: number) => ({ category: 'representation' as const, person, until })
  const majority = Date.parse('2030-06-15T00:00:00+02:00')
  t.equal(majorityOf(minor), majority, 'midnight in Paris')
  t.equal(end(representation(), minor), majority)
  t.equal(end(representation(majority), minor), majority)
  t.equal(end(representation(majority + 1), minor), 'provision.period.end ≤ 18 ans')
  t.equal(end(representation(), adult), 'provision.period.end × 1')
  t.equal(end(representation(now + DAY), adult), now + DAY)
  t.equal(majorityOf('2008-02-29'), Date.parse('2026-03-01T00:00:00+01:00'), 'born on 29 February')
})

t.test('which action a choice is', async (t) => {
  const patient = callerWith({ actor: 'PATIENT' })
  const doctor = callerWith({
    practitionerId: '810000000001',
    profession: '10',
    structureId: '1750000001',
  })
  const secretary = callerWith({ actor: 'NON_PS', structureId: '1750000001' })
  const authorise = (actor: (typeof persons)[number] | typeof structure): PatientChoice => ({
    category: 'autorisation',
    actor,
  })
  t.equal(choiceAction(authorise(persons[0]), false, doctor), 'declare-authorisation')
  t.equal(choiceAction(authorise(persons[0]), true, doctor), 'end-own-authorisation')
  t.equal(choiceAction(authorise(persons[1]), false, doctor), 'authorise-colleague')
  t.equal(
    choiceAction(authorise(structure), false, doctor),
    'authorise-colleague',
    'a person is no structure',
  )
  t.equal(choiceAction(authorise(structure), false, secretary), 'declare-authorisation')
  t.equal(choiceAction(authorise(persons[1]), true, doctor), 'choose', 'another’s is ended by the patient')
  t.equal(choiceAction(authorise(persons[1]), false, patient), 'choose')
  const block: PatientChoice = { category: 'blocage', actor: persons[1] }
  t.equal(choiceAction(block, false, doctor), 'block')
  t.equal(choiceAction(block, true, doctor), 'choose', 'the médecin traitant does not unblock')
  const treats: PatientChoice = { category: 'medecin-traitant', actor: persons[0] }
  t.equal(choiceAction(treats, false, doctor), 'choose')
  t.equal(choiceAction(treats, true, doctor), 'end-own-authorisation')
})

t.test('what professionals may read of choices', async (t) => {
  const doctor = callerWith({ practitionerId: '810000000001', structureId: '1750000001' })
  const seen = (category: string) => reaches(listReach(doctor), { category, actor: undefined })
  t.ok(seen('autorisation') && seen('blocage') && seen('ouverture') && seen('bris-de-glace'))
  t.notOk(seen('aidant') || seen('representation') || seen('notification') || seen('not-a-category'))
  t.ok(reaches(listReach(callerWith({ actor: 'PATIENT' })), { category: 'aidant', actor: undefined }))
  const own = (actor: string | undefined) => reaches(ownReach(doctor), { category: 'autorisation', actor })
  t.ok(own('ps:810000000001') && own('st:1750000001'))
  t.notOk(own('ps:810000000002') || own(undefined))
})
