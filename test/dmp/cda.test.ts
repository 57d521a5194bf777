import { readFileSync } from 'node:fs'
import type { DocumentReference } from '@medplum/fhirtypes'
import t from 'tap'
import { checkCdaAgainstMetadata } from '../../src/dmp/cda/cda-check.ts'
import type { CdaHeader } from '../../src/dmp/cda/cda-header.ts'
import { cdaDate, cdaDateTime, isInstant } from '../../src/dmp/cda/cda-time.ts'
import { completeFromCda, formatOfCda } from '../../src/dmp/cda/derive-metadata.ts'
import { cdaFaultIssue, parseCda, parseCdaChunks } from '../../src/dmp/cda/parse-cda.ts'
import { Base64Cutter, longestRun } from '../../src/dmp/cda/xml-base64.ts'
import { checkEmbeddedType } from '../../src/dmp/documents/content-check.ts'
import { checkTypeAndClass } from '../../src/dmp/documents/document-type-check.ts'
import { readSecurityLabels } from '../../src/dmp/documents/security-labels.ts'
import fc from '../support/draws.ts'
import { terminology } from '../support/profiles.ts'
import { sharedData } from '../support/shared-data.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const ins = [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: '279035121518989' }]

const sample = `<ClinicalDocument xmlns="urn:hl7-org:v3">
  <templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="1.2.250.1.213.1.1.1.29"/>
  <id root="1.2.3.4" extension="A-1"/>
  <code code="11490-0" codeSystem="2.16.840.1.113883.6.1"/>
  <effectiveTime value="20191203133000+0100"/>
  <confidentialityCode code="R" codeSystem="2.16.840.1.113883.5.25"/>
  <recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><patient>
    <name><family qualifier="CL">AUTRE</family></name>
    <name><family qualifier="BR">PAT-TROIS</family><given qualifier="BR">DOMINIQUE</given></name>
    <administrativeGenderCode code="F"/><birthTime value="19790328"/></patient></patientRole></recordTarget>
  <author><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234567897"/>
    <representedOrganization><id root="1.2.250.1.71.4.2.2" extension="1750803447"/></representedOrganization></assignedAuthor></author>
  <relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.3.4" extension="A-0"/></parentDocument></relatedDocument>
  <component><structuredBody><component><section><title>t</title></section></component></structuredBody></component>
</ClinicalDocument>`

function headerOf(xml: string): CdaHeader {
  const parsed = parseCda(encode(xml))
  if ('fault' in parsed) throw new Error(`${parsed.fault.reason} at ${parsed.fault.at}`)
  return parsed.header
}

function faultOf(bytes: Uint8Array | string): string {
  const parsed = parseCda(typeof bytes === 'string' ? encode(bytes) : bytes)
  return 'fault' in parsed ? parsed.fault.reason : 'none'
}

/** What the header of each ANS example says, read by eye. */
const examples = {
  'LDL-SES_2022.01.xml': {
    id: { root: '1.2.250.1.213.1.1.1.29.2022.1.1' },
    setId: { root: '1.2.250.1.213.1.1.1.29.2022.1' },
    code: { code: '11490-0', system: '2.16.840.1.113883.6.1' },
    title: "Lettre de liaison à la sortie de l'établissement de santé",
    effectiveTime: '2019-12-03T13:30:00+01:00',
    authors: [
      {
        ids: [{ extension: '801234567897' }],
        code: { code: 'G15_10/SM27' },
        organisations: [{ extension: '1750803447' }],
      },
    ],
    mainService: {
      code: { code: 'IMP' },
      period: { start: '2019-10-29T11:17:00+01:00', end: '2019-12-03T13:30:00+01:00' },
      practiceSetting: { code: 'ETABLISSEMENT', system: '1.2.250.1.213.1.1.4.9' },
    },
    facilityType: { code: 'SA01', system: '1.2.250.1.71.4.2.4' },
    body: { kind: 'structured' },
    format: 'urn:asip:ci-sis:ldl-ses:2017',
  },
  'VSM_1.4_2022.01.xml': {
    id: { root: '1.2.250.1.213.1.1.1.13.2022.1.1' },
    setId: { root: '1.2.250.1.213.1.1.1.13.2022.1' },
    code: { code: 'SYNTH', system: '1.2.250.1.213.1.1.4.12' },
    title: 'Synthèse Médicale',
    effectiveTime: '2020-03-12T11:17:00+01:00',
    authors: [
      {
        ids: [{ extension: '801234567897' }],
        functionCode: { code: 'PCP' },
        organisations: [{ extension: '2801234567' }],
      },
    ],
    mainService: { code: { code: '34117-2' }, period: { start: '2020-03-12T11:17:00+01:00' } },
    facilityType: { code: 'SA04' },
    encounter: { end: '2020-03-12T11:17:00+01:00' },
    body: { kind: 'structured' },
    format: 'urn:asip:ci-sis:vsm:2012',
  },
  'BIO-CR-BIO_2024.01_TSH_1.xml': {
    id: { root: '1.2.250.1.213.1.1.1.55.2024.9.1' },
    setId: { root: '1.2.250.1.213.1.1.1.55.2024.9' },
    code: { code: '11502-2', system: '2.16.840.1.113883.6.1' },
    title: "Compte rendu d'examens biologiques",
    effectiveTime: '2021-04-01T17:10:00+01:00',
    authors: [{ ids: [{ extension: '801234534765' }], organisations: [{ extension: '1120459876' }] }],
    services: [{ code: { code: '18719-5' } }, { code: { code: '18727-8' } }, { code: { code: '18718-7' } }],
    mainService: { code: { code: '18719-5' }, practiceSetting: { code: 'AMBULATOIRE' } },
    facilityType: { code: 'SA25' },
    encounter: { start: '2021-01-04T07:35:00+01:00' },
    body: { kind: 'structured' },
    format: 'urn:ihe:lab:xd-lab:2008',
  },
  'DOC_NON_STRUCTURE_CDA-R2-N1.xml': {
    id: { root: '1.3.6.1.4.1.19376.1.2.20.12345.1.1' },
    setId: { root: '1.3.6.1.4.1.19376.1.2.20.12345.1' },
    code: { code: '11502-2' },
    title: "Compte rendu d'examens biologiques",
    effectiveTime: '2021-04-01T13:47:45+01:00',
    authors: [{ ids: [{ extension: '801234534765' }], organisations: [{ extension: '1120459876' }] }],
    legalAuthenticator: { ids: [{ extension: '807505123456' }] },
    facilityType: { code: 'SA07' },
    // Written without an offset from UTC: only the day is kept.
    encounter: { start: '2020-07-01' },
    body: { kind: 'unstructured', mediaType: 'application/pdf', representation: 'B64' },
    format: 'urn:ihe:iti:xds-sd:pdf:2008',
  },
  'VAC_2023.01.xml': {
    id: { root: '1.2.250.1.213.1.1.1.37.2023.1.1' },
    setId: { root: '1.2.250.1.213.1.1.1.37.2023.1' },
    code: { code: '11369-6' },
    title: 'Historique de vaccinations',
    effectiveTime: '2021-04-09T17:00:00+01:00',
    authors: [{ ids: [{ extension: '801234567897' }], organisations: [{ extension: '1750803447' }] }],
    custodian: { ids: [{ extension: '318003502400041' }], name: 'Assurance Maladie' },
    mainService: { code: { code: '11369-6' }, practiceSetting: { code: 'AMO' } },
    facilityType: { code: 'SA24' },
    encounter: {},
    body: { kind: 'structured' },
    format: 'urn:asip:ci-sis:vac:2019',
  },
} as const

const patient = {
  ins,
  family: 'PAT-TROIS',
  birthGivenNames: 'DOMINIQUE MARIE-LOUISE',
  firstGiven: 'DOMINIQUE',
  gender: 'female',
  birthDate: '1979-03-28',
  birthPlace: '51215',
}

for (const [name, { format, ...facts }] of Object.entries(examples)) {
  const path = sharedData(`cda/${name}`)
  const skip = path ? false : '../shared/data is absent'
  t.test(`${name}: header, derived metadata, and no contradiction between the two`, { skip }, async (t) => {
    const parsed = parseCda(readFileSync(path ?? ''))
    if ('fault' in parsed) return t.fail(parsed.fault.reason)
    const { header } = parsed
    t.match(header, {
      ...facts,
      patient,
      version: 1,
      language: 'fr-FR',
      confidentiality: { code: 'N' },
      replaces: [],
    })
    t.equal(header.templateIds[1], '1.2.250.1.213.1.1.1.1')
    t.equal(formatOfCda(header, terminology)?.code, format)

    const sent: DocumentReference = {
      resourceType: 'DocumentReference',
      status: 'current',
      contained: [
        {
          resourceType: 'Practitioner',
          id: 'source-patient',
          identifier: [
            { system: 'urn:oid:1.2.250.1.71.4.2.1', value: header.authors[0]?.ids[0]?.extension ?? '' },
          ],
        },
      ],
      subject: { identifier: ins[0] ?? {} },
      author: [{ reference: '#source-patient' }],
      content: [{ attachment: { contentType: 'text/xml', data: '', title: 'As sent' } }],
    }
    const completed = completeFromCda(sent, header, terminology)
    t.same(checkTypeAndClass(completed, terminology.documentTypes), [])
    t.same(
      checkCdaAgainstMetadata(header, completed, {
        recordIns: ins,
        recordTraits: header.patient,
        systems: terminology.systems,
      }),
      [],
    )
    t.match(completed, {
      masterIdentifier: { use: 'usual', system: 'urn:ietf:rfc:3986', value: `urn:oid:${facts.id.root}` },
      date: facts.effectiveTime,
      content: [
        {
          attachment: { title: 'As sent', language: 'fr-FR', creation: facts.effectiveTime },
          format: { code: format },
        },
      ],
      context: {
        facilityType: { coding: [{ system: /TRE-R02-SecteurActivite$/, code: facts.facilityType.code }] },
        sourcePatientInfo: { reference: '#source-patient-2' },
      },
      custodian: { reference: '#custodian' },
      securityLabel: [{ coding: [{ code: 'N' }] }],
    })
    t.equal(completed.contained?.[0], sent.contained?.[0], 'what was sent stays')
    t.equal(
      new Set(completed.contained?.map((r) => r.id)).size,
      completed.contained?.length,
      'ids are distinct',
    )
    t.equal(
      terminology.facilityTypes.find(completed.context?.facilityType?.coding?.[0] ?? {})?.code,
      facts.facilityType.code,
    )
    t.same(completeFromCda(completed, header, terminology), completed, 'nothing is left to fill in')
  })
}

t.test('a header in small', async (t) => {
  const header = headerOf(sample)
  t.match(header, {
    id: { root: '1.2.3.4', extension: 'A-1' },
    patient: { ins, family: 'PAT-TROIS', firstGiven: 'DOMINIQUE', gender: 'female', birthDate: '1979-03-28' },
    replaces: [{ root: '1.2.3.4', extension: 'A-0' }],
  })
  const completed = completeFromCda(
    { resourceType: 'DocumentReference', status: 'current', content: [{ attachment: {} }] },
    header,
    terminology,
  )
  t.match(completed.masterIdentifier, { value: 'urn:oid:1.2.3.4^A-1' })
  t.match(readSecurityLabels(completed.securityLabel), { labels: { confidentiality: 'R' }, issues: [] })
  t.match(completed.securityLabel?.[0]?.coding?.[0]?.code, 'N', 'N stays (V1)')
  const sent = {
    date: '2020-01-01T00:00:00Z',
    context: { facilityType: { text: 'sent' } },
    securityLabel: [{ text: 'sent' }],
    content: [{ attachment: { language: 'oc' }, format: { code: 'sent' } }],
  }
  t.match(
    completeFromCda({ ...completed, ...sent }, header, terminology),
    sent,
    'nothing sent is overwritten',
  )
})

t.test('an element with a nullFlavor says nothing', async (t) => {
  t.equal(
    headerOf(sample.replace('<effectiveTime', '<title nullFlavor="UNK">x</title><effectiveTime')).title,
    undefined,
  )
  t.equal(headerOf(sample.replace('<effectiveTime', '<title>x</title><effectiveTime')).title, 'x')
})

t.test('D6: each contradiction is named, and only it', async (t) => {
  const header = headerOf(sample)
  const context = { recordIns: ins, systems: terminology.systems }
  const base: DocumentReference = {
    resourceType: 'DocumentReference',
    status: 'current',
    masterIdentifier: { system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3.4^A-1' },
    type: { coding: [{ system: 'http://loinc.org', code: '11490-0' }] },
    author: [{ identifier: { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '801234567897' } }],
    content: [{ attachment: {} }],
  }
  const check = (change: Partial<DocumentReference>, more: object = {}) =>
    checkCdaAgainstMetadata(header, { ...base, ...change }, { ...context, ...more }).map(
      (issue) => issue.expression,
    )
  t.same(check({}), [])
  for (const masterIdentifier of [
    { system: 'urn:ietf:rfc:3986', value: '1.2.3.4^A-1' },
    { system: 'urn:oid:1.2.3.4', value: 'A-1' },
  ]) {
    t.same(check({ masterIdentifier }), [], masterIdentifier.value)
  }
  for (const value of ['urn:oid:1.2.3.4', 'urn:oid:1.2.3.4^A-2', 'urn:oid:1.2.3', '']) {
    t.same(check({ masterIdentifier: { value } }), ['DocumentReference.masterIdentifier'], value)
  }
  t.same(check({ type: { coding: [{ system: 'http://loinc.org', code: '11502-2' }] } }), [
    'DocumentReference.type',
  ])
  t.same(check({ type: { coding: [{ system: 'http://x.org', code: '11490-0' }] } }), [
    'DocumentReference.type',
  ])
  const author = (value: string, system = 'urn:oid:1.2.250.1.71.4.2.1') => ({
    author: [{ identifier: { system, value } }],
  })
  t.same(check(author('899700000005')), ['DocumentReference.author'])
  t.same(
    check(author('1750803447', 'urn:oid:1.2.250.1.71.4.2.2')),
    [],
    'a structure that a CDA author represents',
  )
  t.same(check(author('1750000001', 'urn:oid:1.2.250.1.71.4.2.2')), ['DocumentReference.author'])
  t.same(
    check(author('279035121518989', 'urn:oid:1.2.250.1.213.1.4.10')),
    ['DocumentReference.author'],
    'the patient did not write it',
  )
  t.same(check({ author: [...(base.author ?? []), ...author('899700000005').author] }), [
    'DocumentReference.author',
  ])
  t.same(
    check({ author: [{ reference: 'Practitioner/1' }] }),
    ['DocumentReference.author'],
    'nobody we can compare',
  )
  t.same(
    check({ author: [...(base.author ?? []), { reference: 'Practitioner/1' }] }),
    ['DocumentReference.author'],
    'one of two we cannot compare',
  )
  t.same(check({ author: [] }), ['DocumentReference.author'])
  const attached = (attachment: object) => check({ content: [{ attachment }] })
  const creation = 'DocumentReference.content[0].attachment.creation'
  t.same(attached({ creation: '2019-12-03T12:30:00Z' }), [], 'the same instant')
  t.same(attached({ creation: '2019-12-03' }), [], 'its day')
  t.same(attached({ creation: '2019-12-03T13:30:00Z' }), [creation])
  t.same(attached({ creation: '2019-12-04' }), [creation])
  const spoken = headerOf(sample.replace('<recordTarget>', '<languageCode code="fr-FR"/><recordTarget>'))
  const inLanguage = (language: string) =>
    checkCdaAgainstMetadata(spoken, { ...base, content: [{ attachment: { language } }] }, context).length
  t.same(['fr-FR', 'fr', 'fr-BE', 'en-US', 'oc'].map(inLanguage), [0, 0, 0, 1, 1])
  const labelled = (...codes: string[]) =>
    check({
      securityLabel: codes.map((code) => ({
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality', code }],
      })),
    })
  t.same(labelled('N'), ['DocumentReference.securityLabel'], 'the header says R')
  t.same(labelled('N', 'R'), [])
  t.same(labelled('N', 'V'), [], 'kept closer than the header asks')
  const nobody = { ...header, patient: { ...header.patient, ins: [] } }
  t.same(
    checkCdaAgainstMetadata(nobody, base, context).map(({ expression }) => expression),
    ['DocumentReference.subject'],
    'known by a number of the hospital alone',
  )
  t.same(check({}, { recordIns: [{ system: 'urn:oid:1.2.250.1.213.1.4.10', value: '277076322082910' }] }), [
    'DocumentReference.subject',
  ])
  t.same(check({}, { recordIns: [{ ...ins[0], system: 'urn:oid:1.2.250.1.213.1.4.8' }] }), [
    'DocumentReference.subject',
  ])
  t.same(
    check({}, { recordIns: [{ system: 'urn:oid:1.2.250.1.213.1.4.9', value: '277076322082910' }, ...ins] }),
    [],
    'a former INS too',
  )
  const traits = checkCdaAgainstMetadata(header, base, {
    ...context,
    recordTraits: { family: 'AUTRE', gender: 'female' },
  })
  t.match(traits, [{ error: 'traits-divergents', params: { traits: 'family' }, rule: 'I3' }])
  const all = checkCdaAgainstMetadata(
    header,
    { ...base, masterIdentifier: {}, type: {}, author: [] },
    { ...context, recordIns: [] },
  )
  t.equal(all.length, 4)
  t.notMatch(JSON.stringify([...all, ...traits]), /2790351|PAT-TROIS|8012345/, 'nothing personal')

  const second = '<id root="1.2.250.1.213.1.4.9" extension="277076322082910"/><patient>'
  const two = headerOf(sample.replace('<patient>', second))
  t.match(
    checkCdaAgainstMetadata(two, base, context),
    [{ expression: 'DocumentReference.subject' }],
    'two patients',
  )
})

t.test('attacks and faults', async (t) => {
  const bomb = `<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 20 }, (_, i) => `<!ENTITY b${i} "${'&a;'.repeat(50)}">`).join('')}]>`
  const xxe = '<!DOCTYPE ClinicalDocument [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
  const wide = Array.from({ length: 65 }, (_, i) => ` a${i}="1"`).join('')
  const cases: readonly (readonly [name: string, document: string | Uint8Array, reason: string])[] = [
    ['doctype', `<!DOCTYPE ClinicalDocument>${sample}`, 'doctype'],
    ['billion laughs', bomb + sample, 'doctype'],
    ['external entity', xxe + sample.replace('A-1', '&x;'), 'doctype'],
    ['unknown entity', sample.replace('<title>t', '<title>&nbsp;'), 'not-well-formed'],
    ['a prototype is no entity', sample.replace('<title>t', '<title>&constructor;'), 'not-well-formed'],
    ['deep nesting', sample.replace('<title>t</title>', '<a>'.repeat(200) + '</a>'.repeat(200)), 'too-deep'],
    ['huge attribute', sample.replace('extension="A-1"', `extension="${'x'.repeat(70_000)}"`), 'too-long'],
    ['many attributes', sample.replace('<component>', `<component${wide}>`), 'too-many-attributes'],
    [
      'much header text',
      sample.replace('<component>', `<title>${'é'.repeat(10_001)}</title><component>`),
      'too-long',
    ],
    [
      'many header elements',
      sample.replace('<component>', `${'<templateId root="1.2"/>'.repeat(5_001)}<component>`),
      'too-many-elements',
    ],
    ['much markup', sample.replace('<title>', `${'<!-- é -->'.repeat(250_000)}<title>`), 'too-large'],
    ['wrong namespace', sample.replace('urn:hl7-org:v3', 'urn:hl7-org:v2'), 'namespace'],
    ['no namespace', sample.replace(' xmlns="urn:hl7-org:v3"', ''), 'namespace'],
    ['another root', '<Bundle xmlns="http://hl7.org/fhir"/>', 'not-cda'],
    ['truncated', sample.slice(0, -10), 'not-well-formed'],
    ['crossed tags', sample.replace('</title></section>', '</section></title>'), 'not-well-formed'],
    ['two roots', sample + sample, 'not-well-formed'],
    ['text after the root', `${sample}${'QUJD'.repeat(1000)}<!-- -->`, 'not-well-formed'],
    ['undeclared prefix', sample.replace('<title>', '<x:y/><title>'), 'not-well-formed'],
    [
      'duplicate attribute',
      sample.replace('root="1.2.3.4"', 'root="1.2.3.4" root="1.2.3.5"'),
      'not-well-formed',
    ],
    ['empty', '', 'not-well-formed'],
    ['not XML', '%PDF-1.4', 'not-well-formed'],
    ['UTF-16', new Uint8Array(Buffer.from(`\ufeff${sample}`, 'utf16le')), 'encoding'],
    ['UTF-7', `<?xml version="1.0" encoding="UTF-7"?>${sample}`, 'encoding'],
    ['bytes that are not UTF-8', Buffer.from(sample.replace('>t<', '>é<'), 'latin1'), 'encoding'],
    ['two patients', sample.replace('</recordTarget>', '</recordTarget><recordTarget/>'), 'repeated'],
    ['two roles', sample.replace('</patientRole>', '</patientRole><patientRole/>'), 'repeated'],
    ['two ids', sample.replace('<code ', '<id root="1.2.3"/><code '), 'repeated'],
    [
      'two bodies',
      sample.replace('</ClinicalDocument>', '<component><nonXMLBody/></component></ClinicalDocument>'),
      'repeated',
    ],
    ['no id', sample.replace(/<id root="1.2.3.4" extension="A-1"\/>/, ''), 'incomplete'],
    [
      'an id without meaning',
      sample.replace('<id root="1.2.3.4" extension="A-1"/>', '<id nullFlavor="NA"/>'),
      'incomplete',
    ],
    ['no type', sample.replace(/<code [^>]*>/, ''), 'incomplete'],
    ['no patient', sample.replace(/<recordTarget>[\s\S]*<\/recordTarget>/, ''), 'incomplete'],
    ['no body', sample.replace(/<component>[\s\S]*<\/component>/, ''), 'incomplete'],
    ['nothing but a root', '<ClinicalDocument xmlns="urn:hl7-org:v3"/>', 'incomplete'],
    [
      'a foreign id is no id',
      sample.replace('<id root="1.2.3.4"', '<x:id xmlns:x="urn:x" root="1.2.3.4"'),
      'incomplete',
    ],
  ]
  for (const [name, document, reason] of cases) {
    t.not(document, sample, `${name}: changed`)
    t.equal(faultOf(document), reason, name)
  }
  t.equal(faultOf(sample), 'none')
  t.match(cdaFaultIssue({ reason: 'doctype', at: '3:1' }, 'x'), {
    error: 'cda-illisible',
    params: { cause: 'doctype (3:1)' },
  })
})

t.test('encodings', async (t) => {
  const titled = (encoding: string) =>
    `<?xml version="1.0" encoding="${encoding}"?>${sample.replace('<effectiveTime', '<title>Œuvre à 1 €</title><effectiveTime')}`
  const bytes = (text: string, specials: Record<string, number>) =>
    Uint8Array.from([...text].map((c) => specials[c] ?? c.charCodeAt(0)))
  const title = (document: Uint8Array) => {
    const parsed = parseCda(document)
    return 'header' in parsed ? parsed.header.title : parsed.fault.reason
  }
  t.equal(title(encode(titled('UTF-8'))), 'Œuvre à 1 €')
  t.equal(title(encode(`\ufeff${titled('utf-8')}`)), 'Œuvre à 1 €')
  t.equal(title(bytes(titled('ISO-8859-15'), { Œ: 0xbc, '€': 0xa4 })), 'Œuvre à 1 €')
  t.equal(title(bytes(titled('windows-1252'), { Œ: 0x8c, '€': 0x80 })), 'Œuvre à 1 €')
  t.equal(title(bytes(titled('ISO-8859-1'), { Œ: 0x4f, '€': 0x45 })), 'Ouvre à 1 E')
  t.equal(title(encode(`\ufeff${titled('ISO-8859-1')}`)), 'encoding', 'mark and declaration disagree')
})

t.test('every truncation of a document is refused, and no bytes make the parser throw', async (t) => {
  fc.assert(
    fc.property(fc.nat(sample.length - 2), (length) => faultOf(sample.slice(0, length + 1)) !== 'none'),
    { numRuns: 300 },
  )
  let damaged = 0
  fc.assert(
    fc.property(fc.nat(sample.length - 1), fc.uint8Array({ minLength: 1, maxLength: 8 }), (at, junk) => {
      const bytes = encode(sample)
      bytes.set(junk.subarray(0, bytes.length - at), at)
      if (faultOf(bytes) !== 'none') damaged++
      return true
    }),
    { numRuns: 500 },
  )
  t.ok(damaged > 100, `not vacuous: ${damaged}`)
})

t.test('cutting base64 keeps everything but base64, wherever the pieces end', async (t) => {
  const long = 'QUJD'.repeat(longestRun / 4 + 10)
  const piece = fc.constantFrom(
    ...['<a>', '</a>', '<b c=">">', long, 'QUJD'.repeat(400), 'é', ' ', '<!--', '-->', '>', '<'],
  )
  const bare = (text: string) => text.replace(/[A-Za-z0-9+/= \t\r\n]/g, '')
  let cut = 0
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.integer({ min: 1, max: 30_000 }), (pieces, size) => {
      const xml = pieces.join('')
      const cutter = new Base64Cutter()
      let short = ''
      for (let at = 0; at < xml.length; at += size) short += cutter.cut(xml.slice(at, at + size))
      if (short.length < xml.length) cut++
      return bare(short) === bare(xml)
    }),
    { numRuns: 1000 },
  )
  t.ok(cut > 10, `not vacuous: ${cut}`)
  const whole = (xml: string) => new Base64Cutter().cut(xml)
  t.equal(whole(`<a>${long}</a>`), `<a>${long.slice(0, longestRun)}</a>`)
  t.equal(whole('<a>QUJD</a>'), '<a>QUJD</a>')
  t.equal(whole(`${long}<a/>`), `${long}<a/>`, 'what no tag precedes')
  const name = 'x'.repeat(20_000)
  t.equal(whole(`<${name}></${name}>`), `<${name}></${name}>`, 'never a name')
})

/** `sample` with all that CI-SIS demands of a header. */
const conforming = `<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3"><realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  <templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/><templateId root="1.3.6.1.4.1.19376.1.2.20"/>
  <id root="1.2.3.4"/><code code="11490-0" codeSystem="2.16.840.1.113883.6.1"/><title>Lettre</title>
  <effectiveTime value="20191203133000+0100"/><confidentialityCode code="N"/><languageCode code="fr-FR"/>
  <setId root="1.2.3"/><versionNumber value="2"/>
  <recordTarget><patientRole><id root="1.2.250.1.213.1.4.10" extension="279035121518989"/><patient>
    <name><family qualifier="BR">PAT-TROIS</family><given qualifier="BR">DOMINIQUE</given><given>DOMINIQUE MARIE</given></name>
    <administrativeGenderCode code="F"/><birthTime value="19790328"/>
    <birthplace><place><addr><county>51215</county></addr></place></birthplace></patient></patientRole></recordTarget>
  <author><time value="20191203133000+0100"/><assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="801234567897"/>
    <assignedPerson><name><prefix>DR</prefix><given>Anne</given><family>MEDECIN</family></name></assignedPerson></assignedAuthor></author>
  <custodian><assignedCustodian><representedCustodianOrganization><id root="1.2.250.1.71.4.2.2" extension="1750803447"/></representedCustodianOrganization></assignedCustodian></custodian>
  <legalAuthenticator><time value="20191203133000+0100"/><signatureCode code="S"/><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="801234567897"/></assignedEntity></legalAuthenticator>
  <inFulfillmentOf><order><id root="1.2.9" extension="O1"/></order></inFulfillmentOf>
  <documentationOf><serviceEvent><effectiveTime><low value="20191203"/></effectiveTime>
    <performer typeCode="PRF"><assignedEntity><id root="1.2.250.1.71.4.2.1" extension="801234567897"/></assignedEntity></performer></serviceEvent></documentationOf>
  <relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.3.3"/><setId root="1.2.3"/><versionNumber value="1"/></parentDocument></relatedDocument>
  <relatedDocument typeCode="XFRM"><parentDocument><id root="1.2.3.2"/></parentDocument></relatedDocument>
  <componentOf><encompassingEncounter><id root="1.2.8" extension="E1"/><effectiveTime nullFlavor="NA"/>
    <location><healthCareFacility><id root="1.2.7"/><code code="SA01"/><location><name>Hôpital</name></location></healthCareFacility></location></encompassingEncounter></componentOf>
  <component><nonXMLBody><text mediaType="application/pdf" representation="B64">JVBE
 Ri0xLjQK</text></nonXMLBody></component>
</ClinicalDocument>`

t.test('what CI-SIS demands of a header: each rule broken alone is told alone', async (t) => {
  const broken = (xml: string) => {
    const parsed = parseCda(encode(xml))
    return 'fault' in parsed ? [parsed.fault.reason] : parsed.broken.map(({ at }) => at)
  }
  t.same(broken(conforming), [])
  const facility = 'componentOf/encompassingEncounter/location/healthCareFacility/code'
  const cases: readonly (readonly [change: string | RegExp, by: string, at: string])[] = [
    ['realmCode code="FR"', 'realmCode code="US"', 'realmCode'],
    ['<realmCode code="FR"/>', '', 'realmCode'],
    ['<realmCode code="FR"/>', '<realmCode code="FR"/><realmCode code="FR"/>', 'realmCode'],
    ['POCD_HD000040', 'POCD_HD000041', 'typeId'],
    ['2.16.840.1.113883.2.8.2.1"/>', '2.16.840.1.113883.2.8.2.9"/>', 'templateId'],
    ['1.3.6.1.4.1.19376.1.2.20', '1.2.250.1.213.1.1.1.29', 'templateId'],
    ['codeSystem="2.16.840.1.113883.6.1"', '', 'code'],
    ['<title>Lettre</title>', '<title> </title>', 'title'],
    ['<effectiveTime value="20191203133000+0100"/>', '<effectiveTime value="hier"/>', 'effectiveTime'],
    ['confidentialityCode code="N"', 'confidentialityCode code="X"', 'confidentialityCode'],
    ['fr-FR', 'français', 'languageCode'],
    ['<setId root="1.2.3"/><versionNumber value="2"/>', '<versionNumber value="2"/>', 'setId'],
    ['<versionNumber value="2"/>', '<versionNumber value="II"/>', 'versionNumber'],
    ['extension="279035121518989"', '', 'recordTarget/patientRole/id'],
    ['<county>51215</county>', '', 'recordTarget/patientRole/patient'],
    ['<given>DOMINIQUE MARIE</given>', '', 'recordTarget/patientRole/patient'],
    ['<author><time value="20191203133000+0100"/>', '<author>', 'author'],
    [/<custodian>.*<\/custodian>/, '', 'custodian/assignedCustodian/representedCustodianOrganization/id'],
    ['signatureCode code="S"', 'signatureCode code="X"', 'legalAuthenticator'],
    [/<performer[\s\S]*<\/performer>/, '', 'documentationOf/serviceEvent'],
    ['<low value="20191203"/>', '', 'documentationOf/serviceEvent'],
    ['<effectiveTime nullFlavor="NA"/>', '', 'componentOf/encompassingEncounter'],
    ['<code code="SA01"/>', '', facility],
    ['typeCode="XFRM"', 'typeCode="RPLC"', 'relatedDocument'],
  ]
  for (const [change, by, at] of cases) {
    const changed = conforming.replace(change, by)
    t.not(changed, conforming, `${at}: changed`)
    t.same(broken(changed), [at], `${String(change).slice(0, 40)} → ${at}`)
  }
  t.match(headerOf(conforming), {
    version: 2,
    authors: [{ name: { family: 'MEDECIN', given: ['Anne'] }, time: '2019-12-03T13:30:00+01:00' }],
    services: [{ performers: [{ ids: [{ extension: '801234567897' }] }] }],
    facility: { ids: [{ root: '1.2.7' }], name: 'Hôpital' },
    encounterIds: [{ extension: 'E1' }],
    orders: [{ root: '1.2.9', extension: 'O1' }],
    related: [
      { type: 'RPLC', ids: [{ root: '1.2.3.3' }], setId: { root: '1.2.3' }, version: 1 },
      { type: 'XFRM', ids: [{ root: '1.2.3.2' }] },
    ],
    replaces: [{ root: '1.2.3.3' }],
  })
})

t.test('the file inside an unstructured CDA is what its body says', async (t) => {
  const faults = (xml: string) => checkEmbeddedType(headerOf(xml).body, 'a').map(({ error }) => error)
  t.same(faults(conforming), [])
  t.equal(headerOf(conforming).body.start, 'JVBERi0xLjQK', 'white space is none of it')
  t.same(faults(conforming.replace('JVBE\n Ri0xLjQK', '/9j/4AAQ')), ['contenu-inattendu'], 'a JPEG')
  t.same(faults(conforming.replace('JVBE\n Ri0xLjQK', '')), ['contenu-inattendu'], 'nothing')
  t.same(faults(conforming.replace('JVBE\n Ri0xLjQK', 'pas du tout !')), ['contenu-inattendu'], 'no base64')
  const jpeg = conforming.replace('application/pdf', 'image/jpeg').replace('JVBE\n Ri0xLjQK', '/9j/4AAQ')
  t.same(faults(jpeg), [])
  t.same(faults(conforming.replace('representation="B64"', '').replace('JVBE', '')), [], 'not in base64')
})

t.test('a document in pieces says what it says whole, and a fault is found in the same place', async (t) => {
  const accented = conforming.replace('<title>Lettre', '<title>Œuvre à 1 €')
  const documents = [
    Buffer.from(accented),
    Buffer.from(`\ufeff${accented}`),
    Buffer.from(accented.replace('UTF-8', 'ISO-8859-1').replace('Œ', 'O').replace('€', 'E'), 'latin1'),
    Buffer.from(accented.replace('</author>', '</auteur>')),
    Buffer.from(accented.replace('<title>', '<!DOCTYPE x><title>')),
    Buffer.from(accented.replace('à', 'a'), 'latin1'),
  ]
  let readable = 0
  await fc.assert(
    fc.asyncProperty(
      fc.nat(documents.length - 1),
      fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 }),
      async (which, sizes) => {
        const bytes = documents[which] ?? Buffer.alloc(0)
        async function* chunks() {
          yield bytes.subarray(0, 300)
          for (let at = 300, i = 0; at < bytes.length; i++) {
            const size = sizes[i % sizes.length] ?? 1
            yield bytes.subarray(at, at + size)
            at += size
          }
        }
        const whole = parseCda(bytes)
        if ('header' in whole) readable++
        t.same(await parseCdaChunks(chunks), whole)
      },
    ),
    { numRuns: 60 },
  )
  t.ok(readable > 10, `not vacuous: ${readable}`)
})

t.test('timestamps', async (t) => {
  const cases: readonly (readonly [string, string | undefined])[] = [
    ['2021', '2021'],
    ['202104', '2021-04'],
    ['20210401', '2021-04-01'],
    ['20210401171000+0100', '2021-04-01T17:10:00+01:00'],
    ['202104011710+0100', '2021-04-01T17:10:00+01:00'],
    ['20210401171000.123-0400', '2021-04-01T17:10:00.123-04:00'],
    ['20210401171000', '2021-04-01'],
    ['2021040117+0100', '2021-04-01'],
    ['20210230', undefined],
    ['20210401251000+0100', undefined],
    ['20210401171000+2500', undefined],
    ['', undefined],
    ['hier', undefined],
  ]
  for (const [text, expected] of cases) t.equal(cdaDateTime(text), expected, text)
  t.equal(cdaDate('19790328120000+0100'), '1979-03-28')
  t.ok(isInstant('2021-04-01T17:10:00+01:00'))
  t.notOk(isInstant('2021-04-01'))
})
