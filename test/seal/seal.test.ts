/**
 * Seals by themselves: the canonical form against RFC 8785, statements and signatures against jose, keys that are trusted
 * and keys that are not.
 */
import { createHash, createHmac, createPublicKey, generateKeyPairSync, hkdfSync } from 'node:crypto'
import { flattenedVerify, importJWK } from 'jose'
import t from 'tap'
import { canonicalJson, canonicalText } from '../../src/fhir/canonical-json.ts'
import type { Uuid } from '../../src/fhir/id.ts'
import { Decimal, JsonSyntaxError, parseJson, stringifyJson } from '../../src/fhir/json.ts'
import { type Attest, readKeyRing } from '../../src/seal/key-ring.ts'
import { parseProvenanceId, provenance, provenanceId } from '../../src/seal/provenance.ts'
import { publicSealKey, readSealKey, SealKeyError, thumbprint } from '../../src/seal/seal-key.ts'
import { sealChange, sealDeposit, systemAgent } from '../../src/seal/seal-version.ts'
import { createSealer } from '../../src/seal/sealer.ts'
import { openSeals } from '../../src/seal/seals.ts'
import { statementText } from '../../src/seal/statement.ts'
import { withOwner } from '../../src/storage/connection/owner-connection.ts'
import { openDatabase } from '../../src/storage/database.ts'
import { derivedSealKey } from '../../src/wiring/derived-seal-key.ts'
import { testDatabase } from '../support/database.ts'
import fc from '../support/draws.ts'

const key = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
const patientKey = '0198a5e0-0000-7000-8000-000000000001' as Uuid
const document = '0198a5e0-0000-7000-8000-000000000002' as Uuid
const agent = { actor: 'PS', person: 'ps:899700000001', organization: 'st:1750000001', client: 'logiciel' }

t.test('the canonical form is that of RFC 8785', async (t) => {
  // §3.2.2 and §3.2.3 of the RFC.
  const text = String.raw`{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],
    "string":"\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/","literals":[null,true,false]}`
  t.equal(
    canonicalJson(parseJson(text)),
    '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
      String.raw`"string":"€$\u000f\nA'B\"\\\\\"/"}`,
  )
  const keys = parseJson(
    String.raw`{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}`,
  )
  t.same(Object.keys(JSON.parse(canonicalJson(keys))).length, 7)
  t.equal(canonicalJson(keys), '{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}')
  t.equal(canonicalText(text), canonicalJson(parseJson(text)))
  t.equal(canonicalText('{"b":1e400,"a":1.00}'), '{"a":1,"b":1e400}')
  t.throws(() => canonicalText('{'), JsonSyntaxError)
  t.equal(canonicalJson(new Decimal('1.00')), '1')
  t.equal(canonicalJson(new Decimal('1e400')), '1e400')
})

t.test('order-of-members-does-not-matter: one text for one value', async (t) => {
  let shuffled = 0
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 2 }), (object) => {
      const text = JSON.stringify(object)
      if (text.includes('__proto__')) return
      const reversed = JSON.stringify(Object.fromEntries(Object.entries(object).reverse()))
      if (reversed !== text) shuffled++
      t.equal(canonicalJson(parseJson(text)), canonicalJson(parseJson(reversed)))
      // It is JSON of the same value.
      t.same(JSON.parse(canonicalJson(parseJson(text))), JSON.parse(text))
    }),
    { numRuns: 200 },
  )
  t.ok(shuffled > 100, 'not vacuous')
})

t.test('keys are read as PEM and as JWK, and nothing but P-256', async (t) => {
  const own = key()
  const pem = own.export({ type: 'pkcs8', format: 'pem' }).toString()
  const sec1 = own.export({ type: 'sec1', format: 'pem' }).toString()
  const jwk = JSON.stringify(own.export({ format: 'jwk' }))
  for (const text of [pem, sec1, jwk, `\n${pem}\n`])
    t.same(publicSealKey(readSealKey(text)), publicSealKey(own))
  const others = [
    generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }),
    createPublicKey(own).export({ type: 'spki', format: 'pem' }),
    JSON.stringify(createPublicKey(own).export({ format: 'jwk' })),
    '{"kty":"EC"}',
    '{"kty"',
    'secret',
  ]
  for (const text of others) t.throws(() => readSealKey(text.toString()), SealKeyError)
  // RFC 7638 §3 is about an RSA key; for EC its members are crv, kty, x, y.
  const { crv, kty, x, y } = publicSealKey(own)
  const digest = createHash('sha256').update(`{"crv":"${crv}","kty":"${kty}","x":"${x}","y":"${y}"}`)
  t.equal(thumbprint(publicSealKey(own)), digest.digest('base64url'))
})

t.test('the key of a sandbox follows from its master key', async (t) => {
  t.same(publicSealKey(derivedSealKey('a')), publicSealKey(derivedSealKey('a')))
  t.not(publicSealKey(derivedSealKey('a')).x, publicSealKey(derivedSealKey('b')).x)
  const sealer = createSealer(derivedSealKey('a'))
  t.equal(sealer.seal('text').signature.length, 64)
})

t.test('a seal is a detached JWS that jose verifies, and of no other statement', async (t) => {
  const own = key()
  const sealer = createSealer(own)
  const body = '{"resourceType":"DocumentReference","status":"current"}'
  const sha256 = createHash('sha256').update('content').digest()
  const version = { patientKey, id: document, lastUpdated: 1_790_000_000_000, body }
  const set = { id: '0198a5e0-0000-7000-8000-000000000003' as Uuid, body: '{"resourceType":"List"}' }
  const seal = sealDeposit(sealer, { ...version, sha256 }, set, agent, '')
  const resource = JSON.parse(stringifyJson(provenance(patientKey, seal, 'http://test/fhir')))
  const [signature] = resource.signature
  const [header, , value] = Buffer.from(signature.data, 'base64').toString().split('.')
  const payload = signature.extension[0].valueString
  const jws = {
    protected: header ?? '',
    payload: Buffer.from(payload).toString('base64url'),
    signature: value ?? '',
  }
  const publicKey = await importJWK({ ...publicSealKey(own) }, 'ES256')
  const verified = await flattenedVerify(jws, publicKey)
  t.equal(verified.protectedHeader?.kid, sealer.kid)
  t.equal(Buffer.from(verified.payload).toString(), statementText(seal))
  const said = JSON.parse(payload)
  t.match(said, {
    form: 'dmp-seal-1',
    activity: 'depot',
    person: agent.person,
    content: sha256.toString('hex'),
    metadata: createHash('sha256')
      .update('{"resourceType":"DocumentReference","status":"current"}')
      .digest('hex'),
  })
  await t.rejects(
    flattenedVerify({ ...jws, payload: Buffer.from(`${payload} `).toString('base64url') }, publicKey),
  )
  t.same(parseProvenanceId(provenanceId(patientKey, seal)), {
    at: { patientKey, id: document },
    version: 1,
  })
  for (const wrong of [
    '',
    'x',
    resource.id.slice(0, -2),
    `${resource.id}0000000000`,
    `${resource.id.slice(0, -1)}0`,
  ])
    t.equal(parseProvenanceId(wrong), undefined, wrong)
  const change = sealChange(sealer, { ...version, body: '{}' }, { version: 1, body }, 'annonce', systemAgent)
  t.equal(change.version, 2)
  t.same(change.previous, createHash('sha256').update(body).digest())
  t.equal(change.content, null, 'a change does not seal a content it has not seen')
})

const attestWith = (secret: string): Attest => {
  const derived = Buffer.from(hkdfSync('sha256', secret, '', 'test', 32))
  return (text) => createHmac('sha256', derived).update(text).digest('base64url')
}

t.test('a key outlives its use; one that nobody attested is trusted in nothing', async (t) => {
  await using test = await testDatabase()
  const db = openDatabase(test.server, () => undefined)
  await using _ = { [Symbol.asyncDispose]: () => db.close() }
  const [first, second, foreign] = [key(), key(), key()]
  const attest = attestWith('master')
  const before = await openSeals(db, { key: first, anchors: [] }, [attest], 1000)
  const old = before.sealer.seal('statement')
  await openSeals(db, { key: first, anchors: [] }, [attest], 5000)
  const after = await openSeals(db, { key: second, anchors: [] }, [attest], 2000)
  const ring = await after.ring()
  t.equal(ring.since, 1000, 'the first use counts')
  t.equal(ring.check('statement', old), 'genuine')
  t.equal(ring.check('another', old), 'forged')
  t.equal(ring.check('statement', { ...old, kid: after.sealer.kid }), 'forged')
  t.equal(JSON.parse(ring.jwks).keys.length, 2)
  t.notMatch(ring.jwks, /"d"/)
  // Somebody with the owner's rights, who has not the master key.
  const jwk = publicSealKey(foreign)
  await withOwner(test.owner, (client) =>
    client.query("insert into seal_key (kid, attestation, jwk, since) values ($1, 'x', $2, '1970-01-01')", [
      thumbprint(jwk),
      JSON.stringify(jwk),
    ]),
  )
  const there = await before.ring()
  t.equal(there.check('statement', createSealer(foreign).seal('statement')), 'unknown-key')
  t.same(there.foreign, [thumbprint(jwk)])
  t.equal(there.since, 1000, 'nor does it say since when')
  // The master key is changed: with the one before at hand all is attested anew, and stays when that one is gone.
  const next = attestWith('next')
  t.equal((await readKeyRing(db, [next])).check('statement', old), 'unknown-key')
  await openSeals(db, { key: second, anchors: [] }, [next, attest], 3000)
  const renewed = await readKeyRing(db, [next])
  t.equal(renewed.check('statement', old), 'genuine')
  t.equal(renewed.since, 1000)
  t.same(renewed.foreign, [thumbprint(jwk)])
})
