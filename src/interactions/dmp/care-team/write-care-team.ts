/**
 * A care team of the patient: written by the patient, which is the consent, or by a member who is authorised, whose
 * authorisation it then rests on (rule A1). Ends with `status: inactive` or its period; in force for the next request.
 * @see docs/policy.md A1, A3, A5
 */
import type { CareTeam } from '@medplum/fhirtypes'
import { refusal } from '../../../fhir/fhir-error.ts'
import { encodeUuid, formatResourceId, parseResourceId, type Uuid } from '../../../fhir/id.ts'
import { stringifyJson } from '../../../fhir/json.ts'
import { sameContent } from '../../../fhir/same-content.ts'
import type { CareTeamFacts, RecordFacts } from '../../../policy/facts.ts'
import type { Runner } from '../../../storage/database.ts'
import type { StoredVersion } from '../../../storage/documents/read-document.ts'
import { insertResource, replaceResource, writeFacts } from '../../../storage/records/change-record.ts'
import { readResource } from '../../../storage/records/read-resource.ts'
import { lockRecord } from '../../../storage/records/record-facts.ts'
import { insertTraces } from '../../../storage/traces/insert-traces.ts'
import type { Answer } from '../../exchange.ts'
import type { Body, Input } from '../../input.ts'
import { nextVersion } from '../../rest/write/next-version.ts'
import { refuseUnlessMet } from '../../rest/write/preconditions.ts'
import { storedBody } from '../consent/consent-body.ts'
import type { DmpEngine } from '../dmp-engine.ts'
import type { DmpExchange } from '../dmp-exchange.ts'
import { askerOf, permit, unknown } from '../permit.ts'
import { type CareTeamForm, readCareTeam } from './care-team-form.ts'
import { type CareTeamRequest, isMember, notMember, readCareTeamRequest } from './care-team-request.ts'
import { careTeamTerms } from './care-team-terms.ts'

type Addressed = { readonly id: Uuid; readonly ifMatch?: string; readonly ifNoneMatch?: string }

/** Of our own: teams are facts of a record, read at every access. */
export const mostTeams = 20

export async function createCareTeam(
  engine: DmpEngine,
  exchange: DmpExchange,
  sent: Body | undefined,
): Promise<Answer> {
  exchange.trace.asks('CareTeam')
  return settle(engine, exchange, await readCareTeamRequest(engine, exchange, sent, ['active']), undefined)
}

export async function updateCareTeam(
  engine: DmpEngine,
  exchange: DmpExchange,
  { id, body, ifMatch, ifNoneMatch }: Input,
): Promise<Answer> {
  exchange.trace.asks('CareTeam')
  const request = await readCareTeamRequest(engine, exchange, body, ['active', 'inactive'])
  if (request.resource.id !== id) throw refusal('structure', 'id-divergent', { expression: 'CareTeam.id' })
  const at = parseResourceId(id)
  if (at?.patientKey !== request.patientKey) throw unknown()
  return settle(engine, exchange, request, {
    id: at.id,
    ...(ifMatch === undefined ? {} : { ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { ifNoneMatch }),
  })
}

async function settle(
  engine: DmpEngine,
  exchange: DmpExchange,
  request: CareTeamRequest,
  addressed: Addressed | undefined,
): Promise<Answer> {
  const { patientKey } = request
  const id = addressed?.id ?? engine.newId(exchange.now)
  const settled = await engine.db.transaction(async (transaction) => {
    const locked = await lockRecord(transaction, patientKey, askerOf(exchange), 'change')
    const { facts } = permit(engine, exchange, locked, request.action).record
    const before = addressed && (await current(transaction, exchange, patientKey, addressed))
    return write(exchange, transaction, request, facts, id, before)
  })
  exchange.trace.durable = settled.written
  if (!settled.written) exchange.trace.concerns('CareTeam', encodeUuid(id), settled.version)
  return {
    status: addressed ? 200 : 201,
    location: `CareTeam/${formatResourceId({ patientKey, id })}/_history/${settled.version}`,
    etag: `W/"${settled.version}"`,
    lastModified: settled.lastUpdated,
    ...(exchange.prefer === 'minimal' ? {} : { body: settled.body }),
  }
}

async function write(
  exchange: DmpExchange,
  transaction: Runner,
  { resource, form, patientKey, patient, action }: CareTeamRequest,
  facts: RecordFacts,
  id: Uuid,
  before: StoredVersion | undefined,
): Promise<StoredVersion & { readonly written: boolean }> {
  const { now, trace } = exchange
  const team = encodeUuid(id)
  const byPatient = action === 'choose'
  const known = facts.careTeams.find((one) => one.team === team)
  if (before && !byPatient) refuseForeign(exchange, known, before.body)
  const version = (before?.version ?? 0) + 1
  const next = nextVersion(resource, formatResourceId({ patientKey, id }), version, now)
  const body = { ...next, subject: { reference: patient } }
  // The patient who writes what a member wrote consents to it: that is a change.
  const sameConsent = !form.active || known?.byPatient === byPatient
  if (before && sameConsent && sameContent(body, storedBody(before.body)))
    return { ...before, written: false }
  refuseBlocked(facts, form)
  const after = withTeam(facts, { team, members: form.members, until: form.until, byPatient }, form.active)
  trace.concerns('CareTeam', team, version)
  if (exchange.caller.actor !== 'PATIENT')
    trace.owes([{ key: `choix CareTeam/${team}/${version}`, kind: 'choix', recipient: 'patient' }])
  const text = stringifyJson(body)
  const terms = careTeamTerms(form.active ? 'active' : 'inactive', form.members)
  const row = { patientKey, type: 'CareTeam', id, lastUpdated: now, body: text, terms }
  const [replaced] = await Promise.all([
    before ? replaceResource(transaction, row, before.version) : insertResource(transaction, row),
    writeFacts(transaction, after, exchange.now),
    insertTraces(transaction, [trace.row(before ? 200 : 201, '')]),
  ])
  if (replaced === false) throw refusal('conflict', 'conflit-concurrent')
  return { version, lastUpdated: now, body: text, written: true }
}

async function current(
  transaction: Runner,
  exchange: DmpExchange,
  patientKey: Uuid,
  { id, ...conditions }: Addressed,
): Promise<StoredVersion> {
  const found = await readResource(transaction, 'CareTeam', { patientKey, id }, undefined, askerOf(exchange))
  if (!found?.resource) throw unknown()
  refuseUnlessMet(conditions, { version: found.resource.version, method: 'PUT' })
  return found.resource
}

/** What the patient wrote the patient changes; what a member wrote, its members and the patient. */
function refuseForeign(exchange: DmpExchange, known: CareTeamFacts | undefined, body: string): void {
  const members = known?.members ?? membersOf(body)
  if (known?.byPatient || !isMember(exchange, members)) throw notMember(exchange)
}

function membersOf(body: string): CareTeamForm['members'] {
  const form = readCareTeam(storedBody(body) as unknown as CareTeam, ['active', 'inactive'], -Infinity)
  return 'issues' in form ? [] : form.members
}

function refuseBlocked({ blocked }: RecordFacts, { active, members }: CareTeamForm): void {
  if (active && members.some((member) => blocked.includes(member)))
    throw refusal('conflict', 'acteur-bloque', { rule: 'A3', expression: 'CareTeam.participant' })
}

function withTeam(
  facts: RecordFacts,
  { team, members, until, byPatient }: CareTeamFacts,
  active: boolean,
): RecordFacts {
  const others = facts.careTeams.filter((one) => one.team !== team)
  if (!active) return { ...facts, careTeams: others }
  if (others.length >= mostTeams)
    throw refusal('conflict', 'choix-trop-nombreux', { params: { limit: mostTeams } })
  return { ...facts, careTeams: [...others, { team, members, until, byPatient }] }
}
