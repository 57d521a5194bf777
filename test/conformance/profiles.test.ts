/**
 * Every line of the tables "What is answered" of docs/profiles.md, sent over HTTP: the answer is what the document says, and
 * no variant is sent that the document does not name.
 * @see docs/profiles.md; PDSm 3.1.1, IHE MHD 4.2.3
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DocumentReference, List, OperationOutcome, Practitioner } from '@medplum/fhirtypes'
import t, { type Test } from 'tap'
import { assetPath, packageRoot } from '../../src/asset-path.ts'
import { loadProfileGuides } from '../../src/definitions/load-profile-guides.ts'
import { identifierTypeSystem } from '../../src/dmp/documents/document-identifiers.ts'
import { isJsonObject, parseJson } from '../../src/fhir/json.ts'
import { compileProfiles } from '../../src/validation/profile/compile-profile.ts'
import { validate } from '../../src/validation/validate.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { type Changes, provideBundle, publishedDocument, roleOf, sourcePatient } from '../support/builders.ts'
import { type Received, resourceOf, verdict } from '../support/http-client.ts'
import { hospital, matricule, practitioner } from '../support/personas.ts'
import { byIns, openTestRecord } from '../support/record.ts'
import { testRegistry } from '../support/registry.ts'

const ins = matricule(1)
const text = readFileSync(join(packageRoot(), 'docs/profiles.md'), 'utf8')

/** Variant → answers, of the table under this heading. */
function table(heading: string): ReadonlyMap<string, string[]> {
  const lines = text
    .slice(text.indexOf(`| ${heading} | answer |`))
    .split('\n')
    .slice(2)
  const end = lines.findIndex((line) => !line.startsWith('|'))
  return new Map(
    lines.slice(0, end).map((line) => {
      const [, name = '', answers = ''] = line.split('|').map((cell) => cell.trim())
      return [name, [...answers.matchAll(/`([^`]+)`/g)].map(([, answer = '']) => answer).sort()]
    }),
  )
}

/** As the document writes it: status, error and path, cut to what follows the resource. */
function answerOf(received: Received): string[] {
  if (received.status < 400) return [String(received.status)]
  const outcome: OperationOutcome = resourceOf(received, 'OperationOutcome')
  return outcome.issue
    .map(({ details, expression }) => {
      const path = (expression?.[0] ?? '').replace(
        /^(Bundle\.entry\[\d+\]\.resource|DocumentReference)\.?/,
        '',
      )
      return `${received.status} ${details?.coding?.[0]?.code ?? ''} ${path}`.trim()
    })
    .sort()
}

const mhd = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition/'
const pdsm = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/'
const nos = (name: string): string =>
  `https://mos.esante.gouv.fr/NOS/${name}/FHIR/${name.replaceAll('_', '-')}`
const concept = (system: string, code: string, display?: string) => ({
  coding: [{ system, code, ...(display === undefined ? {} : { display }) }],
})

type Document = DocumentReference & { context: NonNullable<DocumentReference['context']> }
type Change = (document: Document) => Changes<DocumentReference>

const claiming =
  (profile: string): Change =>
  () => ({ meta: { profile: [profile] } })
const attachment =
  (change: Changes<DocumentReference['content'][number]['attachment']>): Change =>
  ({ content: [first] }) => ({
    content: [{ ...first, attachment: { ...first?.attachment, ...change } }] as DocumentReference['content'],
  })
const context =
  (change: Changes<Document['context']>): Change =>
  ({ context: before }) => ({ context: { ...before, ...change } as Document['context'] })
const format =
  (system: string, code: string): Change =>
  ({ content: [first] }) => ({
    content: [{ ...first, format: { system, code } }] as DocumentReference['content'],
  })
const person: Practitioner = {
  resourceType: 'Practitioner',
  id: 'person',
  identifier: [{ system: 'urn:oid:1.2.250.1.71.4.2.1', value: practitioner(9) }],
}
const byPractitioner: Change = () => ({
  contained: [person, roleOf(practitioner(9)), sourcePatient(ins)],
  author: [{ reference: '#person' }],
})
const typed = (code: string) => concept(identifierTypeSystem, code)
const byType: Change = ({ masterIdentifier }) => ({
  masterIdentifier: {
    type: typed('uniqueId'),
    system: masterIdentifier?.system,
    value: masterIdentifier?.value,
  } as object,
  identifier: [
    {
      type: typed('entryUUID'),
      system: 'urn:ietf:rfc:3986',
      value: 'urn:uuid:7a6d6f5e-0000-4000-8000-000000000001',
    },
  ],
})
const formats = nos('TRE_A06-FormatCodeComplementaire')
const ldl = 'urn:asip:ci-sis:ldl-ses:2017'
const none = undefined

/** What MHD's minimal metadata leave: enough for the rules of the DMP, a CDA for the rest. */
const minimal = ({ masterIdentifier, subject, author, contained, type, content: [first] }: Document) => ({
  resourceType: 'DocumentReference' as const,
  status: 'current' as const,
  contained: contained?.filter(({ id }) => id === 'author'),
  masterIdentifier,
  subject,
  author,
  type,
  content: [{ attachment: { contentType: first?.attachment.contentType, url: first?.attachment.url } }],
})

const documents: Readonly<Record<string, Change>> = {
  'as it should be': () => ({}),
  'claims PDSm': claiming(`${pdsm}pdsm-comprehensive-document-reference`),
  'an author who is a Practitioner': byPractitioner,
  'an author who is not contained': () => ({
    author: [
      {
        type: 'PractitionerRole',
        identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: practitioner(9) },
      },
    ],
  }),
  'no authenticator': () => ({ authenticator: none }),
  'no patient of the source': (document) => ({
    ...context({ sourcePatientInfo: none })(document),
    contained: [roleOf(practitioner(9))],
  }),
  'no start of the period': context({ period: { end: '2026-09-18T10:30:00+02:00' } }),
  'no facility type': context({ facilityType: none }),
  'no practice setting': context({ practiceSetting: none }),
  'no class: it is that of the type (D5)': () => ({ category: none }),
  'no format': ({ content: [first] }) => ({ content: [{ attachment: first?.attachment ?? {} }] }),
  'no security label': () => ({ securityLabel: none }),
  'no title': attachment({ title: none }),
  'no language': attachment({ language: none }),
  'no creation': attachment({ creation: none }),
  'no size': attachment({ size: none }),
  'no hash': attachment({ hash: none }),
  'no custodian': () => ({ custodian: none }),
  'no date': () => ({ date: none }),
  'a docStatus': () => ({ docStatus: 'final' }),
  'another use of the masterIdentifier': ({ masterIdentifier }) => ({
    masterIdentifier: { ...masterIdentifier, use: 'official' },
  }),
  'a masterIdentifier without use': ({ masterIdentifier }) => ({
    masterIdentifier: { system: masterIdentifier?.system, value: masterIdentifier?.value } as object,
  }),
  'an entryUUID that is no UUID': () => ({
    identifier: [{ use: 'official', system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' }],
  }),
  'isArchived that is no boolean': () => ({
    extension: [{ url: `${pdsm}pdsm-ext-is-archived`, valueString: 'true' }],
  }),
  'a contained name without given names': () => ({
    contained: [
      roleOf(practitioner(9)),
      { ...sourcePatient(ins), name: [{ use: 'official', family: 'PAT-TROIS' }] },
    ],
  }),
  'a format of another year': format(formats, 'urn:asip:ci-sis:ldl-ses:2022'),
  'a format in another system': format(nos('TRE_A11-IheFormatCode'), ldl),
  'a facility of SNOMED CT': context({
    facilityType: concept('http://snomed.info/sct', '22232009', 'Hospital'),
  }),
  'a facility by its words': context({
    facilityType: concept('http://snomed.info/sct', '22232009', 'Etablissement public de santé'),
  }),
  'a patient’s facility of a professional’s document': context({
    facilityType: concept(nos('TRE_A00-ProducteurDocNonPS'), 'EXP_PATIENT'),
  }),
  'a malformed act': context({ event: [concept('urn:oid:1.2.250.1.213.2.5', 'HHFA')] }),
  'a type in another system': () => ({ type: concept(nos('TRE_A05-TypeDocComplementaire'), '11490-0') }),
  'a class that is not of its type': () => ({ category: [concept(nos('TRE_A03-ClasseDocument'), '11')] }),
  'two faults': (document) => ({
    ...format(formats, 'urn:asip:ci-sis:ldl-ses:2022')(document),
    authenticator: none,
  }),
  'a code system by its OID': (document) => ({
    ...format('urn:oid:1.2.250.1.213.1.1.4.2.282', ldl)(document),
    type: concept('urn:oid:2.16.840.1.113883.6.1', '11490-0'),
  }),
  'a label in the misspelt system': () => ({
    securityLabel: [
      concept('http://terminology.hl7.org/CodeSystem/v3-Confidentiality', 'N'),
      concept(nos('TRE_A07-StatusVisibiliteDocument'), 'MASQUE_PS'),
    ],
  }),
  'identifiers told by type (MHD 4.2.4)': byType,
  'UnContained metadata, claimed': (document) => ({
    ...claiming(`${mhd}IHE.MHD.UnContained.Comprehensive.DocumentReference`)(document),
    contained: none,
    author: [
      {
        type: 'PractitionerRole',
        identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: practitioner(9) },
      },
    ],
    authenticator: none,
    ...context({ sourcePatientInfo: { type: 'Patient', identifier: { ...ins } } })(document),
  }),
}

const sets: Readonly<Record<string, (set: List) => Changes<List>>> = {
  'a set without a source': ({ extension = [] }) => ({
    source: none,
    extension: [
      ...extension,
      { url: `${pdsm}pdsm-ext-intended-recipient`, valueReference: { reference: '#author' } },
    ],
  }),
  'a set without sourceId': ({ extension = [] }) => ({ extension: extension.slice(0, 1) }),
  'a set without designationType': ({ extension = [] }) => ({ extension: extension.slice(1) }),
  'a set designated by a class': ({ extension = [] }) => ({
    extension: [
      {
        url: `${mhd}ihe-designationType`,
        valueCodeableConcept: concept(nos('TRE_A03-ClasseDocument'), '11'),
      },
      ...extension.slice(1),
    ],
  }),
  'a set whose uniqueId is a UUID': () => ({
    identifier: [
      { use: 'usual', system: 'urn:ietf:rfc:3986', value: 'urn:uuid:7a6d6f5e-0000-4000-8000-000000000001' },
    ],
  }),
  'a set whose source is a Practitioner': () => ({ contained: [person], source: { reference: '#person' } }),
}

function submission(variant: string): object | undefined {
  const bundle = provideBundle({ ins })
  const [set, document, binary] = bundle.entry
  const sent = document.resource as Document
  const of = (resource: object, more: object = {}): object => ({
    ...bundle,
    ...more,
    entry: [set, { ...document, resource }, binary],
  })
  if (variant.startsWith('minimal metadata')) {
    const meta = { profile: [`${mhd}IHE.MHD.Minimal.DocumentReference`] }
    const bundled = { meta: { profile: [`${mhd}IHE.MHD.Minimal.ProvideBundle`] } }
    if (variant.endsWith(', claimed')) return of({ ...minimal(sent), meta })
    return of(minimal(sent), variant.endsWith('by the Bundle') ? bundled : {})
  }
  const changeOfSet = sets[variant]
  if (changeOfSet) {
    const list = set.resource as List
    return { ...bundle, entry: [{ ...set, resource: { ...list, ...changeOfSet(list) } }, document, binary] }
  }
  const change = documents[variant]
  return change && of({ ...sent, ...change(sent) })
}

const published: Readonly<Record<string, Change>> = {
  ...documents,
  'no author': () => ({ author: none }),
  'an identifier': () => ({ identifier: [{ system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' }] }),
  'a url beside the bytes': attachment({ url: 'Binary/1' }),
  'claims comprehensive metadata': claiming(`${mhd}IHE.MHD.UnContained.Comprehensive.DocumentReference`),
}

/** Without what only ITI-65 has: size and hash may be said in ITI-105 too. */
function publication(variant: string): object | undefined {
  const sent = publishedDocument({ ins }) as Document
  const change = published[variant]
  return change && { ...sent, ...change(sent) }
}

async function check(
  t: Test,
  app: TestApp,
  heading: string,
  path: string,
  bodyOf: (variant: string) => object | undefined,
): Promise<void> {
  const lines = table(heading)
  t.ok(lines.size > 3, `${heading}: the table is there`)
  for (const [variant, expected] of lines) {
    const body = bodyOf(variant)
    if (!body) t.fail(`${heading}: ${variant} is not in the test`)
    else t.same(answerOf(await app.as(hospital).post(path, body)), expected, `${heading}: ${variant}`)
  }
}

t.test('ITI-65 in the form as published', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  await check(t, app, 'ITI-65, form 2026-01', '', submission)
  const named = new Set(table('ITI-65, form 2026-01').keys())
  const only2026 = new Set(table('ITI-65, form 2026-06').keys())
  const sent = [...Object.keys(documents), ...Object.keys(sets)]
  t.same(
    sent.filter((variant) => !named.has(variant) && !only2026.has(variant)),
    [],
    'every variant is documented',
  )
})

t.test('ITI-65 in the form of the main branch', async (t) => {
  await using app = await testApp({ DMP_PDSM_FORM: '2026-06' })
  await openTestRecord(app, ins)
  await check(t, app, 'ITI-65, form 2026-06', '', submission)
})

t.test('ITI-105', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  await check(t, app, 'ITI-105, form 2026-01', '/DocumentReference', publication)
})

t.test('a fault says in French and in English what to do', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  const body = submission('a format in another system') ?? {}
  const received = await app.as(hospital).post('', body, { 'accept-language': 'fr' })
  const inEnglish = await app.as(hospital).post('', body, { 'accept-language': 'en' })
  const outcome: OperationOutcome = resourceOf(received, 'OperationOutcome')
  t.match(received.text, `envoyez ${formats}`)
  t.match(inEnglish.text, `send ${formats}`)
  t.match(JSON.stringify(outcome), /JDV_J60 \(20260928120000\)/, 'the value set and its date')
  t.notMatch(received.text, ins.value)
})

t.test(
  'what is served has both discriminators, whatever was sent, and follows our own profiles',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, ins)
    const variants = [
      'as it should be',
      'identifiers told by type (MHD 4.2.4)',
      'minimal metadata, claimed',
      'UnContained metadata, claimed',
    ]
    for (const variant of variants)
      t.equal(verdict(await app.as(hospital).post('', submission(variant) ?? {})), '200', variant)
    t.equal(verdict(await app.as(hospital).post('/DocumentReference', publishedDocument({ ins }))), '201')
    const guides = loadProfileGuides(assetPath('profiles'), '2026-01')
    const registry = testRegistry()
    const loaded = compileProfiles(guides.structures, { registry, valueSet: guides.valueSet })
    const own = {
      DocumentReference: loaded.profile(
        'https://dmp-fhir.example/StructureDefinition/dmp-document-reference',
      ),
      List: loaded.profile('https://dmp-fhir.example/StructureDefinition/dmp-submission-set'),
    }
    const found = await app.as(record.holder).get(`/DocumentReference?${byIns(ins)}&_count=50`)
    const bundle = parseJson(found.text)
    const entries = isJsonObject(bundle) && Array.isArray(bundle.entry) ? bundle.entry : []
    let documentsSeen = 0
    for (const entry of entries) {
      const resource = isJsonObject(entry) ? entry.resource : undefined
      if (!isJsonObject(resource) || resource.resourceType !== 'DocumentReference') continue
      documentsSeen++
      const profiles = own.DocumentReference ? [own.DocumentReference] : []
      t.same(
        validate(resource, registry, { profiles }).map(({ error, expression }) => `${error} ${expression}`),
        [],
      )
    }
    t.equal(documentsSeen, 5)
    const lists = await app.query<{ body: string }>(`select body from resource where type = 'List'`)
    t.equal(lists.length, 5)
    for (const { body } of lists) {
      const profiles = own.List ? [own.List] : []
      t.same(
        validate(parseJson(body), registry, { profiles }).map(({ expression }) => expression),
        [],
      )
    }
    const [known] = await app.query<{ body: string }>(
      `select body from document where body like '%7a6d6f5e-0000-4000-8000-000000000001%'`,
    )
    t.ok(known, 'an entryUUID that was sent is kept')
  },
)

t.test('what ITI-65 and ITI-67 answer follows the profiles of their answers', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, ins)
  const guides = loadProfileGuides(assetPath('profiles'), '2026-01')
  const registry = testRegistry()
  const loaded = compileProfiles(guides.structures, { registry, valueSet: guides.valueSet })
  const faults = (received: Received, url: string): string[] => {
    const profile = loaded.profile(url)
    if (!profile) throw new Error(url)
    return validate(parseJson(received.text), registry, { profiles: [profile] }).map(
      ({ error, expression }) => `${error} ${expression}`,
    )
  }
  const provided = await app.as(hospital).post('', submission('as it should be') ?? {})
  t.equal(provided.status, 200)
  t.same(faults(provided, `${mhd}IHE.MHD.ProvideDocumentBundleResponse`), [])
  const found = await app
    .as(record.holder)
    .get(`/DocumentReference?${byIns(ins)}&status=current&_total=accurate`)
  t.match(found.text, 'masterIdentifier')
  t.same(faults(found, `${pdsm}pdsm-find-documentreferences-comprehensive-response`), [])
})

t.test('a document is found by either spelling of its code systems', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, ins)
  t.equal((await app.as(hospital).post('', submission('a code system by its OID') ?? {})).status, 200)
  const spellings = [
    'type=http://loinc.org|11490-0',
    'type=urn:oid:2.16.840.1.113883.6.1|11490-0',
    `format=${formats}|${ldl}`,
    `format=urn:oid:1.2.250.1.213.1.1.4.2.282|${ldl}`,
    'security-label=http://terminology.hl7.org/CodeSystem/v3-Confidentiality|N',
    `security-label=${nos('TRE_A08-HL7Confidentiality')}|N`,
  ]
  for (const spelling of spellings) {
    const [name = '', value = ''] = spelling.split(/=(.*)/)
    const query = `/DocumentReference?${byIns(ins)}&${name}=${encodeURIComponent(value)}`
    const found = await app.as(record.holder).get(query)
    t.match(found.text, '"masterIdentifier"', spelling)
    t.match(found.text, 'urn:oid:2.16.840.1.113883.6.1', 'as it was sent')
  }
})
