/**
 * Rule D8, the signatures of authors: what is right passes, what is wrong is refused, what is not known is kept and said;
 * and the known ways to make a verifier take something else for signed.
 */
import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { canonicalXml } from '../../src/seal/signature/canonical-xml.ts'
import { chainVerdict } from '../../src/seal/signature/certificate-chain.ts'
import { judgeSignature, type Signable } from '../../src/seal/signature/judge-signature.ts'
import { mayHoldSignature, readSignatures } from '../../src/seal/signature/read-signatures.ts'
import { signerOf } from '../../src/seal/signature/signer.ts'
import { testApp } from '../support/app.ts'
import { freshUniqueId, fullUrls, provideBundle } from '../support/builders.ts'
import { type TestCertificate, testCertificate } from '../support/certificates.ts'
import { verdict } from '../support/http-client.ts'
import { gp, hospital, matricule, practitioner } from '../support/personas.ts'
import { openTestRecord } from '../support/record.ts'
import { enveloped, jades, type Reference, type SignedBy, xadesManifest } from '../support/signatures.ts'
import { defaultAuthor, syntheticCda } from '../support/synthetic-cda.ts'

const authority = testCertificate('Autorité de test')
const signer = testCertificate(practitioner(9), authority)
const stranger = testCertificate(practitioner(9))
const letter = Buffer.from('<letter xmlns="urn:test">À signer</letter>')
const anchors = [new X509Certificate(authority.pem)]
const sha256 = async (bytes: Buffer) =>
  (await import('node:crypto')).createHash('sha256').update(bytes).digest()

async function signable(uri: string, bytes: Buffer): Promise<Signable> {
  return {
    id: uri,
    uri,
    sha256: await sha256(bytes),
    size: bytes.length,
    async *bytes() {
      yield bytes
    },
  }
}

/** `INDICATION` or `INDICATION/SUB_INDICATION`, and what is signed. */
async function judged(
  text: string,
  contentType = 'text/xml',
  others: readonly (readonly [string, Buffer])[] = [['urn:oid:1.2.3', letter]],
  now = Date.now(),
): Promise<string[]> {
  const bytes = Buffer.from(text)
  const carrier = await signable('self', bytes)
  const found = await Promise.all(
    readSignatures(contentType, bytes).map(async (data) =>
      judgeSignature(data, {
        carrier,
        others: await Promise.all(others.map(([uri, content]) => signable(uri, content))),
        set: 'urn:oid:9.9.9',
        anchors,
        now,
      }),
    ),
  )
  return found.map(({ indication, subIndication, documents }) =>
    [subIndication ? `${indication}/${subIndication}` : indication, ...documents].join(' '),
  )
}

const by: SignedBy = { certificate: signer }
const one: readonly Reference[] = [{ uri: 'urn:oid:1.2.3', bytes: letter }]
const c14n = 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315'

t.test('a document that is claimed twice is digested not even once', async (t) => {
  let read = 0
  const [data] = readSignatures('text/xml', Buffer.from(xadesManifest(by, [...one, ...one])))
  if (!data) return t.fail('no signature')
  t.equal(data.claims.length, 2)
  const other = await signable('urn:oid:1.2.3', letter)
  const watched: Signable = {
    ...other,
    bytes() {
      read++
      return other.bytes()
    },
  }
  const claims = data.claims.map((claim) => ({ ...claim, transform: c14n }))
  const judging = { carrier: other, others: [watched], set: undefined, anchors, now: Date.now() }
  const { indication, subIndication } = await judgeSignature({ ...data, claims }, judging)
  t.same([indication, subIndication, read], ['TOTAL-FAILED', 'FORMAT_FAILURE', 0])
})

t.test('a signature that is right passes', async (t) => {
  const passed = ['TOTAL-PASSED urn:oid:1.2.3']
  t.same(await judged(xadesManifest(by, one)), passed)
  t.same(await judged(xadesManifest(by, one, 'urn:oid:9.9.9')), passed, 'the set itself has no digest')
  const canonical = Buffer.from('<?xml version="1.0"?>\n<letter   xmlns="urn:test"  >À signer</letter>')
  const transformed = [{ uri: 'urn:oid:1.2.3', bytes: letter, transform: `${c14n}#WithComments` }]
  t.same(await judged(xadesManifest(by, transformed), 'text/xml', [['urn:oid:1.2.3', canonical]]), passed)
  t.same(await judged(enveloped(by, '<?xml version="1.0"?>\n<letter xmlns="urn:test">texte</letter>')), [
    'TOTAL-PASSED self',
  ])
  t.same(await judged(jades(by, one), 'application/jose'), passed)
  const [header, , value] = jades(by, one).split('.')
  t.same(
    await judged(JSON.stringify({ protected: header, signature: value }), 'application/jose+json'),
    passed,
  )
  const encoded = [{ uri: 'urn:oid:1.2.3', bytes: Buffer.from(letter.toString('base64url')) }]
  t.same(await judged(jades(by, encoded, { b64: true }), 'application/jose'), passed)
})

t.test('what is wrong has failed', async (t) => {
  const other = Buffer.from('another content')
  const wrongKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const manifest = xadesManifest(by, one)
  const cases: readonly (readonly [what: string, text: string, expected: string, type?: string])[] = [
    ['a digest', xadesManifest(by, [{ uri: 'urn:oid:1.2.3', bytes: other }]), 'HASH_FAILURE urn:oid:1.2.3'],
    ['the manifest, changed after', manifest.replace('urn:oid:1.2.3', 'urn:oid:1.2.4'), 'HASH_FAILURE'],
    ['the time, changed after', manifest.replace('10:31:00Z', '10:32:00Z'), 'HASH_FAILURE'],
    ['the key', xadesManifest({ ...by, key: wrongKey }, one), 'SIG_CRYPTO_FAILURE'],
    [
      'whose certificate it is',
      xadesManifest({ ...by, named: stranger }, one),
      'FORMAT_FAILURE urn:oid:1.2.3',
    ],
    ['the XML', manifest.replace('</Manifest>', ''), 'FORMAT_FAILURE'],
    ['a DTD', manifest.replace('?>', '?><!DOCTYPE x [<!ENTITY e "y">]>'), 'FORMAT_FAILURE'],
    [
      'an id twice',
      manifest.replace('</Signature>', '<Object Id="IHEManifest"></Object></Signature>'),
      'FORMAT_FAILURE',
    ],
    [
      'an enveloped document',
      enveloped(by, '<letter xmlns="urn:test">texte</letter>').replace('texte', 'autre'),
      'HASH_FAILURE',
    ],
    ['a JWS', jades({ ...by, key: wrongKey }, one), 'SIG_CRYPTO_FAILURE urn:oid:1.2.3', 'application/jose'],
    [
      'what a JWS signs',
      jades(by, [{ uri: 'urn:oid:1.2.3', bytes: other }]),
      'HASH_FAILURE urn:oid:1.2.3',
      'application/jose',
    ],
    ['no JWS', 'x', 'FORMAT_FAILURE', 'application/jose'],
    [
      'a digest behind that of a document that is not there',
      xadesManifest(by, [
        { uri: 'urn:oid:7.7.7', bytes: letter },
        { uri: 'urn:oid:1.2.3', bytes: other },
      ]),
      'HASH_FAILURE urn:oid:1.2.3',
    ],
  ]
  for (const [what, text, expected, type] of cases)
    t.same(await judged(text, type), [`TOTAL-FAILED/${expected}`], what)
})

t.test('what is not known is not said to be wrong', async (t) => {
  const { sigD } = JSON.parse(Buffer.from(jades(by, one).split('.')[0] ?? '', 'base64url').toString('utf8'))
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#sha1'
  const undetermined = async (what: string, text: string, expected: string, type?: string): Promise<void> =>
    void t.same(await judged(text, type), [`INDETERMINATE/${expected}`], what)
  await undetermined(
    'an unknown authority',
    xadesManifest({ certificate: stranger }, one),
    'NO_CERTIFICATE_CHAIN_FOUND urn:oid:1.2.3',
  )
  await undetermined('SHA-1', xadesManifest({ ...by, digestMethod: sha1 }, one), 'CRYPTO_CONSTRAINTS_FAILURE')
  for (const method of [
    'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
    'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  ])
    await undetermined(
      method,
      xadesManifest({ ...by, signatureMethod: method }, one),
      'CRYPTO_CONSTRAINTS_FAILURE',
    )
  await undetermined(
    'none, in a JWS',
    jades(by, one, { alg: 'none' }),
    'CRYPTO_CONSTRAINTS_FAILURE',
    'application/jose',
  )
  await undetermined(
    'HMAC, in a JWS',
    jades(by, one, { alg: 'HS256' }),
    'CRYPTO_CONSTRAINTS_FAILURE',
    'application/jose',
  )
  for (const word of ['constructor', '__proto__']) {
    await undetermined(word, jades(by, one, { alg: word }), 'CRYPTO_CONSTRAINTS_FAILURE', 'application/jose')
    await undetermined(
      `${word}, of a digest`,
      jades(by, one, { sigD: { ...sigD, hashM: word } }),
      'CRYPTO_CONSTRAINTS_FAILURE urn:oid:1.2.3',
      'application/jose',
    )
    await undetermined(
      `${word}, in a manifest`,
      xadesManifest(by, [{ uri: 'urn:oid:1.2.3', bytes: letter, digestMethod: word }]),
      'CRYPTO_CONSTRAINTS_FAILURE urn:oid:1.2.3',
    )
  }
  const weak = { certificate: testCertificate(practitioner(9), authority, { curve: 'secp256k1' }) }
  await undetermined('a curve that is not taken', xadesManifest(weak, one), 'CRYPTO_CONSTRAINTS_FAILURE')
  await undetermined(
    'such a curve, in a JWS',
    jades(weak, one),
    'CRYPTO_CONSTRAINTS_FAILURE',
    'application/jose',
  )
  await undetermined(
    'a JWS that brings what it signs',
    jades(by, one).replace('..', `.${letter.toString('base64url')}.`),
    'SIGNED_DATA_NOT_FOUND',
    'application/jose',
  )
  const large = Buffer.alloc(2 * 1024 * 1024 + 1, 'a')
  const encoded = [{ uri: 'urn:oid:1.2.3', bytes: Buffer.from(large.toString('base64url')) }]
  t.same(await judged(jades(by, encoded, { b64: true }), 'application/jose', [['urn:oid:1.2.3', large]]), [
    'INDETERMINATE/CRYPTO_CONSTRAINTS_FAILURE urn:oid:1.2.3',
  ])
  await undetermined(
    'what is critical and unknown',
    jades(by, one, { crit: ['other'] }),
    'CRYPTO_CONSTRAINTS_FAILURE',
    'application/jose',
  )
  await undetermined(
    'a document that is not there',
    xadesManifest(by, [{ uri: 'urn:oid:7.7.7', bytes: letter }]),
    'SIGNED_DATA_NOT_FOUND',
  )
  await undetermined(
    'a transform that is not made',
    xadesManifest(by, [
      { uri: 'urn:oid:1.2.3', bytes: letter, transform: 'http://www.w3.org/TR/1999/REC-xslt-19991116' },
    ]),
    'CRYPTO_CONSTRAINTS_FAILURE urn:oid:1.2.3',
  )
  await undetermined('nothing of a document', xadesManifest(by, []), 'SIGNED_DATA_NOT_FOUND')
  await undetermined(
    'no certificate',
    xadesManifest(by, one).replace(/<KeyInfo>.*<\/KeyInfo>/, ''),
    'NO_SIGNING_CERTIFICATE_FOUND',
  )
  const inThreeMonths = Date.now() + 90 * 86_400_000
  t.same(await judged(xadesManifest(by, one), 'text/xml', undefined, inThreeMonths), [
    'INDETERMINATE/OUT_OF_BOUNDS_NO_POE urn:oid:1.2.3',
  ])
  // A certificate that came along is no authority, unless one of ours made it so.
  const intermediate = testCertificate('nobody', signer)
  t.same(await judged(xadesManifest({ certificate: testCertificate('x', intermediate) }, one)), [
    'INDETERMINATE/NO_CERTIFICATE_CHAIN_FOUND urn:oid:1.2.3',
  ])
})

t.test('a certificate leads to an authority by name, signature and time, each one of the way', async (t) => {
  const leads = (...[first, ...rest]: readonly [TestCertificate, ...TestCertificate[]]) =>
    chainVerdict(
      new X509Certificate(first.pem),
      rest.map(({ pem }) => new X509Certificate(pem)),
      anchors,
      Date.now(),
    )
  const [none, outside] = ['NO_CERTIFICATE_CHAIN_FOUND', 'OUT_OF_BOUNDS_NO_POE']
  const ca = true
  const delegated = testCertificate('Autorité déléguée', authority, { ca })
  t.equal(leads(signer), 'trusted')
  t.equal(leads(testCertificate('x', delegated), delegated), 'trusted')
  t.equal(leads(testCertificate('x', delegated)), none, 'a link that did not come along')
  t.equal(
    leads(testCertificate('x', { ...stranger, name: authority.name })),
    none,
    'the name, and another key',
  )
  t.equal(leads(testCertificate('x', { ...authority, name: 'Autre' })), none, 'the key, and another name')
  t.equal(leads(testCertificate('x', signer), signer), none, 'signed by who is no authority')
  t.equal(leads(testCertificate('x', authority, { from: -3, until: -1 })), outside, 'over')
  t.equal(leads(testCertificate('x', authority, { from: 1, until: 3 })), outside, 'not begun')
  const former = testCertificate('Autorité d’avant', authority, { from: -3, until: -1, ca })
  t.equal(leads(testCertificate('x', former), former), outside, 'by an authority whose time is over')
  const over = testCertificate('Autorité échue', undefined, { from: -3, until: -1 })
  const [issued, trusted] = [testCertificate('x', over), over].map(({ pem }) => new X509Certificate(pem))
  if (issued && trusted)
    t.equal(chainVerdict(issued, [], [trusted], Date.now()), outside, 'nor by one of ours')
  const links = [delegated]
  for (let i = 1; i <= 5; i++) links.unshift(testCertificate(`Autorité ${i}`, links[0], { ca }))
  t.equal(leads(testCertificate('x', links[1]), ...links.slice(1)), 'trusted', 'five in between')
  t.equal(leads(testCertificate('x', links[0]), ...links), none, 'six are too many')
})

t.test('who signed is read out of the parts of the subject, and not out of their texts', async (t) => {
  const actors = (name: string, surname?: string) =>
    signerOf(new X509Certificate(testCertificate(name, authority, surname ? { surname } : {}).pem)).actors
  const id = practitioner(9)
  t.same(actors(id), [`ps:${id}`])
  t.same(actors(id, 'DUPONT'), [`ps:${id}`], 'two in one part, as the cards of professionals have it')
  for (const text of [`x+CN=${id}`, `x + CN=${id}`, `x\\+CN=${id}`, `x\\ + CN=${id}`, `x\nCN=${id}`])
    t.same(actors(text), [], text)
})

t.test('what is beside the signature is not taken for signed', async (t) => {
  const manifest = xadesManifest(by, [{ uri: 'urn:oid:1.2.3', bytes: letter }])
  // Wrapping: a second manifest, that nobody signed, for another document.
  const forged = manifest.replace(
    '<Object>',
    '<Object><Manifest Id="other"><Reference URI="urn:oid:5.5.5"><DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod><DigestValue>AA==</DigestValue></Reference></Manifest></Object><Object>',
  )
  t.same(
    await judged(forged, 'text/xml', [
      ['urn:oid:1.2.3', letter],
      ['urn:oid:5.5.5', letter],
    ]),
    ['TOTAL-PASSED urn:oid:1.2.3'],
  )
  // A document that was signed, inside another that was not.
  const inner = enveloped(by, '<letter xmlns="urn:test">texte</letter>')
  const [outcome] = await judged(`<outer xmlns="urn:test">${inner}</outer>`)
  t.match(outcome, /^TOTAL-FAILED/)
  t.notMatch(outcome, /self/)
  t.same(await judged('<letter xmlns="urn:test">without</letter>'), [])
  t.equal(mayHoldSignature('application/pdf', 100, Buffer.from('http://www.w3.org/2000/09/xmldsig#')), false)
  t.equal(mayHoldSignature('text/xml', 3_000_000, letter), false, 'too large to be looked at')
})

t.test('what would hold the process for long is not looked into, or has failed', async (t) => {
  const manifest = xadesManifest(by, one)
  const holding = (more: string) => manifest.replace('</Signature>', `<Object>${more}</Object></Signature>`)
  t.same(await judged(holding('<b></b>'.repeat(2_900))), ['TOTAL-PASSED urn:oid:1.2.3'])
  t.same(await judged(holding('<b></b>'.repeat(200_000))), [], 'elements')
  t.same(await judged(holding(`${'<b>'.repeat(200)}${'</b>'.repeat(200)}`)), [], 'depth')
  for (const depth of [200, 5_000, 100_000])
    t.equal(canonicalXml(Buffer.from(`${'<b>'.repeat(depth)}${'</b>'.repeat(depth)}`), c14n), undefined)
  const many = (piece: (n: number) => string, times: number) =>
    Array.from({ length: times }, (_, n) => piece(n)).join('')
  const attributes = many((n) => ` a${n}=""`, 100)
  for (const more of [
    `<b${attributes}></b>`.repeat(2_500),
    '<!-- -->'.repeat(200_000),
    '<?b?>'.repeat(200_000),
  ])
    t.same(await judged(holding(more)), [], 'whatever a search passes by')
  const declared = many((n) => ` xmlns:b${n}="urn:b"`, 20_000)
  for (const root of [`<b${declared}></b>`, `<b>${'<b></b>'.repeat(200_000)}</b>`])
    t.equal(canonicalXml(Buffer.from(root), c14n), undefined)
  t.equal(canonicalXml(Buffer.from(`<b>${'<b></b>'.repeat(40_000)}</b>`), c14n)?.length, 280_007)
  const reference = /<Reference URI="#SP">.*?<\/Reference>/.exec(manifest)?.[0] ?? ''
  const transforms = `<Transforms>${`<Transform Algorithm="${c14n}"></Transform>`.repeat(50)}</Transforms>`
  for (const more of [reference.repeat(50), reference.replace('>', `>${transforms}`)])
    t.same(await judged(manifest.replace(reference, more)), ['TOTAL-FAILED/FORMAT_FAILURE'])
  for (const more of ['<b></b>'.repeat(2_900), 'b'.repeat(1_000_000)])
    t.same(
      await judged(holding(more).replace(reference, reference.repeat(15))),
      ['TOTAL-FAILED/FORMAT_FAILURE'],
      'many references in much',
    )
})

t.test('a lot with its signature: kept, shown, refused when it is wrong', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-anchors-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'authority.pem'), authority.pem)
  await using app = await testApp({ DMP_SIGNATURE_ANCHORS: folder })
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const { ins } = record
  const type = 'https://mos.esante.gouv.fr/NOS/TRE_A12-NomenclatureASTM/FHIR/TRE-A12-NomenclatureASTM'
  const urns = 'https://mos.esante.gouv.fr/NOS/TRE_A10-NomenclatureURN/FHIR/TRE-A10-NomenclatureURN'
  const lot = (sign: (uri: string, bytes: Buffer) => string) => {
    const uniqueId = freshUniqueId()
    const cda = syntheticCda({ ins, uniqueId })
    const bundle = provideBundle({ ins, uniqueId, cda, author: defaultAuthor })
    const signatureBytes = Buffer.from(sign(`urn:oid:${uniqueId}`, cda))
    const second = provideBundle({ ins, cda: signatureBytes, type: 'E1762', typeSystem: type })
    const [, document, binary] = second.entry
    const urlOf = (url: string) => url.replace('aaaaaaaa', 'bbbbbbbb')
    const resource = document.resource
    if (resource?.resourceType !== 'DocumentReference') throw new Error('no document')
    const [content] = resource.content
    if (!content) throw new Error('no content')
    resource.category = [{ coding: [{ system: urns, code: 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1' }] }]
    content.format = { system: urns, code: 'http://www.w3.org/2000/09/xmldsig#' }
    content.attachment.url = urlOf(fullUrls.binary)
    const [set, ...rest] = bundle.entry
    if (set.resource?.resourceType !== 'List') throw new Error('no set')
    set.resource.entry?.push({ item: { reference: urlOf(fullUrls.document) } })
    return {
      ...bundle,
      entry: [
        set,
        ...rest,
        { ...document, fullUrl: urlOf(fullUrls.document) },
        { ...binary, fullUrl: urlOf(fullUrls.binary) },
      ],
    }
  }
  const pushed = await app.as(hospital).post(
    '',
    lot((uri, bytes) => xadesManifest(by, [{ uri, bytes }])),
  )
  t.equal(pushed.status, 200, verdict(pushed))
  const locations: string[] = JSON.parse(pushed.text).entry.map(
    ({ response }: { response: { location: string } }) => response.location,
  )
  const [signed] = locations.filter((each) => each.startsWith('DocumentReference/'))
  const id = signed?.split('/')[1] ?? ''
  type Part = { name: string; part?: Part[] } & Record<string, unknown>
  const signaturesOf = async (documentId: string): Promise<Record<string, unknown>[]> => {
    const answer = await app.as(gp).get(`/DocumentReference/${documentId}/$verify`)
    t.equal(answer.status, 200, verdict(answer))
    const parameters: Part[] = JSON.parse(answer.text).parameter
    t.equal(parameters.find(({ name }) => name === 'verdict')?.valueCode, 'intact')
    return parameters
      .filter(({ name }) => name === 'signature')
      .map(({ part = [] }) =>
        Object.fromEntries(part.map(({ name, part: _, ...value }) => [name, Object.values(value)[0]])),
      )
  }
  t.match(await signaturesOf(id), [
    { forme: 'xades', indication: 'TOTAL-PASSED', signataire: { value: practitioner(9) }, auteur: true },
  ])
  const shown = await app.as(gp).get(`/Provenance/${id}.1`)
  const agents: { type: { coding: { code: string }[] }; who: { identifier?: { value: string } } }[] =
    JSON.parse(shown.text).agent
  const attester = agents.find(({ type }) => type.coding[0]?.code === 'attester')
  t.equal(attester?.who.identifier?.value, practitioner(9))
  const carrier = locations.filter((each) => each.startsWith('DocumentReference/'))[1]?.split('/')[1] ?? ''
  t.equal((await app.as(gp).get(`/DocumentReference/${carrier}`)).status, 404, 'read by no profession')
  t.notMatch(shown.text + JSON.stringify(await signaturesOf(id)), carrier.split('.')[1], 'nor named')

  const before = await app.stored()
  const wrong = await app.as(hospital).post(
    '',
    lot((uri) => xadesManifest(by, [{ uri, bytes: letter }])),
  )
  t.equal(
    verdict(wrong),
    '422 invalid signature-invalide D8 @ Bundle.entry[3].resource.content[0].attachment',
  )
  t.match(wrong.text, 'HASH_FAILURE')
  t.same(await app.stored(), before, 'and nothing was stored')

  const unknown = await app.as(hospital).post(
    '',
    lot((uri, bytes) => xadesManifest({ certificate: stranger }, [{ uri, bytes }])),
  )
  t.equal(unknown.status, 200, verdict(unknown))
  const kept = JSON.parse(unknown.text).entry[1].response.location.split('/')[1]
  t.match(await signaturesOf(kept), [
    { indication: 'INDETERMINATE', 'sous-indication': 'NO_CERTIFICATE_CHAIN_FOUND', auteur: true },
  ])
  await app.query('update seal set verdict = replace(verdict, $1, $2)', ['INDETERMINATE', 'TOTAL-PASSED'])
  const altered = await app.as(gp).get(`/DocumentReference/${kept}/$verify`)
  t.match(altered.text, 'sceau-altere', 'a verdict that was changed is found')
  t.notMatch(altered.text, 'TOTAL-PASSED', 'and not shown')
})

t.test('a signature that comes later, and one inside the CDA that it signs', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-anchors-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'authority.crt'), authority.pem)
  await using app = await testApp({ DMP_SIGNATURE_ANCHORS: folder })
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  const { ins, holder } = record
  const type = 'https://mos.esante.gouv.fr/NOS/TRE_A12-NomenclatureASTM/FHIR/TRE-A12-NomenclatureASTM'
  const urns = 'https://mos.esante.gouv.fr/NOS/TRE_A10-NomenclatureURN/FHIR/TRE-A10-NomenclatureURN'
  const structure = hospital.structureId ?? ''
  const said = async (documentId: string): Promise<string> => {
    const answer = await app.as(holder).get(`/DocumentReference/${documentId}/$verify`)
    t.equal(answer.status, 200, verdict(answer))
    return answer.text
  }

  const uniqueId = freshUniqueId()
  const cda = syntheticCda({ ins, uniqueId, structure })
  const first = await record.push({ uniqueId, cda, structure })
  t.notMatch(await said(first.documentId), '"signature"')
  const signature = (bytes: Buffer) => {
    const bundle = provideBundle({
      ins,
      structure,
      cda: Buffer.from(xadesManifest(by, [{ uri: `urn:oid:${uniqueId}`, bytes }])),
      type: 'E1762',
      typeSystem: type,
    })
    const { resource } = bundle.entry[1]
    const content = resource?.resourceType === 'DocumentReference' ? resource.content[0] : undefined
    if (resource?.resourceType !== 'DocumentReference' || !content) throw new Error('no document')
    resource.category = [{ coding: [{ system: urns, code: 'urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1' }] }]
    content.format = { system: urns, code: 'http://www.w3.org/2000/09/xmldsig#' }
    resource.relatesTo = [{ code: 'signs', target: { reference: `DocumentReference/${first.documentId}` } }]
    return bundle
  }
  const later = await app.as(hospital).post('', signature(cda))
  t.equal(later.status, 200, verdict(later))
  t.match(await said(first.documentId), '"TOTAL-PASSED"')
  t.match(await said(first.documentId), '"intact"')
  const wrong = await app.as(hospital).post('', signature(letter))
  t.match(verdict(wrong), /^422 invalid signature-invalide D8/)
  await app.query('update seal set verdict = $1 where verdict <> $2', ['[]', ''])
  const altered = await said(first.documentId)
  t.match(altered, '"verdict-altere"', 'what was found of it was changed')
  t.notMatch(altered, '"TOTAL-PASSED"')

  const inside = freshUniqueId()
  const plain = syntheticCda({ ins, uniqueId: inside })
  const canonical = canonicalXml(plain, c14n) ?? ''
  const signed = await record.push({ uniqueId: inside, cda: Buffer.from(enveloped(by, canonical)) })
  t.match(await said(signed.documentId), '"TOTAL-PASSED"')
  const broken = enveloped(by, canonical).replace('état général', 'état particulier')
  const refused = await app.as(hospital).post(
    '',
    provideBundle({
      ins,
      uniqueId: freshUniqueId(),
      cda: Buffer.from(broken.replaceAll(inside, `${inside}9`)),
    }),
  )
  t.match(verdict(refused), /^422 /)
})
