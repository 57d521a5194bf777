/** Theorems about third-party services (S1, S2): what one sees is what the patient sees, and less. */
import assert from 'node:assert/strict'
import t from 'tap'
import { readServices } from '../../src/config/services.ts'
import { ConfigError } from '../../src/config/values.ts'
import { parseScopes } from '../../src/http/authentication/scopes.ts'
import { asService } from '../../src/http/authentication/service-caller.ts'
import type { Scope } from '../../src/policy/caller.ts'
import { decide } from '../../src/policy/decide.ts'
import { type DocumentScope, holds } from '../../src/policy/document-scope.ts'
import { explain } from '../../src/policy/explain.ts'
import type { DocumentFacts } from '../../src/policy/facts.ts'
import { actions, type Question } from '../../src/policy/question.ts'
import { coveredDocuments, narrowed } from '../../src/policy/scope-narrowing.ts'
import { type ServiceConsent, scopesWithin } from '../../src/policy/third-party-service.ts'
import fc from '../support/draws.ts'
import { terminology } from '../support/profiles.ts'
import { callerWith, likely, now } from '../support/questions.ts'

const types = terminology.documentTypes
const some = types.all.slice(0, 6).map(({ system, code }) => `${system}|${code}`)
const classes = [...new Set(types.all.slice(0, 6).map(({ class: { system, code } }) => `${system}|${code}`))]
const purposes = ['PATRQT', 'HRESCH', 'TREAT'] as const

const consents: fc.Arbitrary<ServiceConsent> = fc.record({
  purposes: fc.oneof({ weight: 3, arbitrary: fc.constant([...purposes]) }, fc.subarray([...purposes])),
  types: fc.subarray(some).map((list) => new Set(list)),
  until: fc.constantFrom(now - 1, now, now + 1, now + 86_400_000),
})
const documents: fc.Arbitrary<DocumentFacts> = fc.record({
  type: fc.constantFrom(...some),
  status: fc.constantFrom('current', 'current', 'superseded'),
  archived: fc.boolean(),
  masked: fc.boolean(),
  invisiblePatient: fc.boolean(),
  invisibleLegal: fc.boolean(),
  authors: fc.constantFrom([], ['patient'], ['ps:810000000001']),
})
const queries = fc.constantFrom(
  '',
  ...some.map((key) => `?type=${key}`),
  ...classes.map((key) => `?category=${key}`),
)
const scopeTexts = fc
  .array(
    fc.record({
      type: fc.constantFrom('DocumentReference', 'DocumentReference', 'Binary', 'Patient', '*'),
      letters: fc.constantFrom('rs', 'r', 's', 'cruds'),
      query: queries,
    }),
    { maxLength: 3 },
  )
  .map((list) =>
    list
      .map(
        ({ type, letters, query }) =>
          `patient/${type}.${letters}${type === 'DocumentReference' ? query : ''}`,
      )
      .join(' '),
  )
const scopesOf = (text: string): readonly Scope[] => parseScopes(text) ?? []

/** Most are asked by the patient, and of documents. */
const ofPatients: fc.Arbitrary<Question> = fc
  .tuple(
    likely,
    fc.constantFrom('PATIENT' as const, 'AIDANT' as const, 'REPRESENTANT_LEGAL' as const),
    fc.constantFrom('search-documents' as const, 'read-content' as const, 'find-record' as const),
  )
  .map(([question, actor, action]) => ({
    ...question,
    action,
    mode: 'normal',
    holder: true,
    facts: { ...question.facts, status: 'open' },
    caller: callerWith({ actor }),
    representation: actor === 'PATIENT' ? undefined : { kind: actor, until: now + 1 },
  }))

t.test('a service sees what the patient sees, of what the patient opened and the scopes cover', async (t) => {
  let seen = 0
  let refused = 0
  const hiddenBy = new Set<string>()
  fc.assert(
    fc.property(
      fc.oneof(likely, ofPatients),
      fc.option(consents, { nil: undefined, freq: 10 }),
      fc.subarray([...purposes], { minLength: 1 }),
      scopeTexts,
      scopeTexts,
      fc.array(documents, { minLength: 10, maxLength: 20 }),
      (question, consent, asked, tokenScopes, registered, all) => {
        const patient: Question = {
          ...question,
          caller: callerWith({ actor: question.caller.actor, authentication: 'DIRECTE' }),
          ...(consent ? { service: consent } : {}),
        }
        const scopes = scopesWithin(scopesOf(tokenScopes), scopesOf(registered))
        const service: Question = {
          ...patient,
          caller: { ...patient.caller, scopes, service: { name: 'S', purposes: asked } },
        }
        const [one, other] = [decide(patient), decide(service)]
        if (other.effect === 'deny') {
          refused++
          return
        }
        assert.equal(one.effect, 'permit', 'a service may nothing that its patient may not')
        if (one.effect !== 'permit') return
        assert.ok(consent && consent.until > now && question.holder && question.mode === 'normal')
        assert.ok(asked.every((purpose) => consent.purposes.includes(purpose)))
        assert.ok(other.rules.includes('S1'))
        const need = { type: 'DocumentReference', letter: 's' }
        const within = (scope: DocumentScope, by: readonly Scope[]): DocumentScope =>
          narrowed(scope, coveredDocuments(by, need), types)
        const sees = within(other.scope, scopes)
        const byToken = within(one.scope, scopesOf(tokenScopes))
        const byRegistration = within(one.scope, scopesOf(registered))
        for (const document of all) {
          const [patients, opened] = [holds(one.scope, document), consent.types.has(document.type)]
          const covered = holds(byToken, document) && holds(byRegistration, document)
          assert.ok(!holds(sees, document) || (patients && opened && covered), 'no more than each of them')
          if (holds(sees, document)) seen++
          else if (!patients) hiddenBy.add('patient')
          else if (!opened) hiddenBy.add('consent')
          else if (!covered) hiddenBy.add('scopes')
        }
      },
    ),
    { numRuns: 4000 },
  )
  t.ok(seen > 50, `not vacuous: ${seen} seen`)
  t.ok(refused > 500, `${refused} refused`)
  t.same([...hiddenBy].sort(), ['consent', 'patient', 'scopes'], 'each of them hid something')
})

t.test(
  'a service without a consent in force is refused, whatever it asks, and nothing beside reading',
  async (t) => {
    const service = { name: 'S', purposes: ['PATRQT'] }
    const caller = callerWith({ actor: 'PATIENT', service })
    const open: ServiceConsent = { purposes: ['PATRQT'], types: new Set(some), until: now + 1 }
    const [base] = fc.sample(likely, 1)
    if (!base) throw new Error('no question')
    const ask = (action: Question['action'], given: Partial<Question>) => {
      const { service: _, representation: __, ...plain } = base
      const decision = decide({
        ...plain,
        representation: undefined,
        facts: { ...base.facts, status: 'open' },
        holder: true,
        mode: 'normal',
        action,
        caller,
        ...given,
      })
      return decision.effect === 'permit' ? 'permit' : decision.refusal.issues[0].error
    }
    const reading = ['find-record', 'read-record', 'search-documents', 'read-content']
    for (const action of Object.keys(actions) as Question['action'][]) {
      const expected = reading.includes(action) ? 'permit' : 'service-lit'
      t.equal(ask(action, { service: open }), expected, action)
      for (const [why, given] of [
        ['none', {}],
        ['past its end', { service: { ...open, until: now } }],
        ['for another purpose', { service: { ...open, purposes: ['TREAT'] } }],
      ] as const)
        t.equal(ask(action, given), 'service-sans-consentement', `${action}: ${why}`)
    }
    const emergency = { service: open, mode: 'bris_de_glace', motive: 'Patient inconscient' } as const
    t.equal(ask('read-content', emergency), 'service-lit')
    t.equal(ask('read-content', { service: open, holder: false }), 'inconnu', 'nobody else’s record')
  },
)

t.test('what is explained to a service is what was opened', async (t) => {
  const [base] = fc.sample(likely, 1)
  if (!base) throw new Error('no question')
  const { steps } = explain({
    ...base,
    action: 'read-content',
    mode: 'normal',
    holder: true,
    facts: { ...base.facts, status: 'open' },
    caller: callerWith({ actor: 'PATIENT', service: { name: 'S', purposes: ['PATRQT'] } }),
    service: { purposes: ['PATRQT'], types: new Set(some.slice(0, 2)), until: now + 1 },
  })
  const ofService = steps.filter(({ rule }) => rule === 'S1').map(({ verdict, text }) => [verdict, text.fr])
  t.match(ofService, [
    ['passes', /ouvert son dossier/],
    ['narrows', /^2 types/],
  ])
})

t.test('a token of a service is bounded by its registration, and by who may be a service', async (t) => {
  const most = scopesOf('patient/DocumentReference.rs?type=http://loinc.org|11490-0 patient/Binary.r')
  const within = (text: string) => scopesWithin(scopesOf(text), most)
  t.same(within('patient/*.cruds'), most, 'of everything, what is registered')
  t.same(within('user/*.cruds'), [], 'another level')
  t.same(within('patient/Consent.cruds patient/Binary.s'), [])
  const both = within('patient/DocumentReference.r?category=urn:oid:1.2|10')
  t.same(
    both.map(({ interactions, criteria }) => [interactions, criteria?.length]),
    [['r', 2]],
    'both queries hold',
  )
  const services = {
    all: [{ client: 'tiers', name: 'Tiers', purposes: ['PATRQT', 'HRESCH'], scopes: most }],
    own: new Set(['mes']),
  }
  const ins = { system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' }
  const patient = callerWith({ actor: 'PATIENT', client: 'tiers', ins, scopes: scopesOf('patient/*.rs') })
  t.match(asService(patient, services), { service: { purposes: ['PATRQT', 'HRESCH'] }, scopes: most })
  t.same(asService({ ...patient, purpose: 'HRESCH' }, services).service?.purposes, ['HRESCH'])
  const cause = (work: () => unknown): unknown => {
    try {
      work()
      return 'accepted'
    } catch (error) {
      return error instanceof Error && 'issues' in error ? JSON.stringify(error.issues) : error
    }
  }
  t.match(
    cause(() => asService({ ...patient, purpose: 'TREAT' }, services)),
    /dmp\.finalite/,
  )
  t.match(
    cause(() => asService({ ...patient, client: 'unknown' }, services)),
    /client_id/,
  )
  t.equal(asService({ ...patient, client: 'mes' }, services).service, undefined)
  t.equal(asService({ ...patient, client: 'unknown' }, { ...services, own: undefined }).service, undefined)
  const { ins: _, ...professional } = { ...patient, actor: 'PS' as const }
  t.match(
    cause(() => asService(professional, services)),
    /dmp\.acteur/,
    'a service calls for a patient',
  )
  t.equal(asService({ ...professional, client: 'unknown' }, services).service, undefined)
})

t.test('DMP_SERVICES is read whole, or refused', async (t) => {
  const read = (value: unknown, production = false) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    try {
      return readServices(text, production, false)
    } catch (error) {
      if (error instanceof ConfigError) return error.message
      throw error
    }
  }
  const one = { client: 'tiers', name: 'Tiers', purposes: ['PATRQT'], scopes: 'patient/DocumentReference.rs' }
  t.match(read({ services: [one], own: ['mes'] }, true), { all: [{ client: 'tiers' }] })
  t.match(read({ services: [one] }, true), /"own" is missing/)
  t.match(read({ services: [one, one] }), /stands twice/)
  t.match(read({ services: [one], own: ['tiers'] }), /stands twice/)
  for (const scopes of [
    '',
    'openid',
    'user/DocumentReference.rs',
    'patient/*.rs',
    'patient/Consent.rs',
    'patient/DocumentReference.crs',
    'patient/DocumentReference.rs?date=ge2020',
    'patient/Binary.r openid',
  ])
    t.match(read({ services: [{ ...one, scopes }] }), /scopes are/, scopes)
  for (const bad of [
    '{',
    '[]',
    { services: [{ ...one, more: 1 }] },
    { services: [one], more: 1 },
    { services: [{ ...one, purposes: [] }] },
    { services: [{ ...one, client: ' ' }] },
    { services: [one], own: [1] },
  ])
    t.match(read(bad), /not JSON of the form/, JSON.stringify(bad))
  t.same(readServices(undefined, false, false).all, [])
  t.equal(readServices(undefined, false, true).all.length, 1, 'one to try with')
})
