/** An explanation is the decision itself, told: it agrees with it always, and tells no more than it. */

import t from 'tap'
import { decide } from '../../src/policy/decide.ts'
import { explain } from '../../src/policy/explain.ts'
import { ruleIds } from '../../src/policy/rule-ids.ts'
import { rulesInOrder } from '../../src/policy/rules-in-order.ts'
import fc from '../support/draws.ts'
import { allActions, callerWith, factsWith, likely, matrices, now } from '../support/questions.ts'

t.test('explain-agrees-with-decide: the step that denies is the rule that decided', async (t) => {
  const seen = { permitted: 0, denied: new Set<string>() }
  fc.assert(
    fc.property(likely, (question) => {
      const decision = decide(question)
      const { decision: told, steps } = explain(question)
      const denying = steps.filter(({ verdict }) => verdict === 'denies')
      if (told.effect !== decision.effect || told.rules.join() !== decision.rules.join()) return false
      if (decision.effect === 'permit') {
        seen.permitted++
        return denying.length === 0 && steps.every(({ verdict }) => verdict !== 'not reached')
      }
      const [rule = ''] = decision.rules
      seen.denied.add(rule)
      const after = steps.slice(steps.findIndex(({ verdict }) => verdict === 'denies') + 1)
      return (
        denying.length === 1 &&
        denying[0]?.rule === rule &&
        // What would have come later is not told, whatever it would have been.
        after.every(({ verdict }) => verdict === 'not reached') &&
        steps.length === rulesInOrder.length
      )
    }),
    { numRuns: 4000 },
  )
  t.ok(seen.permitted > 500, 'not vacuous')
  for (const rule of ['P1', 'P2', 'A12', 'F8', 'A6', 'T4', 'A3', 'A1', 'A8'])
    t.ok(seen.denied.has(rule), `${rule} denies sometimes`)
})

t.test('every step has its words, in French and English, with nothing left to fill in', async (t) => {
  const known: readonly string[] = ruleIds
  const words = new Set<string>()
  fc.assert(
    fc.property(likely, (question) =>
      explain(question).steps.every(({ rule, verdict, text }) => {
        words.add(`${rule} ${verdict}`)
        return (
          known.includes(rule) && [text.fr, text.en].every((said) => said.length > 9 && !/[{}]/.test(said))
        )
      }),
    ),
    { numRuns: 4000 },
  )
  t.ok(words.size > 60, `not vacuous: ${words.size}`)
})

t.test('an explanation names neither the patient nor another professional', async (t) => {
  const facts = factsWith({
    authorisations: [{ actor: 'ps:810000000002', until: now + 1 }],
    blocked: ['ps:810000000003'],
    medecinTraitant: 'ps:810000000002',
  })
  const caller = callerWith({ practitionerId: '810000000001', profession: '10', structureId: '1750000001' })
  for (const action of allActions) {
    const relation = { holder: false, representation: undefined, announced: false }
    const { steps } = explain({ action, caller, mode: 'normal', facts, ...relation, now, matrices })
    t.notMatch(JSON.stringify(steps), /8100000000|1979|0192f0c1/, action)
  }
})

t.test('an error while deciding is told as a refusal without steps', async (t) => {
  const broken = {
    ...matrices,
    rights: {
      ...matrices.rights,
      grant: () => {
        throw new Error('out of order')
      },
    },
  }
  const relation = { holder: false, representation: undefined, announced: false }
  const asked = {
    action: 'read-content',
    caller: callerWith({}),
    mode: 'normal',
    facts: factsWith({}),
  } as const
  const { decision, steps } = explain({ ...asked, ...relation, now, matrices: broken })
  t.equal(decision.effect, 'deny')
  t.same(steps, [])
})
