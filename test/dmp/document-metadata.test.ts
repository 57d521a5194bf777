import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { CodeableConcept, DocumentReference, List, Resource } from '@medplum/fhirtypes'
import t from 'tap'
import {
  checkAnnouncedContent,
  checkContentType,
  sniffContentType,
} from '../../src/dmp/documents/content-check.ts'
import { authorActors, authorsOf } from '../../src/dmp/documents/document-authors.ts'
import { checkTypeAndClass, withDerivedClass } from '../../src/dmp/documents/document-type-check.ts'
import {
  confidentialitySystem,
  readSecurityLabels,
  replaceLabel,
  visibilityLabels,
  visibilitySystem,
  withNormalLabel,
  withoutVisibilityLabel,
  withVisibilityLabel,
} from '../../src/dmp/documents/security-labels.ts'
import {
  checkSubmissionSet,
  isFolder,
  isSubmissionSet,
  readSubmissionSet,
} from '../../src/dmp/documents/submission-set.ts'
import { canonicalUniqueId } from '../../src/dmp/documents/unique-id.ts'
import fc from '../support/draws.ts'
import { terminology } from '../support/profiles.ts'
import { sharedData } from '../support/shared-data.ts'

const { documentTypes } = terminology
const classSystem = 'https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument'
const a05 = 'https://mos.esante.gouv.fr/NOS/TRE_A05-TypeDocComplementaire/FHIR/TRE-A05-TypeDocComplementaire'
const concept = (system: string, code: string): CodeableConcept => ({ coding: [{ system, code }] })

function document(more: Partial<DocumentReference> = {}): DocumentReference {
  return { resourceType: 'DocumentReference', status: 'current', content: [{ attachment: {} }], ...more }
}

t.test('type and class (D5)', async (t) => {
  const check = (type: CodeableConcept | undefined, ...category: CodeableConcept[]) =>
    checkTypeAndClass(document({ ...(type ? { type } : {}), category }), documentTypes).map(
      (issue) => issue.error,
    )
  t.same(check(concept('http://loinc.org', '11490-0'), concept(classSystem, '10')), [])
  t.same(check(concept('http://loinc.org', '11490-0')), [], 'a missing class is derived, not refused')
  t.same(check(concept('http://loinc.org', '11490-0'), concept(classSystem, '11')), ['classe-incorrecte'])
  t.same(check(concept('http://loinc.org', '11490-0'), concept('http://x.org', '10')), ['classe-incorrecte'])
  t.same(
    check(
      concept('urn:oid:2.16.840.1.113883.6.1', '11490-0'),
      concept('urn:oid:1.2.250.1.213.1.1.4.1', '10'),
    ),
    [],
  )
  t.same(check(concept('http://loinc.org', '00000-0'), concept(classSystem, '10')), ['type-non-admis'])
  t.same(check(concept(a05, '11490-0')), ['code-autre-systeme'], 'the code of another system')
  t.same(check(undefined), ['element-requis'])
  t.same(check({ text: 'Lettre' }), ['element-requis'])
  t.same(
    check({
      coding: [...(concept('http://loinc.org', '11490-0').coding ?? []), { system: a05, code: 'SYNTH' }],
    }),
    ['type-non-admis'],
    'two types are none',
  )
  const derived = withDerivedClass(document({ type: concept(a05, 'SYNTH') }), documentTypes)
  t.match(derived.category, [{ coding: [{ system: classSystem, code: '11', display: 'Synthèse' }] }])
  for (const type of documentTypes.all) {
    const whole = withDerivedClass(document({ type: { coding: [type] } }), documentTypes)
    if (checkTypeAndClass(whole, documentTypes).length > 0) t.fail(type.code)
  }
  t.equal(documentTypes.all.length, 103)
  t.equal(documentTypes.all.filter((type) => type.depositor === 'PATIENT').length, 13)
  t.equal(documentTypes.byCode('REMB')?.depositor, 'ASSURANCE_MALADIE')
  t.equal(documentTypes.byCode('60591-5')?.depositor, 'MEDECIN_OF_THE_CARE_TEAM')
})

t.test('labels (V1, V2): read', async (t) => {
  const read = (...labels: CodeableConcept[]) => readSecurityLabels(labels)
  const a08 = 'https://mos.esante.gouv.fr/NOS/TRE_A08-HL7Confidentiality/FHIR/TRE-A08-HL7Confidentiality'
  t.same(read(concept(a08, 'R'), concept(visibilitySystem, 'MASQUE_PS')), {
    labels: { masked: true, invisiblePatient: false, invisibleLegal: false, confidentiality: 'R' },
    issues: [],
  })
  t.same(read().labels, {
    masked: false,
    invisiblePatient: false,
    invisibleLegal: false,
    confidentiality: 'N',
  })
  t.match(
    read(concept(visibilitySystem, 'MASQUE_PS'), concept(visibilitySystem, 'INVISIBLE_PATIENT')).issues,
    [{ error: 'etiquettes-incompatibles', rule: 'V2' }],
  )
  for (const unknown of [
    concept(visibilitySystem, 'MASQUE_PT'),
    concept(visibilitySystem, 'masque_ps'),
    concept('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'NOPAT'),
    concept(confidentialitySystem, 'U'),
    { text: 'secret' },
    { coding: [{ system: confidentialitySystem, code: 'N' }, { code: 'X' }] },
  ]) {
    const { issues } = read(concept(confidentialitySystem, 'N'), unknown)
    t.match(issues, [{ error: 'etiquette-inconnue', expression: 'DocumentReference.securityLabel[1]' }])
  }
})

t.test('labels (V1): N never goes, and a patch changes one label', async (t) => {
  const n = concept(confidentialitySystem, 'N')
  const labels = fc
    .uniqueArray(fc.constantFrom(...visibilityLabels))
    .map((set) => set.map((l) => concept(visibilitySystem, l)))
  const codes = (list: readonly CodeableConcept[]) => list.flatMap((c) => c.coding?.map((k) => k.code) ?? [])
  let cleared = 0
  let ambiguous = 0
  fc.assert(
    fc.property(
      labels,
      fc.boolean(),
      fc.constantFrom('N', ...visibilityLabels),
      (set, withN, replacement) => {
        const before = withN ? [n, ...set] : set
        const after = replaceLabel(before, replacement === 'N' ? n : concept(visibilitySystem, replacement))
        if (replacement === 'N' && set.length > 1) {
          ambiguous++
          return after === undefined
        }
        if (!after) return false
        if (replacement === 'N') cleared += set.length
        const expected = replacement === 'N' ? ['N'] : [...new Set(['N', ...codes(set), replacement])]
        return codes(after).sort().join() === expected.sort().join()
      },
    ),
    { numRuns: 1000 },
  )
  t.ok(cleared > 0 && ambiguous > 0, 'not vacuous')
  t.equal(replaceLabel([n], concept(visibilitySystem, 'MASQUE_PT')), undefined)
  t.equal(replaceLabel([n], concept(confidentialitySystem, 'V')), undefined)
  t.equal(replaceLabel([n], {}), undefined)
  const [masked, secret] = visibilityLabels.map((code) => ({ system: visibilitySystem, code }))
  if (masked && secret) t.equal(replaceLabel([n], { coding: [masked, secret] }), undefined, 'two at once')
  t.same(withNormalLabel([n]), [n])
  t.same(codes(withoutVisibilityLabel(withVisibilityLabel(undefined, 'MASQUE_PS'), 'MASQUE_PS')), ['N'])
})

t.test('authors: through contained resources, identifiers and a resolver', async (t) => {
  const ps = { system: 'urn:oid:1.2.250.1.71.4.2.1', value: '801234567897' }
  const st = { system: 'urn:oid:1.2.250.1.71.4.2.2', value: '1750803447' }
  const contained: Resource[] = [
    {
      resourceType: 'PractitionerRole',
      id: 'role',
      practitioner: { reference: '#ps' },
      organization: { identifier: st },
    },
    { resourceType: 'Practitioner', id: 'ps', identifier: [ps] },
    {
      resourceType: 'Practitioner',
      id: 'rpps',
      identifier: [{ system: 'https://rpps.esante.gouv.fr', value: '01234567897' }],
    },
    {
      resourceType: 'Organization',
      id: 'finess',
      identifier: [{ system: 'https://finess.esante.gouv.fr', value: '750803447' }],
    },
    { resourceType: 'Device', id: 'device', identifier: [{ value: 'x' }] },
    { resourceType: 'PractitionerRole', id: 'loop', practitioner: { reference: '#loop' } },
    {
      resourceType: 'Patient',
      id: 'patient',
      identifier: [{ system: 'urn:oid:1.2.250.1.213.1.4.8', value: '279035121518989' }],
    },
  ]
  const authors = (...references: string[]) =>
    authorsOf(document({ contained, author: references.map((reference) => ({ reference })) }), (reference) =>
      reference === 'Practitioner/1' ? { resourceType: 'Practitioner', identifier: [ps] } : undefined,
    )
  t.match(authors('#role'), {
    ids: ['801234567897'],
    structures: ['1750803447'],
    patient: false,
    unresolved: [],
  })
  t.match(authors('#rpps', '#ps'), { ids: ['801234567897'], unresolved: [] }, 'one person under two systems')
  t.match(authors('#finess'), { ids: [], structures: ['1750803447'] })
  t.match(authors('Practitioner/1'), { ids: ['801234567897'] })
  t.match(authors('Practitioner/2', '#nobody', '#device', '#loop').unresolved, [
    'DocumentReference.author[0]',
    'DocumentReference.author[1]',
    'DocumentReference.author[2]',
    'DocumentReference.author[3]',
  ])
  t.match(authors('#patient'), { patient: true, patientIns: [{ value: '279035121518989' }] })
  t.match(authors('Patient?identifier=x'), { patient: true, unresolved: [] })
  t.same(authorActors(authors('#role', '#patient')), ['ps:801234567897', 'st:1750803447', 'patient'])
})

t.test('content: hash and size', async (t) => {
  const bytes = Buffer.from('%PDF-1.7 …')
  const sha1Base64 = createHash('sha1').update(bytes).digest('base64')
  const received = { sha1Base64, size: bytes.length }
  const check = (attachment: object) =>
    checkAnnouncedContent(attachment, received, 'a').map((issue) => issue.error)
  t.same(check({ hash: sha1Base64, size: bytes.length }), [])
  t.same(check({}), [], 'what is not announced is not compared')
  t.same(check({ hash: sha1Base64, size: 1 }), ['taille-fausse'])
  t.same(check({ hash: createHash('sha1').update('x').digest('base64') }), ['empreinte-fausse'])
  for (const hash of [
    '',
    'zz',
    Buffer.from('short').toString('base64'),
    createHash('sha1').update(bytes).digest('hex'),
  ]) {
    t.same(check({ hash }), ['empreinte-fausse'])
  }
  t.same(check({ hash: '2jmj7l5rSw0yVb/vlWAYkK/YBwk=', size: 0 }), ['assemblage-differe'])
  t.same(check({ hash: '2jmj7l5rSw0yVb/vlWAYkK/YBwk=', size: 80 }), ['taille-fausse', 'empreinte-fausse'])
  // `=` pads: the last letter before it has two bits that mean nothing.
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
  const last = letters[letters.indexOf(sha1Base64[26] ?? '') + 1] ?? ''
  t.same(check({ hash: `${sha1Base64.slice(0, 26)}${last}=` }), [], 'padding bits')
})

t.test('content: the first bytes against the declared type', async (t) => {
  const latin = (text: string) => Uint8Array.from(Buffer.from(text, 'latin1'))
  const samples: Record<string, Uint8Array> = {
    'application/pdf': latin('%PDF-1.5\n'),
    'image/jpeg': Uint8Array.of(0xff, 0xd8, 0xff, 0xe0),
    'image/tiff': Uint8Array.of(0x49, 0x49, 0x2a, 0x00, 8),
    'image/png': Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    'text/rtf': latin('{\\rtf1 abc}'),
    'application/xml': latin('\xef\xbb\xbf\n<?xml version="1.0"?><ClinicalDocument/>'),
    'text/plain': latin('Bonjour \xe0 tous\r\n'),
  }
  for (const [type, bytes] of Object.entries(samples)) {
    t.equal(sniffContentType(bytes), type)
    for (const declared of Object.keys(samples)) {
      const issues = checkContentType({ contentType: declared }, bytes, 'a')
      t.equal(issues.length === 0, declared === type, `${declared} over ${type}`)
    }
  }
  const check = (contentType: string, bytes: Uint8Array) =>
    checkContentType({ contentType }, bytes, 'a').length
  t.equal(check('text/xml; charset=UTF-8', latin('<a/>')), 0)
  t.equal(check('application/rtf', latin('{\\rtf1}')), 0)
  t.equal(check('application/fhir+json', latin('{"resourceType":"Bundle"}')), 0)
  for (const resource of [
    '{"resourceType":"Bundle"}',
    '\xef\xbb\xbf{ "id": "a",\n "resourceType" : "Bundle"',
  ])
    for (const type of ['application/json', 'text/plain', 'application/fhir+xml'])
      t.equal(check(type, latin(resource)), 1, `FHIR hides under no other name: ${type}`)
  t.equal(check('application/json', latin('{"payload":"resourceType"}')), 0)
  t.equal(check('application/dicom', new Uint8Array(132)), 0)
  t.equal(check('application/dicom', latin('%PDF-1.4')), 1, 'a known type hides under no other name')
  for (const page of ['<!DOCTYPE html><p>', '<script>', ' <html lang="fr">', '<svg onload="x">']) {
    t.equal(check('text/plain', latin(page)), 1, page)
    t.equal(check('text/html', latin(page)), 1, page)
  }
  t.equal(check('text/plain', Uint8Array.of(0, 1, 2)), 1)
  const shown = fc.tuple(
    fc.constantFrom(...Object.values(samples), new Uint8Array()),
    fc.uint8Array({ maxLength: 600 }),
  )
  fc.assert(
    fc.property(shown, ([start, rest]) => {
      const bytes = Uint8Array.from([...start, ...rest])
      const contentType = sniffContentType(bytes)
      return contentType === undefined || contentType === 'text/html' || check(contentType, bytes) === 0
    }),
  )
})

t.test('submission set', async (t) => {
  const mhd = 'https://profiles.ihe.net/ITI/MHD/StructureDefinition'
  const listTypes = 'https://profiles.ihe.net/ITI/MHD/CodeSystem/MHDlistTypes'
  const list = (more: Partial<List> = {}): List => ({
    resourceType: 'List',
    status: 'current',
    mode: 'working',
    code: concept(listTypes, 'submissionset'),
    subject: { reference: 'Patient/1' },
    date: '2026-06-12T10:00:00+02:00',
    source: { reference: '#author' },
    identifier: [{ use: 'usual', system: 'urn:ietf:rfc:3986', value: 'urn:oid:1.2.3' }],
    extension: [
      { url: `${mhd}/ihe-sourceId`, valueIdentifier: { value: 'urn:oid:1.2.3.4' } },
      { url: `${mhd}/ihe-designationType`, valueCodeableConcept: concept('urn:oid:1.2.250.1.213.2.2', '03') },
    ],
    entry: [{ item: { reference: 'urn:uuid:a' } }],
    ...more,
  })
  const context = { bundled: new Set(['urn:uuid:a']), contentTypes: terminology.contentTypes }
  t.same(checkSubmissionSet(list(), context), [])
  t.match(readSubmissionSet(list()), {
    uniqueId: { value: 'urn:oid:1.2.3' },
    sourceId: { value: 'urn:oid:1.2.3.4' },
    subject: 'Patient/1',
    entries: ['urn:uuid:a'],
  })
  t.ok(isSubmissionSet(list({ code: concept(listTypes.replace('https', 'http'), 'submissionset') })))
  t.ok(isFolder(list({ code: concept(listTypes, 'folder') })))
  const breaks: readonly (readonly [Partial<List>, string])[] = [
    [{ code: concept(listTypes, 'folder') }, 'List.code'],
    [{ status: 'retired' }, 'List.status'],
    [{ mode: 'snapshot' }, 'List.mode'],
    [{ subject: {} }, 'List.subject'],
    [{ entry: [] }, 'List.entry'],
    [{ entry: [{ item: { reference: 'urn:uuid:b' } }] }, 'List.entry[0].item'],
    [{ entry: [{ item: { reference: 'urn:uuid:a' } }, { item: { reference: 'urn:uuid:a' } }] }, 'List.entry'],
    [{ identifier: [{ use: 'usual', value: 'abc' }] }, 'List.identifier'],
    [{ extension: [] }, 'List.extension'],
  ]
  for (const [change, expression] of breaks) {
    const issues = checkSubmissionSet(list(change), context)
    t.ok(
      issues.some((issue) => issue.severity === 'error' && issue.expression === expression),
      expression,
    )
  }
  const twoSent = { ...context, bundled: new Set(['urn:uuid:a', 'urn:uuid:b']) }
  t.match(
    checkSubmissionSet(list(), twoSent),
    [{ expression: 'List.entry' }],
    'a document that the set does not list',
  )
})

t.test('uniqueId: one-for-every-spelling, and what is none stays itself', async (t) => {
  const roots = fc.constantFrom('1.2.250.1.999.1', '0b7c0a7e-2c1d-4f6a-9f3e-1d2c3b4a5968')
  const extension = fc.option(
    fc.string({ unit: fc.constantFrom('a', 'B', '1', '-', '|', '^'), minLength: 1 }),
  )
  let extended = 0
  fc.assert(
    fc.property(roots, extension, (root, behind) => {
      const scheme = root.includes('-') ? 'urn:uuid:' : 'urn:oid:'
      const tail = behind === null ? '' : `^${behind}`
      if (behind !== null) extended++
      const spellings = [`urn:ietf:rfc:3986|${scheme}${root}${tail}`, `urn:ietf:rfc:3986|${root}${tail}`]
      if (behind !== null) spellings.push(`${scheme}${root}|${behind}`)
      return (
        new Set(spellings.map(canonicalUniqueId)).size === 1 &&
        canonicalUniqueId(spellings[0] ?? '') === spellings[0]
      )
    }),
  )
  t.ok(extended > 10, 'not vacuous')
  for (const other of [
    'urn:ietf:rfc:3986|urn:uuid:abcd-efgh',
    'https://x.example|1.2.3',
    'urn:oid:1.2.3|',
    'urn:ietf:rfc:3986|3.1',
    'x',
  ])
    t.equal(canonicalUniqueId(other), other)
})

const submission = sharedData('examples/pdsm4dmp/Bundle-example-td2-iti65-lot-soumission.json')
const withoutSubmission = submission ? false : '../shared/data is absent'
t.test(
  'submission set: the example of the ANS draft designates by a class, which is its one fault',
  { skip: withoutSubmission },
  async (t) => {
    const example = JSON.parse(readFileSync(submission ?? '', 'utf8'))
    const issues = checkSubmissionSet(example.entry[0].resource, {
      bundled: new Set([example.entry[1].fullUrl]),
      contentTypes: terminology.contentTypes,
    })
    t.match(issues, [{ error: 'code-non-admis', expression: 'List.extension[0].valueCodeableConcept' }])
    t.equal(issues.length, 1)
  },
)
