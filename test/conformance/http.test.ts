/**
 * The HTTP side: tokens, methods, conditional reads, versions, languages, and a CapabilityStatement that says what the
 * routes do.
 * @see docs/api.md "Tokens", "Answers"; https://hl7.org/fhir/R4/http.html
 */
import { connect } from 'node:net'
import Fastify from 'fastify'
import tap from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { createApp } from '../../src/wiring/app.ts'
import { patient, provideBundle } from '../support/builders.ts'
import { testDatabase } from '../support/database.ts'
import { resourceOf, verdict } from '../support/http-client.ts'
import { oneServer } from '../support/one-server.ts'
import { administration, gp, hospital } from '../support/personas.ts'
import { foundDocuments, openTestRecord } from '../support/record.ts'

const { testApp, matricule } = oneServer()

tap.test('tokens: none, bad, expired, of another audience, of too small a scope; a wrong mode', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const path = `/DocumentReference?patient=${record.id}`
  const none = await app.withHeader().get(path)
  t.equal(verdict(none), '401 login jeton-absent')
  t.equal(none.headers['www-authenticate'], 'Bearer realm="dmp"')
  t.equal(verdict(await app.withHeader('Basic YTpi').get(path)), '401 login jeton-absent')
  const token = await app.token(gp)
  for (const bad of ['Bearer x', `Bearer ${token.slice(0, -3)}`, `Bearer ${token} more`]) {
    const answer = await app.withHeader(bad).get(path)
    t.equal(verdict(answer), '401 security jeton-invalide')
    t.match(answer.headers['www-authenticate'], 'error="invalid_token"')
  }
  const foreign = await app.token(gp, { claims: { aud: 'https://other.example' } })
  t.equal(verdict(await app.withHeader(`Bearer ${foreign}`).get(path)), '401 security jeton-invalide')
  const small = app.as(gp, { scope: 'user/Patient.rs' })
  t.equal(verdict(await small.get(path)), '403 forbidden portee-insuffisante')
  const reading = app.as(hospital, { scope: 'system/DocumentReference.rs' })
  t.equal(
    verdict(await reading.post('', provideBundle({ ins: record.ins }))),
    '403 forbidden portee-insuffisante',
    'reading is no writing',
  )
  t.equal(
    verdict(await app.as(gp).get(path, { 'dmp-mode-acces': 'autre' })),
    '400 invalid mode-acces-invalide',
  )
  for (const motive of ['%E9', 'a%0Ab', 'Inconsciente 100%'])
    t.equal(
      verdict(await app.as(gp).get(path, { 'dmp-mode-acces': 'bris_de_glace', 'dmp-motif': motive })),
      '400 invalid motif-illisible',
      'the header at fault is named',
    )
  const used = app.withHeader(`Bearer ${token}`)
  t.equal(verdict(await used.get(path)), '403 forbidden autorisation-absente A1', 'a good one')
  app.advance(400_000)
  t.equal(verdict(await used.get(path)), '401 expired jeton-expire', 'though it was remembered as good')
})

tap.test('ETag and If-None-Match, versions, Location, HEAD', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const { documentId, binaryId, listId } = await record.push()
  const client = app.as(record.holder)
  const paths = [`/DocumentReference/${documentId}`, `/List/${listId}`, `/Patient/${record.id}`]
  for (const path of paths) {
    const read = await client.get(path)
    t.equal(read.headers.etag, 'W/"1"', path)
    t.ok(read.headers['last-modified'])
    t.equal(read.headers['cache-control'], 'no-store')
    t.equal((await client.get(`${path}/_history/1`)).text, read.text, 'vread gives the same bytes')
    for (const version of ['2', '0', '01', 'x', '99999999999']) {
      t.equal(verdict(await client.get(`${path}/_history/${version}`)), '404 not-found inconnu')
    }
    for (const tag of ['W/"1"', '*', 'W/"7", W/"1"']) {
      const unchanged = await client.get(path, { 'if-none-match': tag })
      t.same([unchanged.status, unchanged.bytes.length, unchanged.headers.etag], [304, 0, 'W/"1"'])
    }
    t.equal(verdict(await client.get(path, { 'if-none-match': 'W/"2"' })), '200')
    const head = await client.request('HEAD', path)
    t.same([head.status, head.bytes.length, head.headers.etag], [200, 0, 'W/"1"'])
  }
  const { headers } = await client.get(`/Binary/${binaryId}`)
  t.match(headers.etag, /^"[\w-]{43}"$/, 'the bytes of a document have a strong tag')
  for (const tag of [headers.etag ?? '', `W/${headers.etag}`])
    t.equal((await client.get(`/Binary/${binaryId}`, { 'if-none-match': tag })).status, 304, tag)
  const asBinary = { accept: 'application/fhir+json', 'if-none-match': 'W/"1"' }
  t.equal((await client.get(`/Binary/${binaryId}`, asBinary)).status, 304)
  const created = await app.as(administration).post('/Patient/$ouvrir', patient(matricule(2)))
  t.equal(
    verdict(
      await app
        .as({ actor: 'PATIENT', authentication: 'DIRECTE', ins: matricule(2) })
        .get(created.headers.location ?? ''),
    ),
    '200',
    'Location can be read',
  )
  const minimal = await app
    .as(administration)
    .post('/Patient/$ouvrir', patient(matricule(3)), { prefer: 'return=minimal' })
  t.equal(minimal.status, 201)
})

tap.test('wrong method 405 with Allow, unknown path 404, malformed HTTP 400', async (t) => {
  await using app = await testApp()
  const client = app.as(gp)
  const cases = [
    ['DELETE', '/DocumentReference/x', 'GET, HEAD, PATCH', 405],
    ['PUT', '/DocumentReference/x', 'GET, HEAD, PATCH', 405],
    ['PATCH', '/Consent', 'GET, HEAD, POST', 405],
    ['DELETE', '/Patient', 'GET, HEAD, PUT', 405],
    ['GET', '/DocumentReference/_search', 'POST', 405],
    ['PATCH', '/DocumentReference/_search', 'POST', 405],
    ['PATCH', '/DocumentReference/_history', 'GET, HEAD', 405],
    ['GET', '/DocumentReference/$generate-metadata', 'POST', 405],
    ['PUT', '/Consent/_search', 'POST', 405],
    ['GET', '/Patient/$match', 'POST', 405],
    ['DELETE', '/Patient/$dossiers', 'GET, HEAD', 405],
    ['GET', '/Patient/$rien', undefined, 404],
    ['GET', '/', 'POST', 405],
    ['POST', '/metadata', 'GET, HEAD', 405],
    ['GET', '', 'POST', 405],
    ['OPTIONS', '/Consent', 'GET, HEAD, POST', 405],
    ['GET', '/Observation', undefined, 404],
    ['GET', '/DocumentReference/x/y', undefined, 404],
  ] as const
  for (const [method, path, allow, status] of cases) {
    const answer = await client.request(method, path)
    t.same([answer.status, answer.headers.allow], [status, allow], `${method} ${path}`)
    if (status === 405) {
      t.equal(verdict(answer), '405 not-supported methode-non-permise')
      t.match(answer.text, `Permis : ${allow}`, 'clients show the text, not the header')
    }
  }
  const { port } = new URL(app.base)
  const raw = await new Promise<string>((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), '127.0.0.1', () => socket.write('secret-of-mine\r\n\r\n'))
    socket.setEncoding('utf8').on('data', (chunk) => {
      text += chunk
    })
    socket.on('close', () => resolve(text)).on('error', reject)
  })
  t.match(raw, /^HTTP\/1\.1 400 /)
  t.match(raw, '"resourceType":"OperationOutcome"')
  t.notMatch(app.log(), 'secret-of-mine')
})

tap.test('texts in French, or English for who asks; request and correlation ids', async (t) => {
  await using app = await testApp()
  const client = app.as(gp)
  const text = async (language: string): Promise<string | undefined> =>
    resourceOf(await client.get('/Observation', { 'accept-language': language }), 'OperationOutcome').issue[0]
      ?.details?.text
  t.equal(await text('fr'), 'Aucune ressource de ce nom')
  t.equal(await text('de'), 'Aucune ressource de ce nom')
  t.equal(await text('en-GB,en;q=0.9'), 'No such resource')
  const record = await openTestRecord(app, matricule(40))
  for (const [path, french, english] of [
    ['/DocumentReference?_text=x', 'les récits sont sans index', 'narratives are in no index'],
    ['/DocumentReference?_sort=x', '1 à 3 de date | -date', '1 to 3 of date | -date'],
    ['/DocumentReference?_include=*', 'chaque référence à suivre', 'each reference to follow'],
    ['/AuditEvent?altid=x', 'aucun nom', 'no names'],
    ['/Consent?_sort=date', 'sans _sort', 'without _sort'],
  ] as const) {
    const said = async (language: string): Promise<string> =>
      (await app.as(record.holder).get(`${path}&patient=${record.id}`, { 'accept-language': language })).text
    t.match(await said('fr'), french, 'the reason is in the language of the text')
    t.match(await said('en'), english)
  }
  const named = await client.get('/Observation', {
    'x-request-id': 'request-0001',
    'x-correlation-id': 'c:1',
  })
  t.equal(named.headers['x-request-id'], 'request-0001')
  t.equal(named.headers['x-correlation-id'], 'c:1')
  const strange = await client.get('/Observation', { 'x-request-id': '<script>', 'x-correlation-id': 'a b' })
  t.match(strange.headers['x-request-id'], /^[0-9a-f-]{36}$/)
  t.equal(strange.headers['x-correlation-id'], undefined)
  t.not(
    (await client.get('/Observation')).headers['x-request-id'],
    (await client.get('/Observation')).headers['x-request-id'],
  )
})

tap.test('the CapabilityStatement says what is routed, and every interaction it names answers', async (t) => {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  const answer = await app.withHeader().get('/metadata')
  t.equal(answer.status, 200)
  const [rest] = resourceOf(answer, 'CapabilityStatement').rest ?? []
  t.same(
    rest?.interaction?.map(({ code }) => code),
    ['transaction'],
  )
  const client = app.as(record.holder)
  const ways: Record<string, (type: string) => Promise<number>> = {
    read: async (type) => (await client.get(`/${type}/x`)).status,
    vread: async (type) => (await client.get(`/${type}/x/_history/1`)).status,
    'search-type': async (type) =>
      (await client.get(`/${type}?${type === 'Patient' ? 'identifier' : 'patient'}=x`)).status,
    create: async (type) => (await client.post(`/${type}`, {})).status,
    update: async (type) => (await client.put(`/${type}/x`, {})).status,
    patch: async (type) => (await client.request('PATCH', `/${type}/x`, { body: {} })).status,
    delete: async (type) => (await client.request('DELETE', `/${type}/x`)).status,
    'history-instance': async (type) => (await client.get(`/${type}/x/_history`)).status,
    'history-type': async (type) => (await client.get(`/${type}/_history?patient=x`)).status,
  }
  for (const { type, interaction = [] } of rest?.resource ?? []) {
    for (const { code } of interaction) {
      const way = ways[code]
      if (!way) return t.fail(`${type} ${code}: not known to this test`)
      const status = await way(type)
      t.notOk(status === 405, `${type} ${code} is routed: ${status}`)
    }
    for (const [code, way] of Object.entries(ways)) {
      if (interaction.some((named) => named.code === code) || code === 'vread') continue
      const status = await way(type)
      t.ok(status === 405 || status === 404, `${type} ${code} is not promised, and not there: ${status}`)
    }
  }
  const parameters = rest?.resource?.find(({ type }) => type === 'DocumentReference')?.searchParam ?? []
  t.ok(parameters.length > 10)
  for (const { name = '', type } of parameters) {
    const value = type === 'date' ? '2026' : 'x'
    const query = name === 'patient' ? '' : `&${name}=${value}`
    t.equal(verdict(await client.get(`/DocumentReference?patient=${record.id}${query}`)), '200', name)
  }
  t.equal(foundDocuments(await client.get(`/DocumentReference?patient=${record.id}`)).length, 0)
  t.equal(
    verdict(await app.withHeader().get('/metadata', { accept: 'application/fhir+turtle' })),
    '406 not-supported format-demande',
  )
  const root = app.base.replace('/fhir', '')
  t.same(
    [
      (await app.withHeader().get(`${root}/livez`)).status,
      (await app.withHeader().get(`${root}/readyz`)).status,
    ],
    [200, 200],
  )
  t.equal((await app.withHeader().get('/.well-known/smart-configuration')).status, 200)
})

tap.test('a route that names no interaction cannot be registered', async (t) => {
  await using database = await testDatabase()
  const config = readConfig({
    DMP_ISSUERS: '[{"issuer":"https://i.test","jwksUri":"https://i.test/jwks"}]',
    DMP_MASTER_KEY: 'x'.repeat(32),
    LOG_LEVEL: 'silent',
  })
  const app = await createApp(config, database.server)
  try {
    t.throws(
      () => app.server.get('/fhir/Observation', () => 'open'),
      /GET \/fhir\/Observation names no interaction/,
    )
    t.throws(
      () => app.server.get('/x', { config: { interaction: 'invented' } }, () => 'open'),
      /names no interaction/,
    )
    t.doesNotThrow(() => Fastify().get('/fhir/Observation', () => 'open'), 'it is this server that refuses')
  } finally {
    await app.close()
  }
})
