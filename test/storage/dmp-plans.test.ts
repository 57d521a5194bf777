/**
 * Every statement that requests and jobs of the dmp profile send, recorded from a server at work, is planned on a database of
 * many records as the server plans it: nothing in a plan grows with the number of records. Which indexes each request stands
 * on is written down here; a plan that loses one is seen to be found out.
 *
 * `PLANS_DATABASE_URL=postgresql://…` plans on that database instead, for instance on ten million documents (docs/growth.md).
 */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import tap, { type Test } from 'tap'
import { cloneTable, prepareClones } from '../../scripts/growth/clone-records.ts'
import { masterKeys } from '../../src/content/master-key.ts'
import { aggregateUsage } from '../../src/jobs/aggregate-usage.ts'
import { announcePending } from '../../src/jobs/announce-pending.ts'
import type { Persona } from '../../src/sandbox/persona.ts'
import {
  type ConnectionSettings,
  clientConfig,
  searchConfig,
} from '../../src/storage/connection/connection-settings.ts'
import { advisoryLocks } from '../../src/storage/connection/owner-connection.ts'
import { SERVER_ROLE } from '../../src/storage/schema/roles.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { statementOf } from '../support/claims.ts'
import { SERVER_VARIABLE } from '../support/database.ts'
import { type Client, type Received, resourceOf, verdict } from '../support/http-client.ts'
import { document, lotOf } from '../support/lots.ts'
import { auditor, gp, hospital, matricule, otherGp, practitioner } from '../support/personas.ts'
import { indexesIn, type PlanNode, planFaults } from '../support/plan-faults.ts'
import { receiver, receiverOf } from '../support/receiver.ts'
import { byIns, openTestRecord, type PushedDocument, type TestRecord } from '../support/record.ts'
import { type RelayedStatement, relayTo, type StatementRelay } from '../support/statement-relay.ts'
import { subscription } from '../support/subscription.ts'
import { makeTemplate } from '../support/template-database.ts'
import { startTestPostgres } from '../support/test-postgres.ts'

tap.setTimeout(300_000)

const CLONES = 2_000
const DAY = 86_400_000
const dispatch: Persona = { ...otherGp, nationalId: practitioner(9), regulation: true }
const matching = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'resource',
      resource: {
        resourceType: 'Patient',
        name: [{ family: 'Pat-Trois' }],
        birthDate: '1979-03-28',
        gender: 'female',
      },
    },
  ],
}

type Asked = { readonly name: string; readonly statements: readonly RelayedStatement[] }

tap.test('no plan of the dmp profile grows with the number of records', async (t) => {
  const own = process.env[SERVER_VARIABLE]
  const server =
    own === undefined ? await makeTemplate((await startTestPostgres(process.env)).address) : JSON.parse(own)
  await using relay = await relayTo(server.address)
  process.env[SERVER_VARIABLE] = JSON.stringify({ ...server, address: relay.address })
  try {
    await using to = await receiver()
    await using hub = await receiverOf((_, text) => text)
    await using app = await testApp({
      DMP_SUBSCRIPTION_HOSTS: to.host,
      DMP_NOTICE_WEBHOOK: hub.url,
      DMP_NOTICE_WEBHOOK_SECRET: randomBytes(32).toString('hex'),
    })
    const asked = await askEverything(app, relay, to)
    const database = String((await app.query<{ name: string }>('select current_database() as name'))[0]?.name)
    const owner = new pg.Client({ ...server.address, database })
    await owner.connect()
    try {
      // The server's own job would empty the outbox while plans are made for a full one.
      await owner.query('select pg_advisory_lock($1::bigint)', [advisoryLocks.notices])
      for (const table of await prepareClones(owner, {
        keys: masterKeys(randomBytes(32).toString('hex')),
        clones: CLONES,
        narrowing: [],
      }))
        await cloneTable(owner, table)
      await owner.query('drop schema growth cascade')
      for (const statement of filling) await owner.query(statement)
      await owner.query('analyze')
      const address = process.env.PLANS_DATABASE_URL
        ? { connectionString: process.env.PLANS_DATABASE_URL }
        : { ...server.address, database }
      await checkPlans(t, asked, { ...address, role: SERVER_ROLE, statementTimeoutMs: 60_000 })
    } finally {
      await owner.end()
    }
  } finally {
    if (own === undefined) delete process.env[SERVER_VARIABLE]
    else process.env[SERVER_VARIABLE] = own
  }
})

/** What cloning leaves empty, as full as it may become: a channel that is down, all documents read once. */
const filling = [
  'insert into notice_outbox (patient_key, key) select n.patient_key, n.key from notice n on conflict do nothing',
  `insert into usage_first_reading (patient_key, document, read_at) select d.patient_key, d.id, d.last_updated from document d`,
]

/** Requests of every kind, and the jobs; what each of them sends. */
async function askEverything(
  app: TestApp,
  relay: StatementRelay,
  to: Parameters<typeof subscription>[1],
): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  const step = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const result = await work()
    asked.push({ name, statements: relay.take() })
    return result
  }
  const answered = async (request: Promise<Received>): Promise<Received> => {
    const received = await request
    if (received.status >= 400) throw new Error(verdict(received))
    return received
  }
  const doctor = app.as(gp)
  relay.take()
  const record = await step('open a record', () => openTestRecord(app, matricule(1)))
  const holder = app.as(record.holder)
  await step('authorise', () => record.choose('autorisation', gp.nationalId ?? ''))
  await step('choose a médecin traitant', () => record.choose('medecin-traitant', gp.nationalId ?? ''))
  const subscribed = await step('subscribe', () =>
    answered(holder.post('/Subscription', subscription(record, to))),
  )
  const subscriptionId = resourceOf(subscribed, 'Subscription').id ?? ''
  const pushed = await step('push', () => record.push())
  await step('push again the same', () => record.push({ uniqueId: pushed.uniqueId }))
  await step('push, not yet for the patient', () => record.push({ labels: ['N', 'INVISIBLE_PATIENT'] }))
  for (let i = 0; i < 20; i++) await record.push()
  await step('push a folder', () =>
    answered(
      app
        .as(hospital)
        .post('', lotOf({ ins: record.ins, folders: [{ title: 'Suivi', items: [document(0)] }] })),
    ),
  )
  relay.take()
  const of = `patient=${record.id}`
  const requests: Readonly<Record<string, () => Promise<Received>>> = {
    'find a record (TD0.2)': () =>
      doctor.get(`/Patient?identifier=${byIns(record.ins).slice('patient.identifier='.length)}`),
    read: () => doctor.get(`/DocumentReference/${pushed.documentId}`),
    'read a version': () => doctor.get(`/DocumentReference/${pushed.documentId}/_history/1`),
    retrieve: () => doctor.get(`/Binary/${pushed.binaryId}`),
    'search, newest first': () =>
      doctor.get(`/DocumentReference?${byIns(record.ins)}&status=current&_sort=-date&_count=20`),
    'search by type': () => doctor.get(`/DocumentReference?${of}&type=http://loinc.org|11490-0&_count=20`),
    'search by period': () => doctor.get(`/DocumentReference?${of}&period=ge2020&_count=20`),
    'search in another order': () => doctor.get(`/DocumentReference?${of}&_sort=type,-date&_count=20`),
    'search, the total alone': () => doctor.get(`/DocumentReference?${of}&_summary=count`),
    'search folders': () => doctor.get(`/List?${of}&code=folder&_count=20`),
    'search sets': () => doctor.get(`/List?${of}&code=submissionset&_count=20`),
    'history of a document': () => doctor.get(`/DocumentReference/${pushed.documentId}/_history`),
    'history of a record': () => doctor.get(`/DocumentReference/_history?${of}&_since=2026-01-01T00:00:00Z`),
    'patch a label': () =>
      holder.request('PATCH', `/DocumentReference/${pushed.documentId}`, {
        body: [{ op: 'test', path: '/status', value: 'current' }],
        headers: { 'content-type': 'application/json-patch+json' },
      }),
    traces: () => holder.get(`/AuditEvent?${of}&_count=20`),
    'traces of a time': () => holder.get(`/AuditEvent?${of}&date=ge2026-11-01&date=lt2026-12-01`),
    'traces for an auditor': () => app.as(auditor).get(`/AuditEvent?${of}`),
    'who came': () => holder.get(`/Patient/${record.id}/$acces`),
    'records that authorise me (TD0.4)': () => doctor.get('/Patient/$dossiers?_count=20'),
    choices: () => holder.get(`/Consent?${of}`),
    teams: () => holder.get(`/CareTeam?${of}`),
    seals: () => doctor.get(`/Provenance?target=DocumentReference/${pushed.documentId}`),
    verify: () => doctor.get(`/DocumentReference/${pushed.documentId}/$verify`),
    synthese: () => doctor.get(`/Patient/${record.id}/$synthese`),
    rights: () => doctor.get(`/Patient/${record.id}/$droits`),
    'subscriptions of mine': () => holder.get('/Subscription'),
    'events of a subscription': () => holder.get(`/Subscription/${subscriptionId}/$events`),
    'match by traits': () =>
      app.as(dispatch).post('/Patient/$match', matching, { 'dmp-mode-acces': 'centre_15' }),
    'break the glass': () =>
      app.as(otherGp).get(`/DocumentReference?${of}`, {
        'dmp-mode-acces': 'bris_de_glace',
        'dmp-motif': encodeURIComponent('Patient inconscient aux urgences'),
      }),
    'an absent document': () =>
      doctor.get(`/DocumentReference/${record.id}.${pushed.documentId.slice(27).replace(/./, '1')}`),
    close: () => holder.request('POST', `/Patient/${record.id}/$fermer`),
    reactivate: () => holder.request('POST', `/Patient/${record.id}/$reactiver`),
  }
  for (const [name, request] of Object.entries(requests)) {
    await step(name, () => (name === 'an absent document' ? request() : answered(request())))
  }
  await step('every search parameter', () => everyParameter(app, holder, record, pushed))
  await step('jobs', async () => {
    app.advance(20 * DAY)
    app.startJobs()
    await sleep(3_000)
    // Counted are traces under a checkpoint: these are within seconds, but perhaps not when the job looked.
    for (
      let looks = 0;
      looks < 100 && (await app.query('select from usage_first_reading limit 1')).length === 0;
      looks++
    ) {
      await aggregateUsage(app.engine.db, app.now())
      await sleep(300)
    }
  })
  await step('jobs, a month later', async () => {
    await announcePending(app.engine, app.now() + 20 * DAY)
  })
  // As many as wait at any time, for the plans that follow.
  await record.push({ labels: ['N', 'INVISIBLE_PATIENT'] })
  relay.take()
  return asked
}

/** Every parameter that the server says it finds by, of every type, once. */
async function everyParameter(
  app: TestApp,
  holder: Client,
  record: TestRecord,
  { documentId }: PushedDocument,
): Promise<void> {
  const { rest } = await statementOf(app.withHeader())
  const values: Readonly<Record<string, string>> = {
    'Subscription?status': 'active',
    'List?item': `DocumentReference/${documentId}`,
    'Provenance?target': `DocumentReference/${documentId}`,
  }
  for (const { type = '', searchParam = [] } of rest.resource ?? []) {
    if (type === 'Measure' || type === 'Patient') continue
    for (const { name = '', type: kind } of searchParam) {
      const value = values[`${type}?${name}`]
      const asked = kind === 'reference' && !value ? `${name}:identifier` : name
      const criterion = name === 'patient' ? '' : `&${asked}=${value ?? (kind === 'date' ? '2026' : 'x')}`
      const answer = await holder.get(`/${type}?patient=${record.id}${criterion}`)
      if (answer.status !== 200) throw new Error(`${type}?${name}: ${verdict(answer)}`)
    }
  }
}

/** Planned as the server does, under its own settings and role. */
class Planner implements AsyncDisposable {
  readonly #clients: Readonly<Record<RelayedStatement['planning'], pg.Client>>
  #prepared = 0

  private constructor(clients: Readonly<Record<RelayedStatement['planning'], pg.Client>>) {
    this.#clients = clients
  }

  static async open(settings: ConnectionSettings): Promise<Planner> {
    // Values are not known here: a search that is planned for its own is planned without any.
    const clients = {
      generic: new pg.Client({ ...clientConfig(settings), pipeline: false } as pg.ClientConfig),
      custom: new pg.Client({ ...searchConfig(settings), pipeline: false } as pg.ClientConfig),
    }
    await Promise.all(Object.values(clients).map((client) => client.connect()))
    await clients.custom.query('set plan_cache_mode = force_generic_plan')
    return new Planner(clients)
  }

  async planOf({ text, planning }: RelayedStatement): Promise<PlanNode> {
    const client = this.#clients[planning]
    const name = `p${++this.#prepared}`
    await client.query(`prepare ${name} as ${text}`)
    const count = Math.max(0, ...[...text.matchAll(/\$(\d+)/g)].map(([, n]) => Number(n)))
    const values = count === 0 ? '' : `(${Array.from({ length: count }, () => 'null').join(', ')})`
    const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
      `explain (format json) execute ${name}${values}`,
    )
    const plan = rows[0]?.['QUERY PLAN'][0].Plan
    await client.query(`deallocate ${name}`)
    if (!plan) throw new Error('No plan')
    return plan
  }

  /** Rolled back. */
  async without<T>(index: string, work: () => Promise<T>): Promise<T> {
    const client = this.#clients.generic
    await client.query(`begin; drop index ${index}`)
    try {
      return await work()
    } finally {
      await client.query('rollback')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.#clients).map((client) => client.end()))
  }
}

async function checkPlans(t: Test, asked: readonly Asked[], settings: ConnectionSettings): Promise<void> {
  await using planner = await Planner.open(settings)
  const used: Record<string, readonly string[]> = {}
  for (const { name, statements } of asked) {
    const indexes = new Set<string>()
    for (const statement of statements) {
      const plan = await planner.planOf(statement)
      const faults = planFaults(plan)
      t.same(faults, [], `${name}: ${statement.text.replace(/\s+/g, ' ').slice(0, 400)}`)
      for (const index of indexesIn(plan)) indexes.add(index)
    }
    used[name] = [...indexes].sort()
  }
  t.comment(`indexes of each: ${JSON.stringify(used)}`)
  for (const [name, indexes] of Object.entries(standsOn)) {
    for (const index of indexes) t.ok(used[name]?.includes(index), `${name} stands on ${index}`)
  }
  if (process.env.PLANS_DATABASE_URL === undefined) await checkLosses(t, asked, settings)
}

/** What each request is fast by, beside what the rule of plan-faults.ts asks. */
const standsOn: Readonly<Record<string, readonly string[]>> = {
  'find a record (TD0.2)': ['patient_identifier_pkey', 'record_pkey'],
  read: ['record_pkey', 'document_pkey'],
  retrieve: ['document_binary', 'content_pkey', 'record_key_pkey'],
  'search, newest first': ['patient_identifier_pkey', 'record_pkey', 'document_newest'],
  'history of a record': ['document_change_pkey', 'document_pkey'],
  push: ['patient_identifier_pkey', 'business_identifier_pkey', 'record_key_pkey', 'subscription_topic'],
  'patch a label': ['document_pkey', 'record_pkey'],
  'search folders': ['document_list_pkey', 'folder_item_pkey', 'resource_pkey'],
  'records that authorise me (TD0.4)': ['standing_actor', 'resource_pkey'],
  'match by traits': ['record_traits'],
  seals: ['seal_pkey'],
  'subscriptions of mine': ['subscription_owner'],
  jobs: [
    ...['document_pending', 'audit_writer', 'notice_delivery_due', 'notice_outbox_pkey', 'notice_pkey'],
    ...['subscription_due', 'subscription_event_received', 'usage_first_reading_pkey'],
  ],
}

/** An index that crosses records, and a request that is seen to go astray without it. */
const losses: readonly (readonly [index: string, name: string])[] = [
  ['standing_actor', 'records that authorise me (TD0.4)'],
  ['record_traits', 'match by traits'],
  ['subscription_owner', 'subscriptions of mine'],
  ['document_pending', 'jobs'],
  ['audit_writer', 'jobs'],
  ['notice_delivery_due', 'jobs'],
  ['subscription_due', 'jobs'],
  ['subscription_event_received', 'jobs'],
]

/** This test is able to fail: each index away, for the time of a transaction. */
async function checkLosses(
  t: Test,
  asked: readonly Asked[],
  { role: _, ...asOwner }: ConnectionSettings,
): Promise<void> {
  await using planner = await Planner.open(asOwner)
  for (const [index, name] of losses) {
    const statements = asked.find((each) => each.name === name)?.statements ?? []
    const faults = await planner.without(index, async () => {
      const plans = []
      for (const statement of statements)
        if (statement.planning === 'generic') plans.push(await planner.planOf(statement))
      return plans.flatMap((plan) => planFaults(plan))
    })
    t.not(faults.length, 0, `without ${index}, ${name} is found out`)
  }
}
