/**
 * What may not go in: each refusal with its status, its issue code, its own code and the place of the fault; and nothing
 * is stored, which the tables themselves say.
 * @see docs/api.md "Answers"; docs/policy.md D1, D5 to D7, D11, I1 to I4, V1, V2
 */
import { createHash } from 'node:crypto'
import type { Bundle, DocumentReference, HumanName, PractitionerRole } from '@medplum/fhirtypes'
import t from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp } from '../support/app.ts'
import {
  type Changes,
  type DocumentParts,
  freshUniqueId,
  fullUrls,
  label,
  ofPatient,
  type Provided,
  patient,
  provideBundle,
  publishedDocument,
  roleOf,
  sourcePatient,
  subjectReference,
} from '../support/builders.ts'
import { verdict } from '../support/http-client.ts'
import { document, lotOf } from '../support/lots.ts'
import {
  administration,
  hospital,
  matricule,
  otherHospital,
  patientPersona,
  practitioner,
} from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { syntheticCda } from '../support/synthetic-cda.ts'

const ins = matricule(1)
const stranger = matricule(2)
const nobody: PractitionerRole[] = [{ resourceType: 'PractitionerRole', id: 'nobody' }]
const wrongKey = { ...ins, value: `${ins.value.slice(0, 13)}${ins.value.endsWith('01') ? '02' : '01'}` }
const at = (entry: number, element: string) => `Bundle.entry[${entry}].resource.${element}`
const attachment = at(1, 'content[0].attachment')

/** The document of a submission, changed; the first attachment on its own. */
function changed(
  parts: DocumentParts,
  change: Changes<DocumentReference>,
  file: DocumentReference['content'][number]['attachment'] = {},
): Provided {
  const bundle = provideBundle(parts)
  const [set, document, binary] = bundle.entry
  const { resource } = document
  if (resource?.resourceType !== 'DocumentReference') throw new Error('another order')
  const [content] = resource.content
  const contents = [{ ...content, attachment: { ...content?.attachment, ...file } }]
  return {
    ...bundle,
    entry: [
      set,
      {
        ...document,
        resource: { ...resource, content: contents, ...(change as Partial<DocumentReference>) },
      },
      binary,
    ],
  }
}

/** A lot of two documents, each with its Binary, that both say they are the same. */
function twice(): Provided {
  const bundle = provideBundle({ ins })
  const [set, document, binary] = bundle.entry
  const again = {
    document: 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000012',
    binary: 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000013',
  }
  if (set.resource?.resourceType !== 'List' || document.resource?.resourceType !== 'DocumentReference') {
    throw new Error('another order')
  }
  const [content] = document.resource.content
  const copy = {
    ...document.resource,
    content: [{ ...content, attachment: { ...content?.attachment, url: again.binary } }],
  }
  const entry = [...(set.resource.entry ?? []), { item: { reference: again.document } }]
  return {
    ...bundle,
    entry: [
      { ...set, resource: { ...set.resource, entry } },
      document,
      binary,
      { ...document, fullUrl: again.document, resource: copy },
      { ...binary, fullUrl: again.binary },
    ],
  }
}

function withCda(cda: Parameters<typeof syntheticCda>[0], parts: Partial<DocumentParts> = {}): Provided {
  return provideBundle({ ins, uniqueId: cda.uniqueId, ...parts, cda: syntheticCda(cda) })
}

function subjectEverywhere(reference: { reference?: string; identifier?: object }): Provided {
  return provideBundle({
    ins,
    documentChanges: { subject: reference },
    setChanges: { subject: reference },
  })
}

const uniqueId = freshUniqueId()
const conformant = { use: 'usual', system: 'urn:ietf:rfc:3986' } as const
/** An OID of digits that do not compress. */
const farTooLong = `urn:oid:1.2.${Array.from({ length: 900 }, (_, i) => (i * 7919 ** 3) % 999_983).join('.')}`

const setOf = (source: typeof ins) => ({
  contained: [sourcePatient(source)],
  source: { reference: '#source' },
})
const atBirth: HumanName = { use: 'official', family: 'PAT-TROIS', given: ['DOMINIQUE'] }
const divergentNames: readonly (readonly [what: string, name: HumanName[]])[] = [
  ['a name that does not say what it is', [{ family: 'AUTRE', given: ['DOMINIQUE'] }]],
  ['a maiden name', [{ ...atBirth, use: 'maiden', family: 'AUTRE' }]],
  ['two names at birth, of which one', [atBirth, { ...atBirth, family: 'AUTRE' }]],
]

/** What is sent and how it is answered; the caller is the hospital unless said otherwise. */
type Case = readonly [name: string, body: unknown, expected: string, by?: Persona]

const cases: readonly Case[] = [
  // Whose record
  [
    'a matricule whose key is wrong (I1)',
    subjectEverywhere(subjectReference(wrongKey)),
    `422 value ins-cle I1 @ ${at(0, 'subject.reference.value')}`,
  ],
  [
    'another system than an INS',
    subjectEverywhere(subjectReference({ system: 'urn:oid:1.2.3', value: ins.value })),
    `422 value ins-systeme I1 @ ${at(0, 'subject.reference.system')}`,
  ],
  [
    'the record of one and the INS of another (I3)',
    subjectEverywhere({ ...subjectReference(ins), identifier: stranger }),
    `422 business-rule traits-divergents I3 @ ${at(0, 'subject.identifier')}`,
  ],
  [
    'a document that names the record of one and the INS of another (I3)',
    changed({ ins }, { subject: { ...subjectReference(ins), identifier: stranger } }),
    `422 business-rule lot-incorrect @ ${at(1, 'subject')}`,
  ],
  [
    'a patient without a record',
    subjectEverywhere(subjectReference(stranger)),
    `404 not-found inconnu @ ${at(0, 'subject')}`,
  ],
  [
    'a patient without a record, named by a logical reference',
    subjectEverywhere({ identifier: stranger }),
    `404 not-found inconnu @ ${at(0, 'subject')}`,
  ],
  [
    'a record id that nobody gave out',
    subjectEverywhere({ reference: 'Patient/0000000000000000000000000a' }),
    `404 not-found inconnu @ ${at(0, 'subject')}`,
  ],
  [
    'no patient',
    subjectEverywhere({ reference: 'Device/1' }),
    `422 required element-requis @ ${at(0, 'subject')}`,
  ],
  [
    'a set and a document of two patients',
    provideBundle({ ins, documentChanges: { subject: subjectReference(stranger) } }),
    `422 business-rule lot-incorrect @ ${at(1, 'subject')}`,
  ],
  // The bytes
  [
    'a hash that lies',
    changed({ ins }, {}, { hash: createHash('sha1').update('other').digest('base64') }),
    `422 invalid empreinte-fausse @ ${attachment}.hash`,
  ],
  ['a size that lies', changed({ ins }, {}, { size: 5 }), `422 invalid taille-fausse @ ${attachment}.size`],
  [
    'a type that the bytes are not',
    changed({ ins }, {}, { contentType: 'application/pdf' }),
    `422 business-rule contenu-inattendu @ ${at(2, 'contentType')}`,
  ],
  [
    'a PDF that is none',
    provideBundle({ ins, contentType: 'application/pdf', cda: Buffer.from('plain text') }),
    `422 invalid contenu-inattendu @ ${attachment}.contentType`,
  ],
  // The CDA (D6)
  [
    'a CDA of another patient',
    withCda({ ins: stranger, uniqueId }),
    `422 business-rule cda-contredit D6 @ ${at(1, 'subject')}`,
  ],
  [
    'a CDA with another id',
    withCda({ ins, uniqueId: freshUniqueId() }, { uniqueId }),
    `422 business-rule cda-contredit D6 @ ${at(1, 'masterIdentifier')}`,
  ],
  [
    'a CDA of another type',
    withCda({ ins, uniqueId, type: '11488-4' }),
    `422 business-rule cda-contredit D6 @ ${at(1, 'type')}`,
  ],
  [
    'a CDA by another author',
    withCda({ ins, uniqueId, author: practitioner(50) }),
    `422 business-rule cda-contredit D6 @ ${at(1, 'author')}`,
  ],
  [
    'identifiers that no index holds (D1)',
    provideBundle({
      ins,
      documentChanges: { masterIdentifier: { ...conformant, value: farTooLong } },
      setChanges: { identifier: [{ ...conformant, value: `urn:oid:${freshUniqueId()}` }] },
    }),
    `422 business-rule trop-long D1 @ ${at(1, 'masterIdentifier')}`,
  ],
  [
    'a set under an identifier that no index holds',
    provideBundle({ ins, setChanges: { identifier: [{ ...conformant, value: farTooLong }] } }),
    `422 business-rule lot-incorrect @ ${at(0, 'identifier')}`,
  ],
  [
    'a folder under an identifier that no index holds',
    lotOf({
      ins,
      documents: [{}],
      folders: [{ uniqueId: farTooLong.slice('urn:oid:'.length), items: [document(0)] }],
    }),
    `422 business-rule lot-incorrect @ ${at(3, 'identifier')}`,
  ],
  [
    'a CDA of another patient, sent as a signature',
    provideBundle({
      ins,
      type: 'E1762',
      typeSystem: 'https://mos.esante.gouv.fr/NOS/TRE_A12-NomenclatureASTM/FHIR/TRE-A12-NomenclatureASTM',
      uniqueId,
      cda: syntheticCda({ ins: stranger, uniqueId }),
      documentChanges: { category: undefined },
    }),
    [
      `422 business-rule cda-contredit D6 @ ${at(1, 'subject')}`,
      `422 business-rule cda-contredit D6 @ ${at(1, 'type')}`,
    ].join('\n'),
  ],
  [
    'a CDA whose traits differ (I3)',
    withCda({ ins, uniqueId, family: 'AUTRE', birthTime: '19800101' }),
    `422 business-rule traits-divergents I3 @ ${attachment}`,
  ],
  [
    'a CDA with a document type declaration',
    withCda({ ins, uniqueId, prolog: '<!DOCTYPE x [<!ENTITY e "eeee">]>\n' }),
    `422 structure cda-illisible D6 @ ${attachment}`,
  ],
  [
    'XML that is not well-formed',
    provideBundle({ ins, cda: Buffer.from('<ClinicalDocument xmlns="urn:hl7-org:v3"><id>') }),
    `422 structure cda-illisible D6 @ ${attachment}`,
  ],
  // The metadata
  [
    'traits in sourcePatientInfo that differ (I3)',
    changed(
      { ins },
      {
        contained: [roleOf(practitioner(9)), { ...patient(ins, { family: 'AUTRE' }), id: 'source' }],
      },
    ),
    `422 business-rule traits-divergents I3 @ ${at(1, 'contained[1]')}`,
  ],
  ...divergentNames.map(
    ([what, name]): Case => [
      `${what} differs (I3)`,
      changed({ ins }, { contained: [roleOf(practitioner(9)), { ...patient(ins), name, id: 'source' }] }),
      `422 business-rule traits-divergents I3 @ ${at(1, 'contained[1]')}`,
    ],
  ),
  // Dates in the future (D9)
  [
    'a document of another century (D9)',
    provideBundle({ ins, date: '2199-01-01T00:00:00Z' }),
    `422 value valeur-invalide D9 @ ${at(1, 'date')}`,
  ],
  [
    'a CDA made tomorrow (D9)',
    withCda({ ins, uniqueId, effectiveTime: '21990918103000+0200' }),
    `422 value valeur-invalide D9 @ ${at(1, 'content[0].attachment.creation')}`,
  ],
  [
    'a set of another century (D9)',
    provideBundle({ ins, setChanges: { date: '2199-01-01T00:00:00Z' } }),
    `422 value valeur-invalide D9 @ ${at(0, 'date')}`,
  ],
  ...['foo', 'text/', '/plain', 'text plain'].map(
    (contentType): Case => [
      `a content of the type ${contentType}`,
      provideBundle({ ins, contentType, cda: Buffer.from('du texte') }),
      `422 invalid contenu-inattendu @ ${attachment}.contentType`,
    ],
  ),
  [
    'another patient in sourcePatientInfo, all traits alike (I3)',
    changed(
      { ins },
      {
        contained: [roleOf(practitioner(9)), { ...patient(stranger), id: 'source' }],
      },
    ),
    `422 business-rule traits-divergents I3 @ ${at(1, 'contained[1]')}`,
  ],
  [
    'the same uniqueId twice in one lot (D1)',
    twice(),
    `422 business-rule lot-incorrect @ ${at(3, 'masterIdentifier')}`,
  ],
  [
    'a class that is not of its type (D5)',
    provideBundle({ ins, classCode: '52' }),
    `422 business-rule classe-incorrecte D5 @ ${at(1, 'category[0]')}`,
  ],
  [
    'a type that the DMP does not know (D5)',
    provideBundle({ ins, type: '99999-9' }),
    `422 code-invalid type-non-admis D5 @ ${at(1, 'type')}`,
  ],
  [
    'labels that exclude each other (V2)',
    provideBundle({ ins, labels: ['N', 'MASQUE_PS', 'INVISIBLE_PATIENT'] }),
    `422 business-rule etiquettes-incompatibles V2 @ ${at(1, 'securityLabel')}`,
  ],
  [
    'a label nobody applies (V1)',
    changed({ ins }, { securityLabel: [label('N'), label('MASQUE_PT')] }),
    `422 code-invalid etiquette-inconnue V1 @ ${at(1, 'securityLabel[1]')}`,
  ],
  [
    'no author',
    changed({ ins }, { author: undefined }),
    `422 required profil-cardinalite @ ${at(1, 'author')}`,
  ],
  [
    'a contained resource that nothing refers to (dom-3)',
    changed({ ins }, { contained: [...nobody, roleOf(practitioner(9)), sourcePatient(ins)] }),
    `422 invariant contenue-orpheline @ ${at(1, 'contained[0]')}`,
  ],
  [
    'an author who names nobody (I5)',
    changed(
      { ins },
      {
        author: [{ reference: '#nobody' }],
        contained: [...nobody, roleOf(practitioner(9)), sourcePatient(ins)],
      },
    ),
    [
      `422 business-rule cda-contredit D6 @ ${at(1, 'author')}`,
      `422 business-rule element-requis I5 @ ${at(1, 'author[0]')}`,
    ].join('\n'),
  ],
  [
    'an element FHIR does not know',
    changed({ ins }, { unknownThing: 1 } as object),
    `422 structure element-inconnu @ ${at(1, 'unknownThing')}`,
  ],
  [
    'two faults are told at once',
    changed({ ins }, { securityLabel: [label('MASQUE_PT')] }, { size: 5 }),
    [
      `422 invalid taille-fausse @ ${attachment}.size`,
      `422 code-invalid etiquette-inconnue V1 @ ${at(1, 'securityLabel[0]')}`,
    ].join('\n'),
  ],
  [
    'a document already superseded',
    changed({ ins }, { status: 'superseded' }),
    `422 not-supported non-pris-en-charge @ ${at(1, 'status')}`,
  ],
  [
    'another patient as the author (I5)',
    provideBundle({
      ins,
      cda: Buffer.from('du texte'),
      contentType: 'text/plain',
      documentChanges: {
        ...ofPatient(ins),
        contained: [...(ofPatient(ins).contained ?? []), { ...sourcePatient(stranger), id: 'other' }],
        author: [{ reference: '#other' }],
      },
    }),
    `422 business-rule element-requis I5 @ ${at(1, 'author')}`,
  ],
  // Who deposits what (D7)
  [
    'a patient who deposits a professional type',
    provideBundle({
      ins,
      setChanges: setOf(ins),
      cda: Buffer.from('du texte'),
      contentType: 'text/plain',
      documentChanges: ofPatient(ins),
    }),
    `422 business-rule type-reserve D7 @ ${at(1, 'type')}`,
    patientPersona(ins),
  ],
  [
    'a set whose source is another patient (I3)',
    provideBundle({ ins, setChanges: setOf(stranger) }),
    `422 business-rule traits-divergents I3 @ ${at(0, 'source')}`,
  ],
  [
    'a patient whose set a professional is said to send (I5)',
    provideBundle({ ins, type: '74465-6', classCode: '90', documentChanges: ofPatient(ins) }),
    `422 business-rule element-requis I5 @ ${at(0, 'source')}`,
    patientPersona(ins),
  ],
  [
    'a patient for whose document a professional vouches (I5)',
    provideBundle({
      ins,
      setChanges: setOf(ins),
      type: '74465-6',
      classCode: '90',
      cda: Buffer.from('du texte'),
      contentType: 'text/plain',
      documentChanges: {
        ...ofPatient(ins),
        contained: [sourcePatient(ins), roleOf(practitioner(9))],
        authenticator: { reference: '#author' },
      },
    }),
    `422 business-rule element-requis I5 @ ${at(1, 'authenticator')}`,
    patientPersona(ins),
  ],
  [
    'a patient who hides a document from themselves (F15)',
    provideBundle({
      ins,
      setChanges: setOf(ins),
      type: '74465-6',
      classCode: '90',
      labels: ['N', 'INVISIBLE_PATIENT'],
      cda: Buffer.from('du texte'),
      contentType: 'text/plain',
      documentChanges: ofPatient(ins),
    }),
    `403 forbidden droit-fonctionnel F15 @ ${at(1, 'securityLabel')}`,
    patientPersona(ins),
  ],
  [
    'a patient who deposits a CDA (D11)',
    provideBundle({ ins, setChanges: setOf(ins), documentChanges: ofPatient(ins) }),
    [
      `422 business-rule format-envoye D11 @ ${attachment}`,
      `422 business-rule type-reserve D7 @ ${at(1, 'type')}`,
    ].join('\n'),
    patientPersona(ins),
  ],
  [
    'a hospital that deposits the patient’s own words',
    provideBundle({ ins, type: '74465-6', classCode: '90' }),
    `422 business-rule type-reserve D7 @ ${at(1, 'type')}`,
  ],
  // The lot
  ['no Bundle at all', patient(ins), '400 structure type-inattendu @ Bundle'],
  ['a JSON array', [], '400 structure type-inattendu'],
  ['malformed JSON', '{"resourceType":"Bundle",', '400 structure json-invalide'],
  ['a member twice', '{"resourceType":"Bundle","resourceType":"Bundle"}', '400 structure json-invalide'],
  ['too deep', `${'{"a":'.repeat(60)}1${'}'.repeat(60)}`, '400 structure json-invalide'],
  [
    'a batch',
    { ...provideBundle({ ins }), type: 'batch' } satisfies Bundle,
    '422 business-rule non-pris-en-charge @ Bundle.type',
  ],
  [
    'an entry of another type',
    {
      ...provideBundle({ ins }),
      entry: [
        ...provideBundle({ ins }).entry,
        { resource: { resourceType: 'Observation' }, request: { method: 'POST', url: 'Observation' } },
      ],
    },
    '422 not-supported non-pris-en-charge @ Bundle.entry[3].resource',
  ],
  [
    'an entry that deletes',
    {
      ...provideBundle({ ins }),
      entry: [...provideBundle({ ins }).entry, { request: { method: 'DELETE', url: 'List/1' } }],
    },
    '422 not-supported non-pris-en-charge @ Bundle.entry[3].request',
  ],
  [
    'no set',
    { ...provideBundle({ ins }), entry: provideBundle({ ins }).entry.slice(1) },
    '422 business-rule lot-incorrect @ Bundle.entry',
  ],
  [
    'a urn that leads nowhere',
    changed(
      { ins },
      { context: { encounter: [{ reference: 'urn:uuid:99999999-0000-4000-8000-000000000000' }] } },
    ),
    `422 not-found reference-introuvable @ ${at(1, 'context.encounter[0].reference')}`,
  ],
  [
    'a document whose Binary is not there',
    changed({ ins }, {}, { url: 'urn:uuid:99999999-0000-4000-8000-000000000000' }),
    `422 business-rule reference-introuvable @ ${attachment}.url`,
  ],
  [
    'one fullUrl twice',
    {
      ...provideBundle({ ins }),
      entry: [
        ...provideBundle({ ins }).entry,
        { ...provideBundle({ ins }).entry[2], fullUrl: fullUrls.binary },
      ],
    },
    '422 duplicate valeur-invalide @ Bundle.entry[3].fullUrl',
  ],
  [
    'a set that leaves its document out',
    provideBundle({ ins, setChanges: { entry: [{ item: { reference: fullUrls.set } }] } }),
    [
      `422 business-rule lot-incorrect @ ${at(0, 'entry[0].item')}`,
      `422 business-rule lot-incorrect @ ${at(0, 'entry')}`,
    ].join('\n'),
  ],
  [
    'too many entries',
    { ...provideBundle({ ins }), entry: Array(101).fill(provideBundle({ ins }).entry[2]) },
    '413 too-long trop-long',
  ],
]

t.test('refused deposits: the answer names the fault, and nothing is stored', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  const before = await app.stored()
  const traces = await app.traces()
  for (const [name, body, expected, by = hospital] of cases) {
    const answer = await app.as(by).post('', body)
    t.equal(verdict(answer), expected, name)
    t.notMatch(answer.text, ins.value, `${name}: no matricule in the answer`)
    t.notMatch(answer.text, stranger.value, `${name}: no other matricule either`)
  }
  t.same(await app.stored(), before, 'nothing is stored')
  t.equal((await app.traces()) - traces, cases.length, 'each is traced once')
})

t.test(
  'a uniqueId taken by other content is a conflict, whoever sends it, and nothing is stored (D1)',
  async (t) => {
    await using app = await testApp()
    const record = await openTestRecord(app, ins)
    const { uniqueId: taken } = await record.push()
    const before = await app.stored()
    const other = { ins, uniqueId: taken, cda: syntheticCda({ ins, uniqueId: taken, text: 'autre' }) }
    t.equal(
      verdict(await app.as(otherHospital).post('', provideBundle(other))),
      `409 duplicate identifiant-unique-pris D1 @ ${at(1, 'masterIdentifier')}`,
    )
    t.equal(
      verdict(await app.as(hospital).post('/DocumentReference', publishedDocument(other))),
      '409 duplicate identifiant-unique-pris D1 @ DocumentReference.masterIdentifier',
    )
    t.same(await app.stored(), before)
    // Unique within a record, not across records.
    const second = await openTestRecord(app, stranger)
    t.ok(await second.push({ uniqueId: taken }))
  },
)

t.test('refused by its form: type, size, media type, format', async (t) => {
  await using app = await testApp({ DMP_MAX_BODY_BYTES: '100000', DMP_MAX_DOCUMENT_BYTES: '20000' })
  await openTestRecord(app, ins)
  const before = await app.stored()
  const client = app.as(hospital)
  const bundle = provideBundle({ ins })
  const post = (headers: Record<string, string>, path = '') => client.post(path, bundle, headers)
  t.equal(verdict(await post({ 'content-type': 'application/fhir+xml' })), '400 structure xml-invalide')
  t.equal(
    verdict(await post({ 'content-type': 'application/fhir+json; charset=iso-8859-1' })),
    '415 not-supported format-envoye',
  )
  t.equal(verdict(await post({ 'content-type': 'text/plain' })), '415 not-supported format-envoye')
  t.equal(
    verdict(await post({ 'content-type': 'application/x-www-form-urlencoded' })),
    '415 not-supported format-envoye',
  )
  t.equal(verdict(await post({ accept: 'application/fhir+turtle' })), '406 not-supported format-demande')
  t.equal(verdict(await post({}, '?_format=ttl')), '406 not-supported format-demande')
  t.equal(verdict(await post({ accept: 'text/html' })), '406 not-supported format-demande')
  t.equal(verdict(await client.request('POST', '')), '400 required corps-absent')
  const wide = provideBundle({ ins, cda: Buffer.alloc(90_000, 'a') })
  t.equal(verdict(await client.post('', wide)), '413 too-long trop-long', 'the body')
  const long = provideBundle({ ins, cda: Buffer.alloc(20_001, 'a'), contentType: 'text/plain' })
  t.equal(verdict(await client.post('', long)), `413 too-long trop-long @ ${at(2, 'data')}`, 'the document')
  const withBinary = (data: string): Bundle => ({
    ...bundle,
    entry: [
      ...bundle.entry.slice(0, 2),
      { ...bundle.entry[2], resource: { resourceType: 'Binary', contentType: 'text/xml', data } },
    ],
  })
  t.equal(verdict(await client.post('', withBinary('%%%'))), `422 value valeur-invalide @ ${at(2, 'data')}`)
  t.equal(
    verdict(await client.post('', withBinary(''))),
    `422 business-rule contenu-absent @ ${at(2, 'data')}`,
  )
  t.same(await app.stored(), before)
})

t.test('ITI-105 is refused like ITI-65, its faults told of the DocumentReference', async (t) => {
  await using app = await testApp()
  await openTestRecord(app, ins)
  const before = await app.stored()
  const client = app.as(hospital)
  const whole = publishedDocument({ ins })
  const [content] = whole.content
  const { masterIdentifier: _, ...nameless } = whole
  const cases: readonly (readonly [string, unknown, string])[] = [
    ['a Bundle', provideBundle({ ins }), '400 structure type-inattendu @ DocumentReference'],
    ['no uniqueId', nameless, '422 required element-requis @ DocumentReference.masterIdentifier'],
    [
      'the record of one and the INS of another',
      { ...whole, subject: { ...subjectReference(ins), identifier: stranger } },
      '422 business-rule traits-divergents I3 @ DocumentReference.subject.identifier',
    ],
    [
      'no bytes',
      { ...whole, content: [{ attachment: { contentType: 'text/xml' } }] },
      '422 business-rule contenu-absent @ DocumentReference.content[0].attachment.data',
    ],
    [
      'a size that lies',
      { ...whole, content: [{ ...content, attachment: { ...content?.attachment, size: 3 } }] },
      '422 invalid taille-fausse @ DocumentReference.content[0].attachment.size',
    ],
    [
      'two documents in one',
      { ...whole, content: [content, content] },
      '422 structure profil-cardinalite @ DocumentReference.content',
    ],
    [
      'a replacement of what is not there',
      { ...whole, relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/1' } }] },
      '422 not-found reference-introuvable @ DocumentReference.relatesTo[0].target',
    ],
  ]
  for (const [name, body, expected] of cases) {
    t.equal(verdict(await client.post('/DocumentReference', body)), expected, name)
  }
  t.same(await app.stored(), before)
})

t.test('opening a record: who may, and what a qualified identity is (F0, I1 to I3)', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, ins)
  const before = await app.stored()
  const admin = app.as(administration)
  const query = (who = stranger) => `?identifier=${encodeURIComponent(`${who.system}|${who.value}`)}`
  const whole = patient(stranger)
  t.equal(
    verdict(await app.as(hospital).post('/Patient/$ouvrir', whole)),
    '403 forbidden droit-fonctionnel F0',
  )
  t.equal(verdict(await admin.post('/Patient/$ouvrir', patient(ins))), '409 duplicate dossier-existant')
  t.equal(
    verdict(await admin.post('/Patient/$ouvrir', patient(wrongKey))),
    '422 value ins-cle I1 @ Patient.identifier[0].value',
  )
  t.equal(
    verdict(
      await admin.post('/Patient/$ouvrir', {
        ...whole,
        gender: 'other',
        extension: whole.extension?.slice(0, 1),
      }),
    ),
    [
      '422 business-rule ins-non-qualifiee I1 @ Patient.gender',
      '422 business-rule ins-non-qualifiee I1 @ Patient.extension',
    ].join('\n'),
  )
  t.equal(
    verdict(await admin.put(`/Patient${query(ins)}`, whole)),
    '422 business-rule valeur-invalide @ Patient.identifier',
  )
  t.equal(verdict(await admin.put('/Patient', whole)), '400 required patient-requis')
  t.equal(
    verdict(await admin.put(`/Patient${query(ins)}`, patient(ins, { family: 'AUTRE', gender: 'male' }))),
    '422 business-rule traits-divergents I3',
  )
  t.same(await app.stored(), before)
  // The same identity again, by the idempotent way, changes nothing and is answered alike.
  const again = await admin.put(`/Patient${query(ins)}`, patient(ins))
  t.same([again.status, again.headers.etag], [200, 'W/"1"'])
  t.match(again.headers.location, record.id)
  t.same(await app.stored(), before)
  // A case or an accent is no difference; a new matricule is added, and the old one leads here still (I2).
  const renamed = patient(stranger, { family: 'Pat-Troïs' })
  const both = {
    ...renamed,
    identifier: [...(renamed.identifier ?? []), { use: 'old' as const, ...ins }],
  }
  const moved = await admin.put(`/Patient${query(ins)}`, both)
  t.equal(verdict(moved), '200')
  t.equal(moved.headers.etag, 'W/"2"')
  t.match(moved.headers.location, record.id)
  t.ok(await record.push(), 'by the old matricule')
  t.equal(verdict(await app.as(hospital).post('', provideBundle({ ins: stranger }))), '200', 'by the new one')
})
