/**
 * Rule D8 over HTTP, and against who owns the database: each thing that is altered behind the server's back is found and
 * named, in every version; what is whole is said to be, and what was never sealed too.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flattenedVerify, importJWK, type JWK } from 'jose'
import t from 'tap'
import { packageRoot } from '../../src/asset-path.ts'
import { canonicalJson } from '../../src/fhir/canonical-json.ts'
import { decodeUuid } from '../../src/fhir/id.ts'
import { parseJson } from '../../src/fhir/json.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { label, publishedDocument } from '../support/builders.ts'
import { type Client, verdict } from '../support/http-client.ts'
import { gp, hospital, matricule } from '../support/personas.ts'
import { openTestRecord, type PushedDocument, type TestRecord } from '../support/record.ts'

type Part = { readonly name: string; readonly part?: Part[] } & Record<string, unknown>
type Verified = {
  readonly status: number
  readonly verdict: unknown
  readonly result: unknown
  readonly versions: readonly unknown[]
  /** `code` or `code 2`, of a version. */
  readonly faults: readonly string[]
}

const patchType = { 'content-type': 'application/json-patch+json' }
const masked = [{ op: 'add', path: '/securityLabel/-', value: label('MASQUE_PS') }]

async function verify(client: Client, documentId: string): Promise<Verified> {
  const answer = await client.get(`/DocumentReference/${documentId}/$verify`)
  if (answer.status !== 200)
    return { status: answer.status, verdict: verdict(answer), result: undefined, versions: [], faults: [] }
  const parameters: Part[] = JSON.parse(answer.text).parameter
  const of = (name: string, list: Part[] = parameters) => list.find((each) => each.name === name)
  return {
    status: 200,
    verdict: of('verdict')?.valueCode,
    result: of('result')?.valueBoolean,
    versions: parameters
      .filter(({ name }) => name === 'version')
      .map(({ part }) => of('sceau', part)?.valueCode),
    faults: parameters
      .filter(({ name }) => name === 'anomalie')
      .map(({ part }) => {
        const version = of('version', part)?.valuePositiveInt
        t.type(of('texte', part)?.valueString, 'string')
        return `${of('code', part)?.valueCode}${version === undefined ? '' : ` ${version}`}`
      }),
  }
}

async function withRecord(
  work: (app: TestApp, record: TestRecord, client: Client) => Promise<void>,
): Promise<void> {
  await using app = await testApp()
  const record = await openTestRecord(app, matricule(1))
  await record.choose('autorisation', gp.nationalId ?? '')
  await work(app, record, app.as(record.holder))
}

/** Two versions: a deposit, and what the patient made of it. */
async function changed(record: TestRecord, client: Client): Promise<PushedDocument> {
  const pushed = await record.push()
  const answer = await client.request('PATCH', `/DocumentReference/${pushed.documentId}`, {
    body: masked,
    headers: patchType,
  })
  if (answer.status !== 200) throw new Error(verdict(answer))
  return pushed
}

function keysOf({ documentId }: PushedDocument): readonly [patientKey: string, document: string] {
  const [patientKey, document] = documentId.split('.').map((part) => decodeUuid(part) ?? '')
  return [patientKey ?? '', document ?? '']
}

t.test('whatever made a version, it is sealed', async (t) => {
  await withRecord(async (app, record, client) => {
    const pushed = await changed(record, client)
    t.same(await verify(client, pushed.documentId), {
      status: 200,
      verdict: 'intact',
      result: true,
      versions: ['genuine', 'genuine'],
      faults: [],
    })
    const { ins } = record
    const structure = hospital.structureId ?? ''
    const alone = await app.as(hospital).post('/DocumentReference', publishedDocument({ ins, structure }))
    t.equal(alone.status, 201, verdict(alone))
    const id = JSON.parse(alone.text).id
    t.equal((await verify(client, id)).verdict, 'intact', 'ITI-105')
    const replacement = await record.push({
      structure,
      documentChanges: {
        relatesTo: [{ code: 'replaces', target: { reference: `DocumentReference/${id}` } }],
      },
    })
    t.same((await verify(client, id)).versions, ['genuine', 'genuine'], 'and what it is replaced by')
    t.equal((await verify(client, replacement.documentId)).verdict, 'intact')
    const found = await client.get(`/Provenance?target=DocumentReference/${id}`)
    t.same(
      JSON.parse(found.text).entry.map((entry: { resource: { activity: { coding: { code: string }[] } } }) =>
        entry.resource.activity.coding.map(({ code }) => code),
      ),
      [
        ['remplacement', 'UPDATE'],
        ['depot', 'CREATE'],
      ],
    )
    const hidden = await record.push({ labels: ['N', 'INVISIBLE_PATIENT'] })
    t.equal((await verify(client, hidden.documentId)).status, 404, 'absent while it is not announced')
  })
})

t.test('who sees a document sees its seals, and verifies them with what is published alone', async (t) => {
  await withRecord(async (app, record, client) => {
    const pushed = await changed(record, client)
    const published = await app.withHeader().get('/.well-known/dmp-seal-keys.json')
    t.equal(published.status, 200)
    t.match(published.headers['content-type'], /^application\/jwk-set\+json/)
    const jwks: { keys: JWK[] } = JSON.parse(published.text)
    t.equal(jwks.keys.length, 1)
    for (const version of [1, 2]) {
      const path = `/DocumentReference/${pushed.documentId}/_history/${version}`
      const [metadata, answer] = await Promise.all([
        client.get(path),
        client.get(`/Provenance/${pushed.documentId}.${version}`),
      ])
      t.equal(answer.status, 200, verdict(answer))
      const { target, signature, agent, recorded } = JSON.parse(answer.text)
      t.equal(`/${target[0].reference}`, path)
      const [head, , value] = Buffer.from(signature[0].data, 'base64').toString().split('.')
      const payload = signature[0].extension[0].valueString
      const { kid } = JSON.parse(Buffer.from(head ?? '', 'base64url').toString())
      const jwk = jwks.keys.find((each) => each.kid === kid)
      if (!jwk) throw new Error('no key')
      await flattenedVerify(
        {
          protected: head ?? '',
          payload: Buffer.from(payload).toString('base64url'),
          signature: value ?? '',
        },
        await importJWK(jwk),
      )
      const said = JSON.parse(payload)
      const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
      t.equal(said.metadata, sha256(canonicalJson(parseJson(metadata.text))))
      t.equal(said.text, sha256(metadata.text), 'the very text that is served')
      t.equal(said.recorded, recorded)
      t.equal(said.document, path.slice(1))
      t.equal(said.activity, version === 1 ? 'depot' : 'modification')
      t.match(
        agent[0].who,
        version === 1
          ? { identifier: { value: hospital.structureId } }
          : { reference: `Patient/${record.id}` },
      )
      if (version === 1) {
        const bytes = await client.request('GET', `/Binary/${pushed.binaryId}`, {
          headers: { accept: 'text/xml' },
        })
        t.equal(said.content, sha256(bytes.text))
      } else {
        t.equal(said.content, undefined)
      }
      const again = await client.get(`/Provenance/${pushed.documentId}.${version}/_history/1`)
      t.equal(again.text, answer.text)
      t.equal((await client.get(`/Provenance/${pushed.documentId}.${version}/_history/2`)).status, 404)
    }
    t.equal((await client.get(`/Provenance/${pushed.documentId}.3`)).status, 404)
    for (const [query, count] of [
      [`target=${pushed.documentId}`, 2],
      [`target=DocumentReference/${pushed.documentId}/_history/2`, 1],
      [`target=${app.base}/DocumentReference/${pushed.documentId}`, 2],
      [`patient=${record.id}`, 2],
      [`patient=${record.id}&recorded=lt2020`, 0],
      [`patient=${record.id}&recorded=ge2020-01-01`, 2],
    ] as const) {
      const found = await client.get(`/Provenance?${query}&_total=accurate`)
      t.equal(found.status, 200, verdict(found))
      t.equal(JSON.parse(found.text).total, count, query)
      t.equal(JSON.parse(found.text).entry?.length ?? 0, count, query)
    }
    const first = JSON.parse((await client.get(`/Provenance?patient=${record.id}&_count=1`)).text)
    const next = first.link.find(({ relation }: { relation: string }) => relation === 'next').url
    const second = JSON.parse((await client.get(next.slice(app.base.length))).text)
    t.same(
      [first, second].map(({ entry }) => entry[0].resource.id),
      [2, 1].map((version) => `${pushed.documentId}.${version}`),
    )
    t.notOk(second.link.some(({ relation }: { relation: string }) => relation === 'next'))
    t.equal((await client.get('/Provenance')).status, 400)
    for (const wrong of [
      'agent=x',
      'target:identifier=x',
      `target=Patient/${record.id}`,
      'target=http://elsewhere/x|',
    ])
      t.equal((await client.get(`/Provenance?patient=${record.id}&${wrong}`)).status, 400, wrong)
  })
})

t.test('the program of docs/seal.md verifies what a client holds, and finds one changed byte', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'dmp-seal-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const text = readFileSync(join(packageRoot(), 'docs', 'seal.md'), 'utf8')
  writeFileSync(join(folder, 'verify.mjs'), /```js[^\n]*\n([\s\S]+?)```/.exec(text)?.[1] ?? '')
  await withRecord(async (app, record, client) => {
    const pushed = await record.push()
    const id = pushed.documentId
    const [keys, provenance, metadata, content] = await Promise.all([
      app.withHeader().get('/.well-known/dmp-seal-keys.json'),
      client.get(`/Provenance/${id}.1`),
      client.get(`/DocumentReference/${id}/_history/1`),
      client.request('GET', `/Binary/${pushed.binaryId}`, { headers: { accept: 'text/xml' } }),
    ])
    const run = (
      changes: Partial<Record<'keys' | 'provenance' | 'metadata' | 'content', string>> = {},
    ): unknown => {
      const texts = {
        keys: keys.text,
        provenance: provenance.text,
        metadata: metadata.text,
        content: content.text,
        ...changes,
      }
      const files = Object.entries(texts).map(([name, value]) => {
        writeFileSync(join(folder, name), value)
        return join(folder, name)
      })
      return execFileSync(process.execPath, [join(folder, 'verify.mjs'), ...files], {
        encoding: 'utf8',
      }).trim()
    }
    t.equal(run(), '{ genuine: true, metadata: true, content: true }')
    t.equal(
      run({ metadata: metadata.text.replace('Lettre', 'Autre') }),
      '{ genuine: true, metadata: false, content: true }',
    )
    t.equal(run({ content: `${content.text} ` }), '{ genuine: true, metadata: true, content: false }')
    t.equal(
      run({ provenance: provenance.text.replace('\\"activity\\":\\"depot', '\\"activity\\":\\"annonce') }),
      '{ genuine: false, metadata: true, content: true }',
    )
  })
})

type Alteration = {
  readonly what: string
  readonly of: (document: string, patientKey: string, other: string) => string
  readonly faults: readonly string[]
  /** Codes that are all of them found, whatever else is. */
  readonly atLeast?: true
}

const where = (document: string) => `document = '${document}'`
const now = (document: string) => `document set body = %s where id = '${document}'`
const sealColumns = [
  ["recorded = recorded + interval '1 second'", 'recorded'],
  ["activity = 'annonce'", 'activity'],
  ["actor = 'PATIENT'", 'actor'],
  ["person = 'ps:899999999999'", 'person'],
  ["organization = 'st:1999999999'", 'organization'],
  ["client = 'autre'", 'client'],
  ["verdict = '{}'", 'verdict'],
  ['signature = set_byte(signature, 5, (get_byte(signature, 5) + 1) % 256)', 'signature'],
] as const

const alterations: readonly Alteration[] = [
  {
    what: 'a word in the current metadata',
    of: (d) => `update ${now(d).replace('%s', `replace(body, 'Lettre', 'Autre')`)}`,
    faults: ['metadonnees-alterees 2'],
  },
  {
    what: 'a space in the current metadata',
    of: (d) => `update ${now(d).replace('%s', `replace(body, '":"current"', '": "current"')`)}`,
    faults: ['texte-altere 2'],
  },
  {
    what: 'the current metadata, no JSON any more',
    of: (d) => `update ${now(d).replace('%s', `'{'`)}`,
    faults: ['metadonnees-alterees 2'],
  },
  {
    what: 'a word in a former version',
    of: (d) => `update resource_version set body = replace(body, 'Lettre', 'Autre') where id = '${d}'`,
    faults: ['metadonnees-alterees 1', 'chaine-rompue 2'],
  },
  {
    what: 'a former version, taken away',
    of: (d) => `delete from resource_version where id = '${d}'`,
    faults: ['version-absente 1'],
  },
  {
    what: 'a former version and its seal, taken away',
    of: (d) =>
      `with gone as (delete from resource_version where id = '${d}') delete from seal where ${where(d)} and version = 1`,
    faults: ['version-absente 1', 'sceau-absent 1'],
  },
  {
    what: 'the newest version, taken back with its seal',
    of: (d) => `with seals as (delete from seal where ${where(d)} and version = 2),
        former as (delete from resource_version where id = '${d}' returning body, last_updated)
      update document set version = 1, masked = false, body = f.body, last_updated = f.last_updated
        from former f where id = '${d}'`,
    faults: ['version-absente 2', 'sceau-absent 2'],
  },
  {
    what: 'the newest version, taken back without its seal',
    of: (d) => `with former as (delete from resource_version where id = '${d}' returning body, last_updated)
      update document set version = 1, masked = false, body = f.body, last_updated = f.last_updated
        from former f where id = '${d}'`,
    faults: ['version-absente 2'],
  },
  {
    what: 'a seal, taken away',
    of: (d) => `delete from seal where ${where(d)} and version = 2`,
    faults: ['sceau-absent 2'],
  },
  {
    what: 'a seal, taken away, and the version dated back to before there were seals',
    of: (d) => `with gone as (delete from seal where ${where(d)} and version = 2)
      update document set last_updated = '2000-01-01T00:00:00Z' where id = '${d}'`,
    faults: ['sceau-absent 2'],
  },
  {
    what: 'all seals, taken away',
    of: (d) => `delete from seal where ${where(d)}`,
    faults: ['sceau-absent 1', 'sceau-absent 2'],
  },
  ...sealColumns.map(([set, name]) => ({
    what: `a seal: ${name}`,
    of: (d: string) => `update seal set ${set} where ${where(d)} and version = 1`,
    faults: ['sceau-altere 1'],
  })),
  {
    what: 'a seal: the digest of the content, after the content',
    of: (d) => `update seal set content = sha256('x') where ${where(d)} and version = 1`,
    faults: ['sceau-altere 1', 'contenu-altere'],
  },
  {
    what: 'a seal: the digest of the metadata, after the metadata',
    of: (
      d,
    ) => `with changed as (update ${now(d).replace('%s', `replace(body, 'Lettre', 'Autre')`)} returning body)
      update seal set text = sha256(convert_to(c.body, 'UTF8')) from changed c where ${where(d)} and version = 2`,
    faults: ['sceau-altere 2'],
  },
  {
    what: 'a seal: another key',
    of: (d) => `update seal set kid = 'another' where ${where(d)} and version = 1`,
    faults: ['cle-inconnue 1'],
  },
  {
    what: 'a seal: that of another document',
    of: (d, _, other) => `update seal s set recorded = o.recorded, metadata = o.metadata, text = o.text,
        content = o.content, signature = o.signature, submission = o.submission, submission_text = o.submission_text
      from seal o where s.${where(d)} and s.version = 1 and o.${where(other)} and o.version = 1`,
    faults: ['sceau-altere 1', 'metadonnees-alterees 1', 'contenu-altere'],
  },
  {
    what: 'a byte of the content',
    of: (d) => `update content c set bytes = set_byte(c.bytes, 40, (get_byte(c.bytes, 40) + 1) % 256)
      from document d where d.id = '${d}' and c.sha256 = d.content_sha256`,
    faults: ['contenu-illisible'],
  },
  {
    what: 'the content, taken away',
    of: (d) => `delete from content c using document d where d.id = '${d}' and c.sha256 = d.content_sha256`,
    faults: ['contenu-illisible'],
  },
  {
    what: 'the content, exchanged for that of another document',
    of: (d, _, other) =>
      `update document d set content_sha256 = o.content_sha256 from document o where d.id = '${d}' and o.id = '${other}'`,
    faults: ['contenu-altere'],
  },
  {
    what: 'the key of the record',
    of: (_, patientKey) => `delete from record_key where patient_key = '${patientKey}'`,
    faults: ['contenu-illisible'],
  },
  {
    what: 'the submission set',
    of: (d) => `update resource r set body = replace(r.body, 'submissionset', 'folder')
      from seal s where s.${where(d)} and s.version = 1 and r.id = s.submission::text`,
    faults: ['lot-altere'],
  },
  {
    what: 'the submission set, taken away',
    of: (d) =>
      `delete from resource r using seal s where s.${where(d)} and s.version = 1 and r.id = s.submission::text`,
    faults: ['lot-altere'],
  },
  ...(
    [
      'masked = false',
      'archived = true',
      "authors = authors || '{ps:899999999999}'",
      "type = 'http://loinc.org|11488-4'",
      "status = 'superseded'",
      'binary_id = gen_random_uuid()',
      "content_type = 'application/pdf'",
      'invisible_legal = true',
    ] as const
  ).map((set) => ({
    what: `a column: ${set}`,
    of: (d: string) => `update document set ${set} where id = '${d}'`,
    faults: ['colonnes-alterees 2'],
  })),
]

t.test('whatever is altered behind the server is found and named', async (t) => {
  await withRecord(async (app, record, client) => {
    const { documentId: other } = await record.push({ cda: undefined as never })
    const [, otherDocument] = keysOf({ documentId: other } as PushedDocument)
    for (const { what, of, faults } of alterations) {
      const pushed = await changed(record, client)
      const [patientKey, document] = keysOf(pushed)
      t.equal((await verify(client, pushed.documentId)).verdict, 'intact', `before: ${what}`)
      const saved = await app.query<{ wrapped: Buffer; master: string }>(
        'select wrapped, master from record_key',
      )
      await app.query(of(document, patientKey, otherDocument))
      const found = await verify(client, pushed.documentId)
      t.same(found.faults, faults, what)
      t.equal(found.verdict, 'altered', what)
      t.equal(found.result, false)
      for (const { wrapped, master } of saved)
        await app.query(
          'insert into record_key (patient_key, wrapped, master) values ($1, $2, $3) on conflict do nothing',
          [patientKey, wrapped, master],
        )
    }
    t.equal((await verify(client, other)).verdict, 'intact', 'and nothing else is said to be')
  })
})

t.test('what was deposited before there were seals is said to be that, and no more', async (t) => {
  await withRecord(async (app, record, client) => {
    const pushed = await record.push()
    const [, document] = keysOf(pushed)
    await app.query('delete from seal')
    t.equal((await verify(client, pushed.documentId)).verdict, 'altered', 'sealing had begun')
    await app.query('delete from seal_key')
    t.same(await verify(client, pushed.documentId), {
      status: 200,
      verdict: 'not-sealed',
      result: false,
      versions: ['before-sealing'],
      faults: [],
    })
    app.advance(60_000)
    const later = (await app.twin()).as(record.holder)
    const path = `/DocumentReference/${pushed.documentId}`
    t.equal(verdict(await later.request('PATCH', path, { body: masked, headers: patchType })), '200')
    const { verdict: whole, versions } = await verify(later, pushed.documentId)
    t.same(
      [whole, versions],
      ['not-sealed', ['before-sealing', 'genuine']],
      'one seal is none of what was before',
    )
    await app.query(`update document set masked = false where id = '${document}'`)
    t.same((await verify(later, pushed.documentId)).faults, ['colonnes-alterees 2'])
  })
})

t.test('a professional who may not see the document verifies nothing', async (t) => {
  await withRecord(async (app, record) => {
    const masked = await record.push({ labels: ['N', 'MASQUE_PS'] })
    const client = app.as(gp)
    const seen = await record.push()
    t.equal((await verify(client, seen.documentId)).verdict, 'intact')
    for (const path of [
      `/DocumentReference/${masked.documentId}/$verify`,
      `/Provenance/${masked.documentId}.1`,
      `/Provenance/${masked.documentId}.1/_history/1`,
    ])
      t.equal((await client.get(path)).status, 404, path)
    const all = JSON.parse((await client.get(`/Provenance?patient=${record.id}&_total=accurate`)).text)
    t.equal(all.total, 1, 'nor counts it')
    t.match(all.entry[0].resource.id, seen.documentId)
  })
})
