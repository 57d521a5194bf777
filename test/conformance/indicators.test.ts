/**
 * Usage indicators over HTTP: who may read them, what a month is told as, and that all of it comes from the traces of requests.
 * @see docs/indicators.md, https://hl7.org/fhir/R4/measure-operation-evaluate-measure.html
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Measure, MeasureReport, MeasureReportGroup } from '@medplum/fhirtypes'
import tap, { type Test } from 'tap'
import { isJsonObject, parseJson } from '../../src/fhir/json.ts'
import { measures } from '../../src/indicators/measures.ts'
import { aggregateUsage } from '../../src/jobs/aggregate-usage.ts'
import { validate } from '../../src/validation/validate.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import {
  administration,
  auditor,
  gp,
  hospital,
  matricule,
  nurse,
  patientPersona,
} from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { testRegistry } from '../support/registry.ts'

tap.setTimeout(300_000)

const DAY = 24 * 3_600_000
const registry = testRegistry()
const september = 'periodStart=2026-09-01&periodEnd=2026-09-30'

/** Valid R4, whatever it is. */
function isValid(t: Test, received: Received, what: string): void {
  const resource = parseJson(received.text)
  const issues = isJsonObject(resource) ? validate(resource, registry) : ['no resource']
  t.strictSame(issues, [], `${what} is valid`)
}

async function report(t: Test, app: TestApp, measure: string, period = september): Promise<MeasureReport> {
  const received = await app.as(administration).get(`/Measure/${measure}/$evaluate-measure?${period}`)
  t.equal(verdict(received), '200', measure)
  isValid(t, received, measure)
  return resourceOf(received, 'MeasureReport')
}

function groupOf({ group = [] }: MeasureReport, code: string): MeasureReportGroup | undefined {
  return group.find((one) => one.code?.coding?.[0]?.code === code)
}

/** `population` or `numerator` → number. */
function counts(group: MeasureReportGroup | undefined): Record<string, number | undefined> {
  return Object.fromEntries(
    (group?.population ?? []).map(({ code, count }) => [code?.coding?.[0]?.code ?? '', count]),
  )
}

/** Each stratum of a stratifier, by its codes. */
function strata(group: MeasureReportGroup | undefined, ...levels: string[]): Record<string, number> {
  const stratifier = (group?.stratifier ?? []).find(
    ({ code = [] }) => code.map((one) => one.coding?.[0]?.code).join() === levels.join(),
  )
  return Object.fromEntries(
    (stratifier?.stratum ?? []).map(({ value, component, population }) => [
      (component?.map((one) => one.value) ?? [value]).map((one) => one?.coding?.[0]?.code).join(),
      population?.[0]?.count ?? -1,
    ]),
  )
}

async function made(app: TestApp, rows: readonly (readonly [string, string, number])[]): Promise<void> {
  for (const [measure, stratum, count] of rows)
    await app.query(
      `insert into usage_count (measure, month, stratum, count) values ($1, '2026-09-01', $2::text[], $3)`,
      [measure, `{${stratum.split(',').map((part) => `"${part}"`)}}`, count],
    )
}

const settled = (app: TestApp, until: string): Promise<unknown> =>
  app.query(`update usage_progress set counted_until = $1::timestamptz`, [until])

tap.test('a month of each measure: what is small is kept back, and every report is valid', async (t) => {
  await using app = await testApp()
  await made(app, [
    ['type', '11490-0,sous-24h', 40],
    ['type', '11490-0,plus-tard', 20],
    ['type', '34874-8,sous-24h', 5],
    ['type', '57833-6,inconnu', 3],
    ['type', '57833-6,sous-24h', 30],
    ['origine', 'professionnel,SA01', 80],
    ['origine', 'patient,', 18],
    ['delai', '0', 4],
    ['delai', '1', 21],
    ['delai', '4', 30],
    ['delai', '6', 13],
    ['ouverture', 'normal,10', 300],
    ['ouverture', 'normal,60', 40],
    ['ouverture', 'bris_de_glace,10', 7],
    ['ouverture', 'normal,PATIENT', 50],
    ['refus', 'autorisation-absente,A1', 60],
    ['refus', 'inconnu,', 25],
    ['refus', 'droit-fonctionnel,F10', 2],
  ])
  const pending = await report(t, app, 'documents-deposes')
  t.equal(pending.status, 'pending', 'nothing is counted yet')
  t.equal(pending.group, undefined)
  await settled(app, '2026-10-31T00:00:00Z')

  const documents = await report(t, app, 'documents-deposes')
  t.match(documents, {
    status: 'complete',
    type: 'summary',
    period: { start: '2026-09-01', end: '2026-09-30' },
  })
  const deposited = groupOf(documents, 'documents')
  t.same(counts(deposited), { 'initial-population': 98 })
  t.same(strata(deposited, 'classe'), { 10: 65, 42: 33 })
  // Five surgical reports are not told, and discharge letters would tell them.
  t.same(strata(deposited, 'classe', 'type'), { '42,57833-6': 33, 'petits-effectifs,petits-effectifs': 65 })
  t.same(strata(deposited, 'auteur'), { professionnel: 80, patient: 18 })

  const read = await report(t, app, 'documents-lus')
  t.equal(groupOf(read, 'lus-sous-1h'), undefined, 'four within an hour')
  t.same(counts(groupOf(read, 'lus-sous-6h')), { denominator: 98, numerator: 25 })
  t.equal(groupOf(read, 'lus-sous-6h')?.measureScore?.value, 0.255102)
  t.same(counts(groupOf(read, 'lus-sous-168h')), { denominator: 98, numerator: 55 })
  t.equal(groupOf(read, 'lus-sous-2160h'), undefined, 'the last of them has not lived that long')
  t.match(groupOf(read, 'delai-median')?.measureScore, { value: 168, comparator: '<', unit: 'h' })
  await settled(app, '2027-01-15T00:00:00Z')
  const later = await report(t, app, 'documents-lus')
  t.same(counts(groupOf(later, 'lus-sous-2160h')), { denominator: 98, numerator: 68 })
  t.same(
    counts(groupOf(later, 'lus-sous-168h')),
    { denominator: 98, numerator: 55 },
    'and what was told stays',
  )

  const consulted = groupOf(await report(t, app, 'consultations'), 'ouverture')
  t.same(counts(consulted), { 'initial-population': 397 })
  t.same(strata(consulted, 'mode'), {}, 'seven emergencies would be told by the normal ones')
  const refused = groupOf(await report(t, app, 'refus'), 'refus')
  t.same(strata(refused, 'erreur'), { 'autorisation-absente': 60, 'petits-effectifs': 27 })
  t.same(strata(refused, 'erreur', 'regle'), {
    'autorisation-absente,A1': 60,
    'petits-effectifs,petits-effectifs': 27,
  })

  const obliged = await report(t, app, 'obligations-legales')
  t.same(counts(groupOf(obliged, 'types-alimentes')), { denominator: 15, numerator: 1 })
  const prescriptions = groupOf(obliged, '57833-6')
  t.same(counts(prescriptions), { denominator: 33, numerator: undefined }, 'three of unknown age')
  t.equal(prescriptions?.extension?.[0]?.valueDate, '2022-12-31')
  t.same(counts(groupOf(obliged, '34874-8')), { denominator: undefined, numerator: undefined })
})

tap.test('who may read them, what may be asked, and the trace that is left', async (t) => {
  await using app = await testApp()
  await settled(app, '2026-11-02T00:00:00Z')
  const path = `/Measure/refus/$evaluate-measure`
  for (const who of [administration, auditor])
    t.equal(verdict(await app.as(who).get(`${path}?${september}`)), '200')
  for (const who of [gp, nurse, hospital, patientPersona(matricule(1))])
    t.equal(verdict(await app.as(who).get(`${path}?${september}`)), '403 forbidden droit-fonctionnel T4')
  const emergency = { 'dmp-mode-acces': 'centre_15' }
  t.equal(
    verdict(await app.as(administration).get(`${path}?${september}`, emergency)),
    '403 forbidden droit-fonctionnel T4',
  )
  t.equal(verdict(await app.withHeader().get(`${path}?${september}`)), '401 login jeton-absent')
  const [left] = await app.query<{ status: number; rules: string }>(
    'select status, rules from audit where status = 403 and interaction = 84 limit 1',
  )
  t.same(left, { status: 403, rules: 'T4' })

  const ask = async (query: string, at = path): Promise<string> =>
    verdict(await app.as(administration).get(`${at}?${query}`))
  t.equal(await ask('periodStart=2026-09&periodEnd=2026-09'), '200')
  const whole = '400 invalid periode-mois-entier'
  for (const query of [
    '',
    'periodStart=2026-09-01',
    'periodStart=2026-09-02&periodEnd=2026-09-30',
    'periodStart=2026-09-01&periodEnd=2026-09-29',
    'periodStart=2026-08-01&periodEnd=2026-09-30',
    'periodStart=2026&periodEnd=2026',
    'periodStart=2026-13&periodEnd=2026-13',
  ])
    t.equal(await ask(query), whole, query)
  t.equal(await ask(`${september}&reportType=subject`), '400 invalid parametre-invalide')
  t.match(await ask(`${september}&subject=Patient/1`), '400 not-supported parametre-operation')
  t.equal(await ask(september, '/Measure/none/$evaluate-measure'), '404 not-found inconnu')
  const named = `/Measure/$evaluate-measure`
  t.equal(await ask(`${september}&measure=https://dmp-fhir.example/Measure/refus|1.0.0`, named), '200')
  t.equal(await ask(september, named), '400 invalid parametre-invalide')
  const posted = await app.as(administration).post(path, {
    resourceType: 'Parameters',
    parameter: [
      { name: 'periodStart', valueDate: '2026-09-01' },
      { name: 'periodEnd', valueDate: '2026-09-30' },
    ],
  })
  t.equal(resourceOf(posted, 'MeasureReport').status, 'complete')
  t.equal(
    (await report(t, app, 'refus', 'periodStart=2026-11&periodEnd=2026-11')).status,
    'pending',
    'the month is not over',
  )
})

tap.test('the measures there are: for every caller, valid, and found by their url', async (t) => {
  await using app = await testApp()
  for (const { id } of measures) {
    const received = await app.as(gp).get(`/Measure/${id}`)
    isValid(t, received, id)
    t.equal(resourceOf(received, 'Measure').url, `https://dmp-fhir.example/Measure/${id}`)
  }
  const all = resourceOf(await app.as(gp).get('/Measure'), 'Bundle')
  t.equal(all.total, measures.length)
  const one = resourceOf(
    await app.as(gp).get('/Measure?url=https://dmp-fhir.example/Measure/refus'),
    'Bundle',
  )
  t.same(
    one.entry?.map(({ resource }) => (resource as Measure).id),
    ['refus'],
  )
  t.equal(verdict(await app.as(gp).get('/Measure?title=x')), '400 not-supported parametre-inconnu')
  t.equal(verdict(await app.as(gp).get('/Measure/none')), '404 not-found inconnu')
})

tap.test('from the traces of requests to a report: deposits, readings, refusals', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const pushed = await Promise.all(Array.from({ length: 12 }, () => record.push()))
  await app.as(gp).get(`/Binary/${pushed[0]?.binaryId}`)
  await record.choose('autorisation', gp.nationalId ?? '')
  for (const { binaryId } of pushed.slice(0, 11)) {
    t.equal(verdict(await app.as(gp).get(`/Binary/${binaryId}`)), '200')
    await app.as(gp).get(`/Binary/${binaryId}`)
  }
  t.equal(verdict(await app.as(record.holder).get(`/Binary/${pushed[0]?.binaryId}`)), '200')
  const month = new Date(app.now()).toISOString().slice(0, 7)
  // The chain is signed some seconds later, and counted behind that.
  app.advance(40 * DAY)
  for (let tried = 0; tried < 60; tried++) {
    await aggregateUsage(app.engine.db, app.now())
    const [row] = await app.query<{ read: number }>(
      `select coalesce(sum(count), 0)::integer as read from usage_count where measure = 'ouverture'`,
    )
    if ((row?.read ?? 0) >= 23) break
    await sleep(500)
  }
  const counted = await app.query<{ key: string; count: number }>(
    `select measure || ' ' || array_to_string(stratum, ',') as key, count::integer as count from usage_count
      where measure <> 'type' and measure <> 'origine' order by 1`,
  )
  const of = Object.fromEntries(counted.map(({ key, count }) => [key, count]))
  t.match(of, {
    'delai 0': 11,
    'ouverture normal,10': 22,
    'ouverture normal,PATIENT': 1,
    'refus autorisation-absente,A1': 1,
  })
  const documents = groupOf(
    await report(t, app, 'documents-deposes', `periodStart=${month}&periodEnd=${month}`),
    'documents',
  )
  t.same(counts(documents), { 'initial-population': 12 })
  t.same(strata(documents, 'classe'), { 10: 12 })
})
