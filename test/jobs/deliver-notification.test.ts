/**
 * Notifications survive their server: two processes on one database, each killed in the middle, again and again, a
 * receiver that loses some of them; every event is received at least once, in order, under one number.
 */
import type { Subscription } from '@medplum/fhirtypes'
import t from 'tap'
import { requestToken } from '../../src/cli/request-token.ts'
import { retryAfter } from '../../src/jobs/retry-after.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { consent, patient, provideBundle } from '../support/builders.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'
import { httpClient, resourceOf, verdict } from '../support/http-client.ts'
import { administration, gp, hospital, matricule, patientPersona } from '../support/personas.ts'
import { receiver } from '../support/receiver.ts'
import { serverProcess } from '../support/server-process.ts'
import { until } from '../support/until.ts'

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-'
const EVENTS = 24

t.test('each event at least once and in order, whoever is killed', { timeout: 380_000 }, async (t) => {
  await using to = await receiver()
  await using database = await testDatabase()
  const environment = {
    DMP_MASTER_KEY: 'a master key of this test, and of nothing else',
    DMP_SUBSCRIPTION_HOSTS: to.host,
  }
  await using first = await serverProcess(database, environment)
  await using second = await serverProcess(database, environment)
  await Promise.all([first.start(), second.start()])
  const as = async (persona: Persona) => {
    const token = await requestToken(first.base, persona)
    return httpClient(first.base, async () => `Bearer ${token}`)
  }
  const ins = matricule(1)
  const opened = await (await as(administration)).post('/Patient/$ouvrir', patient(ins))
  const record = resourceOf(opened, 'Patient').id ?? ''
  const chosen = await (await as(patientPersona(ins))).post(
    '/Consent',
    consent('autorisation', record, gp.nationalId ?? ''),
  )
  t.equal(chosen.status, 201, verdict(chosen))
  const subscriber = await as(gp)
  const asked = {
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'Suivi',
    criteria: 'https://dmp-fhir.example/SubscriptionTopic/document-depose',
    _criteria: {
      extension: [
        {
          url: `${BACKPORT}filter-criteria`,
          valueString: `DocumentReference?patient=Patient/${record}`,
        },
      ],
    },
    channel: {
      type: 'rest-hook',
      endpoint: to.url,
      payload: 'application/fhir+json',
      extension: [
        { url: `${BACKPORT}timeout`, valueUnsignedInt: 1 },
        { url: `${BACKPORT}max-count`, valuePositiveInt: 2 },
      ],
    },
  }
  const subscribed = await subscriber.post('/Subscription', asked)
  t.equal(subscribed.status, 201, verdict(subscribed))
  const created: Subscription = resourceOf(subscribed, 'Subscription')
  await to.until(1)

  const depositor = await as(hospital)
  const pushed: string[] = []
  const push = async (): Promise<void> => {
    const answer = await depositor.post('', provideBundle({ ins }))
    if (answer.status !== 200) throw new Error(verdict(answer))
    const places = (resourceOf(answer, 'Bundle').entry ?? []).map(({ response }) => response?.location ?? '')
    const place = places.find((location) => location.startsWith('DocumentReference/')) ?? ''
    pushed.push(place.replace(/\/_history.*$/, ''))
  }
  for (let i = 0; i < EVENTS; i++) {
    // What comes now is lost on its way back: it was received, and nobody here knows.
    if (i % 8 === 3) to.answers = 'silence'
    await push()
    if (i % 8 === 5) {
      const killed = i === 13 ? second : first
      await to.until(to.received.length + 1, 5_000).catch(() => undefined)
      await killed.kill()
      to.answers = 200
      await killed.start()
    }
  }
  const numbers = () => new Set(to.received.flatMap((one) => one.numbers))
  await until('each has come', () => numbers().size >= EVENTS)
  const told = to.received.flatMap((one) => one.numbers.map((number, i) => [number, one.focuses[i]] as const))
  const byNumber = new Map<number, string | undefined>()
  const order: number[] = []
  for (const [number, focus] of told) {
    if (byNumber.has(number)) t.equal(focus, byNumber.get(number), 'a number is always the same event')
    else order.push(number)
    byNumber.set(number, focus)
  }
  t.same(
    order,
    Array.from({ length: EVENTS }, (_, i) => i + 1),
    'each for the first time in order, and none left out',
  )
  t.same([...byNumber.values()], pushed, 'the deposits, in the order of the deposits')
  t.ok(told.length > EVENTS, `not vacuous: ${told.length - EVENTS} were sent again`)
  const status = await subscriber.get(`/Subscription/${created.id}/$status`)
  t.match(status.text, `"events-since-subscription-start","valueString":"${EVENTS}"`)
})

t.test('waits longer and longer, an hour at most', async (t) => {
  t.same([1, 2, 3, 4].map(retryAfter), [5_000, 10_000, 20_000, 40_000])
  fc.assert(fc.property(fc.nat(), (n) => retryAfter(n) <= retryAfter(n + 1) && retryAfter(n) <= 3_600_000))
})
