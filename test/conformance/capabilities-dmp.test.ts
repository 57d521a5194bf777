/**
 * What /fhir/metadata of the dmp profile claims is true: every claim is driven over HTTP, every route is claimed, and
 * what is not claimed is not there.
 * @see https://hl7.org/fhir/R4/capabilitystatement.html
 */
import tap from 'tap'
import { dmpRoutes } from '../../src/interactions/dmp/dmp-routes.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp } from '../support/app.ts'
import { careTeam, consent, freshUniqueId, patient, publishedDocument } from '../support/builders.ts'
import { codesOf, statementOf, unclaimedRoutes } from '../support/claims.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { fhirDocument, lotOf } from '../support/lots.ts'
import { administration, gp, hospital, matricule, otherGp } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { subscription } from '../support/subscription.ts'
import { defaultAuthor, syntheticCda } from '../support/synthetic-cda.ts'

tap.test('dmp: every claim holds, and what is not claimed is not there', async (t) => {
  await using app = await testApp({ DMP_SUBSCRIPTION_HOSTS: 'notify.example' })
  const { statement, rest } = await statementOf(app.withHeader())
  const record = await openTestRecord(app, matricule(1))
  const { documentId, binaryId, listId } = await record.push()
  const holder = app.as(record.holder)
  const choice = await record.choose('medecin-traitant', gp.nationalId ?? '')
  const consentId = resourceOf(choice, 'Consent').id ?? ''
  const team = await holder.post('/CareTeam', careTeam(record.id, [gp.nationalId ?? '']))
  const traces = resourceOf(await holder.get(`/AuditEvent?patient=${record.id}`), 'Bundle').entry ?? []
  const traceId = traces[0]?.resource?.id ?? ''
  const bundleUid = freshUniqueId()
  const bundle = fhirDocument(record.ins, bundleUid, { author: defaultAuthor })
  const sent = await app
    .as(hospital)
    .post('', lotOf({ ins: record.ins, documents: [{ uniqueId: bundleUid, bundle }] }))
  const bundleId = /Bundle\/([^/"]+)\/_history/.exec(sent.text)?.[1] ?? ''
  const subscribing = subscription(record, { url: 'https://notify.example/dmp' })
  const subscribed = await holder.post('/Subscription', subscribing)
  const appointment = (value: string) => ({
    resourceType: 'Appointment',
    identifier: [{ system: 'urn:oid:1.2.250.1.999.1', value }],
    status: 'booked',
    start: '2026-12-01T09:00:00+01:00',
    end: '2026-12-01T09:30:00+01:00',
    participant: [{ actor: { reference: `Patient/${record.id}` }, status: 'accepted' }],
  })
  const appointed = await app.as(hospital).post('/Appointment', appointment('rdv-1'))
  const idOf = (who: Persona) => ({
    identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: who.nationalId ?? '' },
  })
  const written = (recipient: object) => ({
    resourceType: 'Communication',
    status: 'in-progress',
    subject: { reference: `Patient/${record.id}` },
    about: [{ reference: `DocumentReference/${documentId}` }],
    recipient: [recipient],
    payload: [{ contentString: 'Bonjour' }],
  })
  const message = await app.as(gp).post('/Communication', written({ reference: `Patient/${record.id}` }))
  const ids: Readonly<Record<string, string>> = {
    Appointment: resourceOf(appointed, 'Appointment').id ?? '',
    AuditEvent: traceId,
    Binary: binaryId,
    Bundle: bundleId,
    CareTeam: resourceOf(team, 'CareTeam').id ?? '',
    Communication: resourceOf(message, 'Communication').id ?? '',
    Consent: consentId,
    DocumentReference: documentId,
    List: listId,
    Measure: 'refus',
    Patient: record.id,
    Provenance: `${documentId}.1`,
    Subscription: resourceOf(subscribed, 'Subscription').id ?? '',
  }
  const bodies: Readonly<Record<string, unknown>> = {
    Appointment: appointment('rdv-2'),
    CareTeam: careTeam(record.id, [otherGp.nationalId ?? '']),
    Communication: written({ type: 'Practitioner', ...idOf(gp) }),
    Consent: consent('autorisation', record.id, otherGp.nationalId ?? ''),
    DocumentReference: publishedDocument({ ins: record.ins }),
    Subscription: subscribing,
  }
  const ofHolder = new Set(['CareTeam', 'Communication', 'Consent', 'Subscription'])
  const ins = encodeURIComponent(`${record.ins.system}|${record.ins.value}`)
  const query = (type: string): string =>
    type === 'Patient' ? `identifier=${ins}` : type === 'Measure' ? '_id=refus' : `patient=${record.id}`
  const ways: Readonly<Record<string, (type: string) => Promise<readonly [Received, status: number]>>> = {
    read: async (type) => [await holder.get(`/${type}/${ids[type]}`), 200],
    vread: async (type) => [await holder.get(`/${type}/${ids[type]}/_history/1`), 200],
    'search-type': async (type) => [await holder.get(`/${type}?${query(type)}`), 200],
    create: async (type) => [
      await (ofHolder.has(type) ? holder : app.as(hospital)).post(`/${type}`, bodies[type] ?? {}),
      201,
    ],
    update: async (type) => {
      const url = `/${type}/${ids[type]}`
      const by = type === 'Appointment' ? app.as(hospital) : holder
      return [await by.put(url, (await holder.get(url)).text), 200]
    },
    patch: async (type) => [
      await holder.request('PATCH', `/${type}/${ids[type]}`, {
        body:
          type === 'Communication'
            ? [{ op: 'replace', path: '/status', value: 'completed' }]
            : [{ op: 'test', path: '/status', value: 'current' }],
        headers: { 'content-type': 'application/json-patch+json' },
      }),
      200,
    ],
    delete: async (type) => {
      // One made for it: that of the others is read again below.
      const made = type === 'Subscription' ? await holder.post('/Subscription', subscribing) : undefined
      const id = made ? resourceOf(made, 'Subscription').id : ids[type]
      return [await holder.request('DELETE', `/${type}/${id}`), 204]
    },
    'history-instance': async (type) => [await holder.get(`/${type}/${ids[type]}/_history`), 200],
    'history-type': async (type) => [await holder.get(`/${type}/_history?${query(type)}`), 200],
  }
  // What is looked for by its reference, and by no identifier of what it names; what takes a code of its own alone.
  const byReference: Readonly<Record<string, string>> = {
    'List?item': `DocumentReference/${documentId}`,
    'Provenance?target': `DocumentReference/${documentId}`,
  }
  const byCode: Readonly<Record<string, string>> = { 'Subscription?status': 'active' }
  const relatesTo = [{ code: 'appends' as const, target: { reference: `DocumentReference/${documentId}` } }]
  await record.push({ author: gp.nationalId ?? '', documentChanges: { relatesTo } }, gp)
  const includes: Readonly<Record<string, readonly (readonly [way: string, names: readonly string[]])[]>> = {
    DocumentReference: [
      ['_include', ['DocumentReference:relatesto', 'DocumentReference:patient', 'DocumentReference:subject']],
      ['_revinclude', ['DocumentReference:relatesto', 'List:item']],
    ],
    List: [
      ['_include', ['List:item', 'List:patient', 'List:subject']],
      ['_revinclude', []],
    ],
  }
  // An id like any other where a type reads by id: `_history` is none, and is not found.
  const absent = new Set([404, 405])
  t.same(unclaimedRoutes(dmpRoutes, rest), [], 'every route is claimed')
  const resources = rest.resource ?? []
  t.same(resources.map(({ type }) => type).sort(), Object.keys(ids).sort())
  for (const resource of resources) {
    const { type = '' } = resource
    const codes = codesOf(resource)
    for (const [code, way] of Object.entries(ways)) {
      const [received, status] = await way(type)
      if (codes.includes(code)) t.equal(verdict(received), String(status), `${type} ${code}`)
      else t.ok(absent.has(received.status), `${type} ${code} is not claimed: ${received.status}`)
    }
    t.same(
      codes.filter((code) => !(code in ways)),
      [],
      `${type}: interactions known here`,
    )
    const versions = codes.includes('vread')
    t.same(
      [resource.versioning, resource.readHistory],
      versions ? ['versioned', true] : ['no-version', false],
      type,
    )
    t.equal(resource.conditionalRead, 'full-support')
    const read = await holder.get(`/${type}/${ids[type]}`)
    const { etag = '', 'last-modified': lastModified = '' } = read.headers
    t.equal((await holder.get(`/${type}/${ids[type]}`, { 'if-none-match': etag })).status, 304, type)
    t.equal(
      (await holder.get(`/${type}/${ids[type]}`, { 'if-modified-since': lastModified })).status,
      304,
      type,
    )
    for (const { name = '', type: kind } of resource.searchParam ?? []) {
      const isOwn = name === 'patient' || type === 'Patient'
      const reference = byReference[`${type}?${name}`]
      const asked = kind === 'reference' && !reference ? `${name}:identifier` : name
      const value = reference ?? byCode[`${type}?${name}`] ?? (kind === 'date' ? '2026' : 'x')
      const criterion = isOwn || query(type).startsWith(`${name}=`) ? '' : `&${asked}=${value}`
      t.equal(verdict(await holder.get(`/${type}?${query(type)}${criterion}`)), '200', `${type}?${name}`)
    }
    const [forward, reverse] = includes[type] ?? []
    t.same([...(resource.searchInclude ?? [])].sort(), [...(forward?.[1] ?? [])].sort())
    t.same([...(resource.searchRevInclude ?? [])].sort(), [...(reverse?.[1] ?? [])].sort())
    for (const [way, names] of includes[type] ?? [])
      for (const name of names) {
        // Of the document that another relates to, or of that other.
        const of = type === 'DocumentReference' && way === '_include' ? '&relatesto:missing=false' : ''
        const one = type === 'DocumentReference' && way === '_revinclude' ? `&_id=${documentId}` : of
        const found = await holder.get(`/${type}?${query(type)}${one}&${way}=${name}`)
        const modes = (resourceOf(found, 'Bundle').entry ?? []).map(({ search }) => search?.mode)
        t.ok(modes.includes('include'), `${type}?${way}=${name}`)
      }
    t.equal(resource.conditionalCreate, undefined)
    t.equal(resource.conditionalUpdate, type === 'Patient' ? true : undefined)
  }
  t.ok(resources.flatMap(({ searchParam = [] }) => searchParam).length > 15)
  const office = app.as(administration)
  t.equal(
    verdict(await office.put(`/Patient?identifier=${ins}`, patient(record.ins))),
    '200',
    'conditionalUpdate',
  )
  const operationsOf = resources.flatMap(({ type, operation = [] }) =>
    operation.map(({ name }) => `${type} ${name}`),
  )
  t.same([...operationsOf, ...(rest.operation ?? []).map(({ name }) => name)].sort(), [
    'DocumentReference generate-metadata',
    'DocumentReference verify',
    'Measure evaluate-measure',
    'Patient acces',
    'Patient dossiers',
    'Patient droits',
    'Patient fermer',
    'Patient match',
    'Patient ouvrir',
    'Patient reactiver',
    'Patient synthese',
    'Subscription events',
    'Subscription status',
    'expliquer',
  ])
  const cda = syntheticCda({ ins: record.ins, uniqueId: freshUniqueId() }).toString('base64')
  const generated = await app.as(hospital).post('/DocumentReference/$generate-metadata', {
    resourceType: 'Parameters',
    parameter: [
      { name: 'document', resource: { resourceType: 'Binary', contentType: 'text/xml', data: cda } },
    ],
  })
  t.equal(verdict(generated), '201', '$generate-metadata')
  for (const path of [
    `/DocumentReference/${documentId}/$verify`,
    `/Patient/${record.id}/$synthese`,
    `/Subscription/${ids.Subscription}/$events`,
    `/Subscription/${ids.Subscription}/$status`,
  ])
    t.equal(verdict(await holder.get(path)), '200', path)
  const october = 'periodStart=2025-10&periodEnd=2025-10'
  t.equal(
    verdict(await office.get(`/Measure/refus/$evaluate-measure?${october}`)),
    '200',
    '$evaluate-measure',
  )
  t.equal(verdict(await holder.request('POST', `/Patient/${record.id}/$fermer`)), '200', '$fermer')
  t.equal(verdict(await holder.request('POST', `/Patient/${record.id}/$reactiver`)), '200', '$reactiver')
  t.equal(verdict(await office.post('/Patient/$ouvrir', patient(matricule(2)))), '201', '$ouvrir')
  t.same(
    (rest.interaction ?? []).map(({ code }) => code),
    ['transaction'],
    'pushed above',
  )
  t.equal(rest.security?.service?.[0]?.coding?.[0]?.code, 'SMART-on-FHIR')
  t.equal((await app.withHeader().get(`/Patient/${record.id}`)).status, 401)
  t.ok(statement.patchFormat?.includes('application/json-patch+json'))
  for (const format of statement.format ?? []) {
    const asked = `_format=${encodeURIComponent(format)}`
    const type = `application/fhir+${/(json|xml)$/.exec(format)?.[1]}`
    const read = await holder.get(`/Patient/${record.id}?${asked}`)
    t.match(read.headers['content-type'], type, format)
    const back = await office.put(`/Patient?identifier=${ins}&${asked}`, read.text, { 'content-type': type })
    t.equal(back.status, 200, `${format}: taken as it was given`)
  }
})
