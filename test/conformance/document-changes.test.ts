/**
 * What becomes of a document after its deposit, told by the answers alone: labels, archive, deletion, replacement, history;
 * and that whoever may not see it learns nothing by trying.
 * @see docs/policy.md F13 to F17, V1 to V5, V7, D2 to D4, A10, A13
 */
import type { Bundle, DocumentReference, Parameters } from '@medplum/fhirtypes'
import tap from 'tap'
import type { Persona } from '../../src/sandbox/persona.ts'
import { testApp as ownServer, type TestApp } from '../support/app.ts'
import {
  choice,
  type DocumentParts,
  freshUniqueId,
  label,
  type Provided,
  provideBundle,
  publishedDocument,
} from '../support/builders.ts'
import { type HeaderFields, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import {
  aidant,
  auditor,
  gp,
  hospital,
  hospitalId,
  nurse,
  occupationalDoctor,
  otherGp,
  otherHospital,
  practitioner,
  representative,
  secretariat,
} from '../support/personas.ts'
import {
  byIns,
  foundDocuments,
  openTestRecord,
  type PushedDocument,
  pushed,
  type TestRecord,
} from '../support/record.ts'
import { storedTraces } from '../support/stored-traces.ts'
import { defaultAuthor, syntheticCda } from '../support/synthetic-cda.ts'

const { testApp, matricule } = oneServer()

const UNKNOWN = '404 not-found inconnu'
const DAY = 86_400_000
const idOf = ({ nationalId = '' }: Persona): string => nationalId
const archivedUrl = 'https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-ext-is-archived'

/** A doctor of a practice of its own: what it writes nobody else wrote. */
const author: Persona = { ...gp, nationalId: practitioner(20), structureId: '1750000035' }
const airDoctor: Persona = { ...otherGp, authentication: 'INDIRECTE_RENFORCEE' }
const mt: Persona = { ...gp, nationalId: practitioner(21), structureId: '1750000043' }

type Operation = { readonly op: string; readonly path: string; readonly value?: unknown }
const labelZero = (code: string): Operation[] => [
  { op: 'replace', path: '/securityLabel/0', value: label(code) },
]
const status = (value: string): Operation[] => [{ op: 'replace', path: '/status', value }]
const archive = (value: unknown): Operation[] => [
  { op: 'replace', path: `/extension[url:'${archivedUrl}']/valueBoolean`, value },
]
const jsonPatch = { 'content-type': 'application/json-patch+json' }

function parameters(...operations: readonly (readonly [name: string, value: object][])[]): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: operations.map((parts) => ({
      name: 'operation',
      part: parts.map(([name, value]) => ({ name, ...value })),
    })),
  }
}

const replaceByPath = (path: string, value: object): Parameters =>
  parameters([
    ['type', { valueCode: 'replace' }],
    ['path', { valueString: path }],
    ['value', value],
  ])

function patch(
  app: TestApp,
  who: Persona,
  id: string,
  operations: unknown,
  headers: HeaderFields = {},
): Promise<Received> {
  return app.as(who).request('PATCH', `/DocumentReference/${id}`, {
    body: operations,
    headers: { ...jsonPatch, ...headers },
  })
}

async function stored(app: TestApp, id: string): Promise<DocumentReference & { version: number }> {
  const [row] = await app.query<{ body: string; version: number }>(
    `select body, version from document where body like '%"id":"' || $1 || '"%'`,
    [id],
  )
  return { ...(JSON.parse(row?.body ?? '{}') as DocumentReference), version: row?.version ?? 0 }
}

const labelsOf = ({ securityLabel = [] }: DocumentReference): string[] =>
  securityLabel.flatMap(({ coding = [] }) => coding.map(({ code = '' }) => code)).sort()

const isArchived = ({ extension = [] }: DocumentReference): boolean =>
  extension.some(({ url, valueBoolean }) => url === archivedUrl && valueBoolean === true)

/** Everything of an answer but what is new in each. */
function essence({ status, headers, text }: Received): unknown {
  const { date: _, 'x-request-id': __, ...same } = headers
  return { status, headers: same, text }
}

async function opened(app: TestApp, n: number): Promise<TestRecord> {
  const record = await openTestRecord(app, matricule(n))
  for (const who of [author, otherGp, nurse]) await record.choose('autorisation', idOf(who))
  await record.choose('medecin-traitant', idOf(mt))
  return record
}

const byAuthor = { author: idOf(author) } as const

tap.test('every form of a patch comes to the same', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const xml = (path: string, value: string): string =>
    `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="operation"/><part><name value="type"/><valueCode value="replace"/></part><part><name value="path"/><valueString value="${path}"/></part><part><name value="value"/>${value}</part></parameter></Parameters>`
  const { system, code } = label('MASQUE_PS').coding?.[0] ?? {}
  const masking: Readonly<Record<string, { body: unknown; headers?: HeaderFields }>> = {
    'the draft’s label 0': { body: labelZero('MASQUE_PS'), headers: jsonPatch },
    'label 0, its coding alone': {
      body: [{ op: 'replace', path: '/securityLabel/0/coding', value: label('MASQUE_PS').coding }],
      headers: jsonPatch,
    },
    'added at the end': {
      body: [{ op: 'add', path: '/securityLabel/-', value: label('MASQUE_PS') }],
      headers: jsonPatch,
    },
    'the whole list': {
      body: [{ op: 'replace', path: '/securityLabel', value: [label('MASQUE_PS')] }],
      headers: jsonPatch,
    },
    'with a test before it': {
      body: [{ op: 'test', path: '/status', value: 'current' }, ...labelZero('MASQUE_PS')],
      headers: jsonPatch,
    },
    'FHIRPath, label 0': {
      body: replaceByPath('DocumentReference.securityLabel[0]', {
        valueCodeableConcept: label('MASQUE_PS'),
      }),
    },
    'FHIRPath, added': {
      body: parameters([
        ['type', { valueCode: 'add' }],
        ['path', { valueString: 'DocumentReference' }],
        ['name', { valueString: 'securityLabel' }],
        ['value', { valueCodeableConcept: label('MASQUE_PS') }],
      ]),
    },
    'FHIRPath in XML': {
      body: xml(
        'DocumentReference.securityLabel[0]',
        `<valueCodeableConcept><coding><system value="${system}"/><code value="${code}"/></coding></valueCodeableConcept>`,
      ),
      headers: { 'content-type': 'application/fhir+xml' },
    },
  }
  for (const [name, { body, headers = {} }] of Object.entries(masking)) {
    const document = await record.push(byAuthor)
    const answer = await app
      .as(author)
      .request('PATCH', `/DocumentReference/${document.documentId}`, { body, headers })
    t.equal(verdict(answer), '200', name)
    t.equal(answer.headers.etag, 'W/"2"', name)
    const told = resourceOf(answer, 'DocumentReference')
    t.same(labelsOf(told), ['MASQUE_PS', 'N'], `${name}: N stays (V1)`)
    t.equal(told.meta?.versionId, '2', name)
    const { version, ...kept } = await stored(app, document.documentId)
    t.same([version, kept], [2, told], `${name}: as stored`)
    const found = await app
      .as(author)
      .get(`/DocumentReference?${byIns(record.ins)}&security-label=MASQUE_PS&_id=${document.documentId}`)
    t.equal(foundDocuments(found).length, 1, `${name}: found by it`)
    const back = await patch(app, author, document.documentId, labelZero('N'))
    t.same(labelsOf(resourceOf(back, 'DocumentReference')), ['N'], `${name}: and back`)
  }
  const archiving: Readonly<Record<string, { body: (to: boolean) => unknown; headers?: HeaderFields }>> = {
    'the draft’s path': { body: (to) => archive(to), headers: jsonPatch },
    'the draft’s path, a text, the search parameter’s URL': {
      body: (to) => [
        {
          op: 'replace',
          path: '/extension[url:"https://interop.esante.gouv.fr/ig/fhir/pdsm/SearchParameter/PDSm-isArchived"]/valueBoolean',
          value: String(to),
        },
      ],
      headers: jsonPatch,
    },
    'RFC 6902': {
      body: (to) => [{ op: 'add', path: '/extension', value: [{ url: archivedUrl, valueBoolean: to }] }],
      headers: jsonPatch,
    },
    FHIRPath: {
      body: (to) =>
        replaceByPath(`DocumentReference.extension.where(url='${archivedUrl}').value`, { valueBoolean: to }),
    },
  }
  for (const [name, { body, headers = {} }] of Object.entries(archiving)) {
    const { documentId } = await record.push(byAuthor)
    for (const to of [true, false]) {
      const answer = await app
        .as(author)
        .request('PATCH', `/DocumentReference/${documentId}`, { body: body(to), headers })
      t.equal(verdict(answer), '200', `${name} ${to}`)
      t.equal(isArchived(resourceOf(answer, 'DocumentReference')), to, `${name} ${to}`)
      const [row] = await app.query<{ archived: boolean }>(
        `select archived from document where body like '%' || $1 || '%'`,
        [documentId],
      )
      t.equal(row?.archived, to, `${name}: in its column`)
      const listed = foundDocuments(
        await app.as(author).get(`/DocumentReference?${byIns(record.ins)}&_id=${documentId}`),
      )
      t.equal(listed.length, to ? 0 : 1, `${name}: left out of a search while archived (D4)`)
    }
  }
  const { documentId } = await record.push(byAuthor)
  const all = await patch(app, author, documentId, [...labelZero('MASQUE_PS'), ...archive(true)])
  const several = resourceOf(all, 'DocumentReference')
  t.same([labelsOf(several), isArchived(several)], [['MASQUE_PS', 'N'], true], 'several at once')
  t.equal((await stored(app, documentId)).version, 2, 'are one version')
})

tap.test('by the uniqueId', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const other = await opened(app, 2)
  const { documentId, uniqueId } = await record.push(byAuthor)
  const identifier = `identifier=${encodeURIComponent(`urn:ietf:rfc:3986|urn:oid:${uniqueId}`)}`
  const ask = (who: Persona, query: string, operations: unknown): Promise<Received> =>
    app.as(who).request('PATCH', `/DocumentReference?${query}`, { body: operations, headers: jsonPatch })
  t.equal(verdict(await ask(author, `${identifier}&${byIns(record.ins)}`, labelZero('MASQUE_PS'))), '200')
  t.equal(verdict(await ask(author, identifier, labelZero('N'))), '200', 'the author names no patient')
  t.equal(verdict(await ask(mt, `${identifier}&patient=${record.id}`, labelZero('MASQUE_PS'))), '200')
  t.equal(verdict(await ask(record.holder, identifier, labelZero('N'))), '200', 'the holder has named one')
  // However it is written: it is one uniqueId (D1).
  const bare = `identifier=${encodeURIComponent(`urn:ietf:rfc:3986|${uniqueId}`)}`
  for (const query of [`${bare}&${byIns(record.ins)}`, bare])
    t.equal(verdict(await ask(author, query, labelZero('N'))), '200', query)
  t.equal((await stored(app, documentId)).version, 5)
  // Of what one did not write, whether it is there or not: the same answer.
  const nowhere = `identifier=${encodeURIComponent('urn:ietf:rfc:3986|urn:oid:1.2.3')}`
  const [one, none] = [await ask(otherGp, identifier, status('x')), await ask(otherGp, nowhere, status('x'))]
  t.equal(verdict(one), '400 required patient-requis')
  t.same(essence(one), essence(none))
  await patch(app, author, documentId, labelZero('MASQUE_PS'))
  const within = `&${byIns(record.ins)}`
  const [hidden, absent] = [
    await ask(otherGp, identifier + within, labelZero('N')),
    await ask(otherGp, nowhere + within, labelZero('N')),
  ]
  t.equal(verdict(hidden), UNKNOWN)
  t.same(essence(hidden), essence(absent))
  t.equal(
    verdict(await ask(mt, `${identifier}&${byIns(other.ins)}`, labelZero('N'))),
    UNKNOWN,
    'of that patient',
  )
  t.equal(verdict(await ask(other.holder, identifier, labelZero('N'))), UNKNOWN)
  for (const query of ['', 'identifier=abc', `${identifier}&${nowhere}`, `${identifier}&status=current`])
    t.equal((await ask(author, query, status('entered-in-error'))).status, 400, query)
  t.equal((await stored(app, documentId)).version, 6, 'nothing of all that was written')
  // A uniqueId stands once in a record, and may stand in two.
  await other.push({ ...byAuthor, uniqueId })
  t.equal(
    verdict(await ask(author, identifier, labelZero('N'))),
    '412 multiple-matches correspondances-multiples',
  )
})

type Case = { readonly who: Persona; readonly expected: Readonly<Record<string, string>> }

tap.test('each change is asked of the right of its transaction (F13 to F17)', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const delegates = [representative(matricule(5), record.ins), aidant(matricule(6), record.ins)] as const
  const changes: Readonly<Record<string, { from: Partial<DocumentParts>; by: Operation[] }>> = {
    mask: { from: {}, by: labelZero('MASQUE_PS') },
    unmask: { from: { labels: ['N', 'MASQUE_PS'] }, by: labelZero('N') },
    hide: { from: {}, by: labelZero('INVISIBLE_PATIENT') },
    show: { from: { labels: ['N', 'INVISIBLE_PATIENT'] }, by: labelZero('N') },
    showLegal: { from: { labels: ['N', 'INVISIBLE_REPRESENTANTS_LEGAUX'] }, by: labelZero('N') },
    archive: { from: {}, by: archive(true) },
    unarchive: { from: { archived: true }, by: archive(false) },
    delete: { from: {}, by: status('entered-in-error') },
  }
  const right = (id: string): string => `403 forbidden droit-fonctionnel ${id}`
  const cases: Readonly<Record<string, Case>> = {
    'the author': {
      who: author,
      expected: {
        mask: '200',
        unmask: '200',
        hide: '200',
        show: '200',
        showLegal: '200',
        archive: '200',
        unarchive: '200',
        delete: '200',
      },
    },
    'another doctor': {
      who: otherGp,
      expected: {
        mask: '200',
        unmask: UNKNOWN,
        hide: right('F15'),
        show: '200',
        showLegal: '200',
        archive: right('F16'),
        unarchive: right('F16'),
        delete: right('F17'),
      },
    },
    'another doctor, by AIR': {
      who: airDoctor,
      expected: {
        mask: '200',
        unmask: UNKNOWN,
        hide: right('F15'),
        show: '200',
        showLegal: '200',
        archive: '200',
        unarchive: '200',
        delete: right('F17'),
      },
    },
    'the médecin traitant': {
      who: mt,
      expected: {
        mask: '200',
        unmask: '200',
        hide: right('F15'),
        show: '200',
        showLegal: '200',
        archive: '200',
        unarchive: '200',
        delete: right('F17'),
      },
    },
    'a nurse': {
      who: nurse,
      expected: {
        mask: '200',
        unmask: UNKNOWN,
        hide: right('F15'),
        show: '200',
        archive: right('F16'),
        delete: right('F17'),
      },
    },
    'the patient': {
      who: record.holder,
      expected: {
        mask: '200',
        unmask: '200',
        hide: right('F15'),
        show: UNKNOWN,
        showLegal: right('F15'),
        archive: right('F16'),
        unarchive: right('F16'),
        delete: right('F17'),
      },
    },
    'a structure that did not write it': {
      who: otherHospital,
      expected: { mask: UNKNOWN, unmask: UNKNOWN, archive: UNKNOWN, delete: UNKNOWN },
    },
    'a secretariat': { who: secretariat, expected: { mask: UNKNOWN, delete: UNKNOWN } },
    'an auditor': { who: auditor, expected: { mask: right('F8'), delete: right('F8') } },
    'one without authorisation': {
      who: gp,
      expected: {
        mask: '403 forbidden autorisation-absente A1',
        delete: '403 forbidden autorisation-absente A1',
      },
    },
    'who says to represent the patient, and does not': {
      who: delegates[0],
      expected: { mask: '403 forbidden representation-absente P2' },
    },
    'who says to help the patient, and does not': {
      who: delegates[1],
      expected: { delete: '403 forbidden representation-absente P2' },
    },
  }
  let asked = 0
  for (const [name, { who, expected }] of Object.entries(cases)) {
    for (const [change, verdictExpected] of Object.entries(expected)) {
      const { from, by } = changes[change] ?? { from: {}, by: [] }
      const { documentId } = await record.push({ ...byAuthor, ...from })
      const before = await app.stored()
      const answer = await patch(app, who, documentId, by)
      t.equal(verdict(answer), verdictExpected, `${name}: ${change}`)
      const after = await app.stored()
      const written = verdictExpected === '200' ? 1 : 0
      t.equal((after.resource_version ?? 0) - (before.resource_version ?? 0), written, `${name}: ${change}`)
      t.equal((await stored(app, documentId)).version, 1 + written, `${name}: ${change}`)
      asked++
    }
  }
  t.ok(asked > 50, `${asked} cases`)

  // A structure deletes what it wrote itself, and nothing else of it.
  const own = await record.push({ ...byAuthor, structure: hospitalId })
  t.equal(verdict(await patch(app, hospital, own.documentId, labelZero('MASQUE_PS'))), right('F13'))
  t.equal(verdict(await patch(app, hospital, own.documentId, status('entered-in-error'))), '200')
  // So does who wrote without an authorisation (A2), even blocked since.
  const mine = await record.push({ author: idOf(gp) })
  t.equal(
    verdict(await patch(app, gp, mine.documentId, labelZero('MASQUE_PS'))),
    '403 forbidden autorisation-absente A1',
  )
  await record.choose('blocage', idOf(gp))
  t.equal(verdict(await patch(app, gp, mine.documentId, status('entered-in-error'))), '200')
  // The occupational doctor changes its own alone.
  await record.choose('autorisation', idOf(occupationalDoctor))
  const his = await record.push({ author: idOf(occupationalDoctor) })
  t.equal(verdict(await patch(app, occupationalDoctor, his.documentId, labelZero('MASQUE_PS'))), '200')
  t.equal(verdict(await patch(app, occupationalDoctor, his.documentId, archive(true))), '200')
  // In an emergency nobody masks; a doctor archives but what the patient wrote.
  const emergency = { 'DMP-Mode-Acces': 'bris_de_glace', 'DMP-Motif': 'patient%20inconscient' }
  const found = await record.push(byAuthor)
  const inEmergency = (by: unknown): Promise<Received> =>
    patch(app, { ...gp, nationalId: practitioner(30) }, found.documentId, by, emergency)
  t.equal(verdict(await inEmergency(labelZero('MASQUE_PS'))), right('F13'))
  const archived = await inEmergency(archive(true))
  t.equal(verdict(archived), '200')
  t.equal(archived.headers['dmp-mode-acces'], 'bris_de_glace', 'and the answer says so (A8)')
})

tap.test('what is unseen is not there to be changed (V7)', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const masked = await record.push({ ...byAuthor, labels: ['N', 'MASQUE_PS'] })
  const denied = await record.push({ ...byAuthor, type: '75496-0' })
  const pending = await record.push({ ...byAuthor, labels: ['N', 'INVISIBLE_PATIENT'] })
  const pairs: readonly (readonly [Persona, PushedDocument])[] = [
    [otherGp, masked],
    [nurse, masked],
    [nurse, denied],
    [record.holder, pending],
    [hospital, masked],
    [otherHospital, masked],
    [gp, masked],
  ]
  const bodies: readonly unknown[] = [
    labelZero('N'),
    status('entered-in-error'),
    archive(true),
    [{ op: 'replace', path: '/type', value: {} }],
    [{ op: 'test', path: '/status', value: 'superseded' }],
    [{ op: 'replace', path: '/nowhere/else', value: 1 }],
    labelZero('nothing'),
    [],
  ]
  let compared = 0
  for (const [who, { documentId }] of pairs) {
    const invented = `${record.id}.${documentId.slice(27, 48)}00000`
    for (const body of bodies) {
      for (const headers of [{}, { 'if-match': 'W/"7"' }, { prefer: 'return=minimal' }]) {
        const one = await patch(app, who, documentId, body, headers)
        const other = await patch(app, who, invented, body, headers)
        t.ok(one.status === 404 || one.status === 403, `${one.status}`)
        t.same(essence(one), essence(other), JSON.stringify(body))
        compared++
      }
    }
    const [one, other] = [
      await app.as(who).get(`/DocumentReference/${documentId}/_history`),
      await app.as(who).get(`/DocumentReference/${invented}/_history`),
    ]
    t.same(essence(one), essence(other), 'history')
  }
  t.ok(compared > 100)
  // Masking hides it from the one who masks it: the answer does not show it any more, and says which version it is.
  const plain = await record.push(byAuthor)
  const answer = await patch(app, otherGp, plain.documentId, labelZero('MASQUE_PS'))
  t.same([answer.status, answer.text, answer.headers.etag], [200, '', 'W/"2"'])
  t.equal(verdict(await app.as(otherGp).get(`/DocumentReference/${plain.documentId}`)), UNKNOWN)
  t.equal(verdict(await app.as(otherGp).get(`/DocumentReference/${plain.documentId}/_history/1`)), UNKNOWN)
  t.equal(verdict(await app.as(otherGp).get(`/Binary/${plain.binaryId}`)), UNKNOWN)
  t.equal(verdict(await app.as(mt).get(`/DocumentReference/${plain.documentId}`)), '200')
})

tap.test('what a patch may not do', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const { documentId } = await record.push({ ...byAuthor, labels: ['N', 'MASQUE_PS'] })
  const before = await stored(app, documentId)
  const cases: Readonly<Record<string, readonly [unknown, string]>> = {
    type: [
      [{ op: 'replace', path: '/type/coding/0/code', value: '57832-8' }],
      '405 not-supported modification-non-permise @ DocumentReference.type',
    ],
    author: [
      [{ op: 'remove', path: '/author' }],
      '405 not-supported modification-non-permise @ DocumentReference.author',
    ],
    id: [
      [{ op: 'replace', path: '/id', value: 'x' }],
      '405 not-supported modification-non-permise @ DocumentReference.id',
    ],
    description: [
      [{ op: 'add', path: '/description', value: 'x' }],
      '405 not-supported modification-non-permise @ DocumentReference.description',
    ],
    'another extension': [
      [{ op: 'add', path: '/extension', value: [{ url: 'https://example.org/x', valueBoolean: true }] }],
      '405 not-supported modification-non-permise @ DocumentReference.extension',
    ],
    'a tag': [
      [{ op: 'add', path: '/meta/tag', value: [{ code: 'x' }] }],
      '405 not-supported modification-non-permise @ DocumentReference.meta',
    ],
    superseded: [
      status('superseded'),
      '405 not-supported modification-non-permise @ DocumentReference.status',
    ],
    'a label of words': [[{ op: 'replace', path: '/securityLabel', value: 'restricted' }], '422'],
    'an unknown label': [
      labelZero('MASQUE_PSOCIAL'),
      '422 code-invalid etiquette-inconnue V1 @ DocumentReference.securityLabel[0]',
    ],
    'two that exclude each other': [
      labelZero('INVISIBLE_PATIENT'),
      '422 business-rule etiquettes-incompatibles V2 @ DocumentReference.securityLabel',
    ],
    'hiding from representatives': [
      labelZero('INVISIBLE_REPRESENTANTS_LEGAUX'),
      '422 business-rule etiquette-irreversible V5 @ DocumentReference.securityLabel',
    ],
    'R for N': [
      [{ op: 'replace', path: '/securityLabel/0/coding/0/code', value: 'R' }],
      '422 not-supported modification-non-permise @ DocumentReference.securityLabel',
    ],
    'a label and the list at once': [
      [...labelZero('N'), { op: 'remove', path: '/securityLabel/1' }],
      '400 structure patch-forme',
    ],
    'a test that fails': [
      [{ op: 'test', path: '/status', value: 'superseded' }],
      '422 business-rule patch-test',
    ],
    'no patch': [{ status: 'x' }, '400 structure type-attendu'],
    'no operation': [[{ op: 'change', path: '/status' }], '400 structure patch-forme'],
    'too many': [Array.from({ length: 51 }, () => status('current')[0]), '413 too-long trop-long'],
  }
  for (const [name, [body, expected]] of Object.entries(cases)) {
    const answer = await patch(app, author, documentId, body)
    t.equal(expected === '422' ? String(answer.status) : verdict(answer), expected, name)
  }
  t.equal(
    verdict(
      await patch(app, author, documentId, '<diff/>', { 'content-type': 'application/xml-patch+xml' }),
    ).slice(0, 3),
    '415',
  )
  t.same(await stored(app, documentId), before, 'and nothing was changed')

  t.equal(
    verdict(await patch(app, author, documentId, labelZero('N'), { 'if-match': 'W/"2"' })),
    '412 conflict version-perimee',
  )
  const same = await patch(app, author, documentId, labelZero('MASQUE_PS'), { 'if-match': 'W/"1"' })
  t.same([same.status, same.headers.etag], [200, 'W/"1"'], 'what changes nothing is no new version')
  t.equal((await stored(app, documentId)).version, 1)
  const minimal = await patch(app, author, documentId, labelZero('N'), {
    'if-match': 'W/"1"',
    prefer: 'return=minimal',
  })
  t.same([minimal.status, minimal.text, minimal.headers.etag], [200, '', 'W/"2"'])
  const outcome = await patch(app, author, documentId, labelZero('MASQUE_PS'), {
    prefer: 'return=OperationOutcome',
  })
  t.equal(resourceOf(outcome, 'OperationOutcome').issue[0]?.severity, 'information')

  const raced = await record.push(byAuthor)
  const answers = await Promise.all(
    Array.from({ length: 12 }, (_, i) =>
      patch(app, author, raced.documentId, i % 2 ? labelZero('MASQUE_PS') : archive(true), {
        'if-match': 'W/"1"',
      }),
    ),
  )
  const after = await stored(app, raced.documentId)
  const [{ count } = { count: 0 }] = await app.query<{ count: number }>(
    `select count(*)::integer as count from resource_version where body like '%' || $1 || '%'`,
    [raced.documentId],
  )
  t.equal(after.version, 2, 'one of those who read version 1 wins')
  t.equal(count, 1)
  t.same([...new Set(answers.map(({ status }) => status))].sort(), [200, 412])
})

tap.test(
  'a closed record has nothing to change (A12), and every attempt leaves its trace (T1)',
  async (t) => {
    await using app = await ownServer()
    const record = await opened(app, 1)
    const { documentId } = await record.push(byAuthor)
    await patch(app, author, documentId, [...labelZero('MASQUE_PS'), ...archive(true)])
    await patch(app, nurse, documentId, labelZero('N'))
    await patch(app, otherGp, (await record.push(byAuthor)).documentId, archive(true))
    const traced = await storedTraces(app.engine.db, 'change-document')
    const own = documentId.slice(27)
    t.same(
      traced.map(({ status, rules }) => [status, rules.some((rule) => rule === 'F13' || rule === 'F16')]),
      [
        [200, true],
        [404, false],
        [403, true],
      ],
    )
    t.same(traced[0]?.entities, [`DocumentReference/${own}/2`])
    t.same(traced[1]?.entities, [], 'what was not seen is not named')
    await app.query(`update record set status = 'closed', closed_at = now()`)
    const [one, other] = [
      await patch(app, author, documentId, labelZero('N')),
      await patch(app, author, `${documentId.slice(0, 48)}00000`, labelZero('N')),
    ]
    t.equal(verdict(one), '403 suppressed dossier-ferme A12')
    t.same(essence(one), essence(other))
    t.equal((await stored(app, documentId)).version, 2)
  },
)

tap.test('a deleted document (D3)', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const { documentId, binaryId } = await record.push(byAuthor)
  t.equal(verdict(await patch(app, author, documentId, status('entered-in-error'))), '200')
  const search = (more = ''): Promise<Received> =>
    app.as(otherGp).get(`/DocumentReference?${byIns(record.ins)}${more}`)
  t.same(foundDocuments(await search()), [], 'is in no search')
  t.same(
    foundDocuments(await search('&status=entered-in-error')).map(({ id }) => id),
    [documentId],
    'unless asked for',
  )
  for (const who of [otherGp, author, record.holder])
    t.equal(verdict(await app.as(who).get(`/DocumentReference/${documentId}`)), '200', 'still read by its id')
  t.equal(verdict(await app.as(otherGp).get(`/Binary/${binaryId}`)), '200')
  t.equal(
    verdict(await patch(app, author, documentId, labelZero('MASQUE_PS'))),
    '409 conflict document-supprime D3',
  )
  t.equal(
    verdict(await patch(app, author, documentId, status('current'))),
    '405 not-supported modification-non-permise @ DocumentReference.status',
  )
  t.equal(verdict(await patch(app, author, documentId, status('entered-in-error'))), '200', 'again')
  for (const method of ['DELETE', 'PUT'])
    t.equal(
      (await app.as(author).request(method, `/DocumentReference/${documentId}`, { body: {} })).status,
      405,
      method,
    )
  const history = resourceOf(await app.as(otherGp).get(`/DocumentReference/${documentId}/_history`), 'Bundle')
  t.same(
    [
      history.type,
      history.total,
      history.entry?.map(({ request, response }) => `${request?.method} ${response?.etag}`),
    ],
    ['history', 2, ['PATCH W/"2"', 'POST W/"1"']],
  )
})

tap.test('history, page by page', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const { documentId } = await record.push(byAuthor)
  for (let i = 0; i < 6; i++) await patch(app, author, documentId, labelZero(i % 2 ? 'N' : 'MASQUE_PS'))
  const path = `/DocumentReference/${documentId}/_history`
  const seen: string[] = []
  let next: string | undefined = `${path}?_count=3`
  while (next !== undefined) {
    const bundle: Bundle = resourceOf(await app.as(author).get(next), 'Bundle')
    seen.push(...(bundle.entry ?? []).map(({ resource }) => resource?.meta?.versionId ?? ''))
    t.equal(bundle.total, 7)
    next = bundle.link?.find(({ relation }) => relation === 'next')?.url
  }
  t.same(seen, ['7', '6', '5', '4', '3', '2', '1'])
  const first = resourceOf(await app.as(author).get(`${path}?_count=3`), 'Bundle')
  const cursor = first.link?.find(({ relation }) => relation === 'next')?.url ?? ''
  t.equal(
    verdict(await app.as(mt).get(cursor)),
    '400 invalid curseur-invalide',
    'a cursor is the caller’s own',
  )
  t.equal(resourceOf(await app.as(author).get(`${path}?_count=0`), 'Bundle').entry, undefined)
  t.equal(resourceOf(await app.as(author).get(`${path}?_since=2100`), 'Bundle').entry, undefined)
  t.equal((await app.as(author).get(`${path}?_sort=x`)).status, 400)
  t.equal(verdict(await app.as(author).get('/DocumentReference/_history')), '400 required patient-requis')
  t.ok([404, 405].includes((await app.as(author).get('/_history')).status), 'of all types there is none')
})

/** The ids of what the entries of an answer name. */
function locationsOf(answer: Received): string[] {
  return (resourceOf(answer, 'Bundle').entry ?? []).map(
    ({ response }) => /^[A-Za-z]+\/([^/]+)\/_history/.exec(response?.location ?? '')?.[1] ?? '',
  )
}

/** The same submission, its document replacing another. */
function replacing(bundle: Provided, target: object): Provided {
  const [set, document, ...rest] = bundle.entry
  return {
    ...bundle,
    entry: [
      set,
      {
        ...document,
        resource: {
          ...(document.resource as DocumentReference),
          relatesTo: [{ code: 'replaces', target }],
        },
      },
      ...rest,
    ] as Provided['entry'],
  }
}

tap.test('replacing (D2)', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const send = (who: Persona, bundle: unknown): Promise<Received> => app.as(who).post('', bundle)
  const parts = { ins: record.ins, ...byAuthor }
  const old = await record.push(byAuthor)
  const uniqueId = freshUniqueId()
  const target = { reference: `DocumentReference/${old.documentId}` }
  const supersede = replaceByPath('DocumentReference.status', { valueCode: 'superseded' })
  const bundle = replacing(provideBundle({ ...parts, uniqueId }), target)
  const withPatch = {
    ...bundle,
    entry: [
      ...bundle.entry,
      { resource: supersede, request: { method: 'PATCH', url: `DocumentReference/${old.documentId}` } },
    ],
  }
  const answer = await send(author, withPatch)
  const fresh = { documentId: locationsOf(answer)[1] ?? '' }
  const patched = resourceOf(answer, 'Bundle').entry?.[3]?.response
  t.same([patched?.status, patched?.etag], ['200 OK', 'W/"2"'], 'the patch entry is answered')
  const [before, after] = [await stored(app, old.documentId), await stored(app, fresh.documentId)]
  t.same([before.status, before.version, before.meta?.versionId], ['superseded', 2, '2'])
  t.equal(after.relatesTo?.[0]?.target.reference, `DocumentReference/${old.documentId}`)
  t.same(
    foundDocuments(await app.as(otherGp).get(`/DocumentReference?${byIns(record.ins)}`)).map(({ id }) => id),
    [fresh.documentId],
    'out of a search',
  )
  t.equal(verdict(await app.as(otherGp).get(`/DocumentReference/${old.documentId}`)), '200', 'readable')

  const counts = await app.stored()
  const again = await send(author, withPatch)
  t.same(
    resourceOf(again, 'Bundle').entry?.map(({ response }) => response?.status),
    ['200 OK', '200 OK', '200 OK', '200 OK'],
  )
  t.same(await app.stored(), counts, 'sent again it stores nothing')

  const second = (target: object): Provided => replacing(provideBundle(parts), target)
  const at = ' @ Bundle.entry[1].resource.relatesTo[0].target'
  t.equal(verdict(await send(author, second(target))), `409 conflict document-remplace D2${at}`)
  const chain = await send(author, second({ reference: `DocumentReference/${fresh.documentId}` }))
  t.equal(verdict(chain), '200', 'the one that replaces it can be replaced')
  // By its uniqueId, and by a condition.
  for (const name of ['identifier', 'condition']) {
    const one = await record.push(byAuthor)
    const value = `urn:oid:${one.uniqueId}`
    const by =
      name === 'identifier'
        ? { identifier: { system: 'urn:ietf:rfc:3986', value } }
        : { reference: `DocumentReference?identifier=urn:ietf:rfc:3986|${value}` }
    t.equal(verdict(await send(author, second(by))), '200', name)
    t.equal((await stored(app, one.documentId)).status, 'superseded', name)
  }

  const theirs = await record.push(byAuthor)
  const theirTarget = { reference: `DocumentReference/${theirs.documentId}` }
  const by = (who: Persona, target: object): Promise<Received> =>
    send(who, replacing(provideBundle({ ins: record.ins, author: idOf(who) }), target))
  t.equal(
    verdict(await by(otherGp, theirTarget)),
    `403 forbidden droit-fonctionnel D2${at}`,
    'not its author',
  )
  const masked = await record.push({ ...byAuthor, labels: ['N', 'MASQUE_PS'] })
  const unseen = await by(otherGp, { reference: `DocumentReference/${masked.documentId}` })
  const invented = await by(otherGp, {
    reference: `DocumentReference/${record.id}.${masked.documentId.slice(27, 48)}00000`,
  })
  t.equal(verdict(unseen), `422 not-found reference-introuvable${at}`)
  t.same(essence(unseen), essence(invented), 'an unseen one is one that is not there')
  const without = await by({ ...gp, nationalId: practitioner(31) }, theirTarget)
  t.equal(verdict(without), `422 not-found reference-introuvable${at}`, 'nor for one without authorisation')
  t.equal(verdict(await by(mt, theirTarget)), '200', 'the médecin traitant is excepted')

  // What hid the old one hides the new one.
  const hidden = await send(author, second({ reference: `DocumentReference/${masked.documentId}` }))
  const heir = resourceOf(hidden, 'Bundle').entry?.[1]?.response
  t.match(JSON.stringify(heir?.outcome), /etiquette-imposee/, 'and the answer says so')
  const heirId = locationsOf(hidden)[1] ?? ''
  t.same(labelsOf(await stored(app, heirId)), ['MASQUE_PS', 'N'])

  const other = await opened(app, 2)
  const elsewhere = await other.push(byAuthor)
  t.equal(
    verdict(await send(author, second({ reference: `DocumentReference/${elsewhere.documentId}` }))),
    `422 not-found reference-introuvable${at}`,
    'of the same record',
  )
  const raced = await record.push(byAuthor)
  const racers = await Promise.all(
    Array.from({ length: 6 }, () =>
      send(author, second({ reference: `DocumentReference/${raced.documentId}` })),
    ),
  )
  t.same(racers.map(verdict).sort(), [
    '200',
    ...Array.from({ length: 5 }, () => `409 conflict document-remplace D2${at}`),
  ])
  // The very same submission, several times at once: stored once, and answered each time.
  const twin = await record.push(byAuthor)
  const same = second({ reference: `DocumentReference/${twin.documentId}` })
  const twins = await Promise.all(Array.from({ length: 6 }, () => send(author, same)))
  t.same(
    twins.map(verdict),
    Array.from({ length: 6 }, () => '200'),
  )
  t.equal(new Set(twins.map((answer) => locationsOf(answer)[1])).size, 1)
  t.equal((await stored(app, twin.documentId)).version, 2)
  // ITI-105.
  const simple = await record.push(byAuthor)
  const published = await app.as(author).post('/DocumentReference', {
    ...publishedDocument(parts),
    relatesTo: [{ code: 'replaces', target: { reference: `DocumentReference/${simple.documentId}` } }],
  })
  t.equal(verdict(published), '201')
  t.equal((await stored(app, simple.documentId)).status, 'superseded')
  const wrong = await record.push(byAuthor)
  const notReplaced = {
    ...provideBundle(parts),
    entry: [
      ...provideBundle(parts).entry,
      { resource: supersede, request: { method: 'PATCH', url: `DocumentReference/${wrong.documentId}` } },
    ],
  }
  t.match(verdict(await send(author, notReplaced)), /^422 business-rule lot-incorrect/)
  // The patch of a version that is no longer, and one that does not fit: told of the entry, and nothing is replaced.
  const withEntry = (resource: object, ifMatch: string): object => ({
    ...replacing(provideBundle(parts), { reference: `DocumentReference/${wrong.documentId}` }),
    entry: [
      ...replacing(provideBundle(parts), { reference: `DocumentReference/${wrong.documentId}` }).entry,
      { resource, request: { method: 'PATCH', url: `DocumentReference/${wrong.documentId}`, ifMatch } },
    ],
  })
  t.equal(
    verdict(await send(author, withEntry(supersede, 'W/"2"'))),
    '412 conflict version-perimee @ Bundle.entry[3].request.ifMatch',
  )
  const add = { name: 'operation', part: [{ name: 'type', valueCode: 'add' }] }
  t.match(
    verdict(await send(author, withEntry({ resourceType: 'Parameters', parameter: [add] }, 'W/"1"'))),
    / @ Bundle\.entry\[3\]\.resource\.parameter\[0\]/,
  )
  const deleting = replaceByPath('DocumentReference.status', { valueCode: 'entered-in-error' })
  t.equal(
    verdict(await send(author, withEntry(deleting, 'W/"1"'))),
    '422 business-rule lot-incorrect @ Bundle.entry[3].resource',
    'a patch does here what a replacement does, and nothing else',
  )
  t.equal((await stored(app, wrong.documentId)).status, 'current')
  t.equal(verdict(await send(author, withEntry(supersede, 'W/"1"'))), '200')
  t.equal((await stored(app, wrong.documentId)).status, 'superseded')
})

tap.test('a secret connection writes and sees a minor’s secrets alone (V5)', async (t) => {
  await using app = await testApp()
  const birthDate = new Date(app.now() - 15 * 365 * DAY).toISOString().slice(0, 10)
  const child = await openTestRecord(app, matricule(1), { birthDate })
  const adult = await openTestRecord(app, matricule(2))
  const secret: Persona = { ...author, secretConnection: true }
  for (const record of [child, adult]) await record.choose('autorisation', idOf(author))
  const cda = (record: TestRecord, uniqueId: string): Buffer<ArrayBufferLike> =>
    syntheticCda({
      ins: record.ins,
      uniqueId,
      author: idOf(author),
      ...(record === child ? { birthTime: birthDate.replaceAll('-', '') } : {}),
    })
  const provide = (record: TestRecord): [string, Provided] => {
    const uniqueId = freshUniqueId()
    return [uniqueId, provideBundle({ ins: record.ins, ...byAuthor, uniqueId, cda: cda(record, uniqueId) })]
  }
  const [uniqueId, bundle] = provide(child)
  const answer = await app.as(secret).post('', bundle)
  const document = pushed(answer, uniqueId)
  t.match(answer.text, /etiquette-imposee/, 'the answer says so')
  t.same(labelsOf(await stored(app, document.documentId)), ['INVISIBLE_REPRESENTANTS_LEGAUX', 'N'])
  const refused = await app.as(secret).post('', provide(adult)[1])
  t.equal(verdict(refused), '422 business-rule connexion-secrete V5 @ Bundle.entry[1].resource.subject')
  const [plainId, plainBundle] = provide(child)
  const plain = pushed(await app.as(author).post('', plainBundle), plainId)
  t.equal(verdict(await app.as(secret).get(`/DocumentReference/${plain.documentId}`)), UNKNOWN)
  t.equal(verdict(await patch(app, secret, plain.documentId, labelZero('MASQUE_PS'))), UNKNOWN)
  t.equal(verdict(await app.as(secret).get(`/DocumentReference/${document.documentId}`)), '200')
  t.equal(verdict(await patch(app, secret, document.documentId, labelZero('N'))), '200', 'shown')
  t.equal(
    verdict(await patch(app, author, document.documentId, labelZero('INVISIBLE_REPRESENTANTS_LEGAUX'))),
    '422 business-rule etiquette-irreversible V5 @ DocumentReference.securityLabel',
    'for ever',
  )
})

tap.test('the patient is told of deposits and changes, and not of what is hidden (A10)', async (t) => {
  await using app = await ownServer()
  const record = await opened(app, 1)
  const notices = async (): Promise<string[]> => {
    const rows = await app.query<{ kind: string }>(
      `select kind from notice where kind in ('depot', 'modification', 'rendu-visible') order by recorded, key`,
    )
    await app.query(`delete from notice where kind in ('depot', 'modification', 'rendu-visible')`)
    return rows.map(({ kind }) => kind)
  }
  const { documentId } = await record.push(byAuthor)
  t.same(await notices(), ['depot'])
  await patch(app, author, documentId, labelZero('MASQUE_PS'))
  t.same(await notices(), ['modification'])
  await patch(app, author, documentId, labelZero('MASQUE_PS'))
  await patch(app, record.holder, documentId, labelZero('N'))
  await patch(app, otherGp, documentId, status('entered-in-error'))
  t.same(await notices(), [], 'not of nothing, of one’s own doing, of what was refused')
  const pending = await record.push({ ...byAuthor, labels: ['N', 'INVISIBLE_PATIENT'] })
  t.same(await notices(), [], 'not of what may not be seen')
  await patch(app, otherGp, pending.documentId, labelZero('N'))
  t.same(await notices(), ['rendu-visible'])
  const old = await record.push({ ...byAuthor, labels: ['N', 'INVISIBLE_PATIENT'] })
  app.advance(32 * DAY)
  t.equal(verdict(await patch(app, author, old.documentId, archive(true))), '200')
  t.same(await notices(), [])
  const late = await record.push(byAuthor)
  app.advance(32 * DAY)
  t.equal(
    verdict(await patch(app, author, late.documentId, labelZero('INVISIBLE_PATIENT'))),
    '422 business-rule annonce-echue V4 @ DocumentReference.securityLabel',
    'after a month nothing is hidden from the patient any more',
  )
  await notices()
  const off = await app
    .as(record.holder)
    .post('/Consent', choice('notification', record.id, { type: 'deny' }))
  t.equal(verdict(off), '201')
  await notices()
  await record.push(byAuthor)
  t.same(await notices(), [], 'nor when the patient wants none')
  const announced = await record.push({ ...byAuthor, labels: ['N', 'INVISIBLE_PATIENT'] })
  await patch(app, author, announced.documentId, labelZero('N'))
  t.same(await notices(), ['rendu-visible'], 'which cannot be turned off')
})

tap.test('the patient’s objection to a document (A13), and default masking (V6)', async (t) => {
  await using app = await testApp()
  const record = await opened(app, 1)
  const uniqueId = freshUniqueId()
  const objection = choice('opposition-alimentation', record.id, { type: 'deny', document: uniqueId })
  t.equal(verdict(await app.as(author).post('/Consent', objection)), '201')
  const bundle = provideBundle({ ins: record.ins, ...byAuthor, uniqueId })
  const before = await app.stored()
  t.equal(
    verdict(await app.as(author).post('', bundle)),
    '409 conflict opposition-alimentation A13 @ Bundle.entry[1].resource.masterIdentifier',
  )
  t.same(await app.stored(), before, 'nothing is stored')
  t.equal(verdict(await app.as(author).post('', provideBundle({ ins: record.ins, ...byAuthor }))), '200')
  const masking = choice('masquage-par-defaut', record.id, { type: 'deny' })
  const chosen = await app.as(record.holder).post('/Consent', masking)
  t.equal(verdict(chosen), '201')
  const answer = await app.as(hospital).post('', provideBundle({ ins: record.ins, author: defaultAuthor }))
  t.match(answer.text, /etiquette-imposee/)
  const id = locationsOf(answer)[1] ?? ''
  t.same(labelsOf(await stored(app, id)), ['MASQUE_PS', 'N'])

  const announced = await record.push({ ...byAuthor, labels: ['N', 'INVISIBLE_PATIENT'] })
  t.same(labelsOf(await stored(app, announced.documentId)), ['INVISIBLE_PATIENT', 'N'], 'not both (V2)')
  t.equal(verdict(await patch(app, author, announced.documentId, labelZero('N'))), '200')
  t.same(labelsOf(await stored(app, announced.documentId)), ['MASQUE_PS', 'N'], 'masked once it is shown')
  t.equal(verdict(await app.as(record.holder).get(`/DocumentReference/${announced.documentId}`)), '200')
})
