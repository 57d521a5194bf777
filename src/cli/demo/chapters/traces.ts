/** The patient reads who saw what: a trace for each request of this story that concerned the record (T1, T4). */

import { INTERACTION_SYSTEM } from '../../../audit/forms/coded.ts'
import { practitionerSystem, structureSystem } from '../../../dmp/identity/national-identifiers.ts'
import { ERROR_SYSTEM } from '../../../fhir/error-catalogue.ts'
import { isJsonObject, type JsonValue } from '../../../fhir/json.ts'
import type { Cast } from '../cast.ts'
import { entriesOf } from '../client.ts'
import { StoryMismatch } from '../expectation.ts'
import type { Stage } from '../stage.ts'
import type { Deposited } from './deposit.ts'

type Fields = { readonly [name: string]: JsonValue }

export async function traces(stage: Stage, deposited: Deposited): Promise<void> {
  stage.narrator.chapter('Who saw what')
  const asked = [...stage.traced]
  const reply = await stage.play({
    title: 'The patient reads the traces of the record (T4).',
    as: stage.cast.patient,
    call: {
      method: 'GET',
      path: `/AuditEvent?patient=${deposited.patient.replace('Patient/', '')}&_count=100`,
    },
    expect: { status: 200 },
    meaning: (answer) => {
      const written = new Set(entriesOf(answer.json).map(requestIdOf))
      const missing = asked.filter((id) => !written.has(id)).length
      if (missing > 0) throw new StoryMismatch('traces', `all ${asked.length}`, `${missing} missing`)
      return `All ${asked.length} requests of this story that reached the record are there, refused ones too, each written before its answer left (T2).`
    },
  })
  stage.narrator.line('')
  const ours = entriesOf(reply.json).filter((event) => asked.includes(requestIdOf(event)))
  for (const event of ours.reverse()) stage.narrator.line(`       ${lineOf(event, stage.cast)}`)
}

function lineOf(event: Fields, cast: Cast): string {
  const time = typeof event.recorded === 'string' ? event.recorded.slice(11, 19) : ''
  return `${time}  ${whoIs(event, cast).padEnd(28)} ${whatIs(event).padEnd(18)} ${outcomeOf(event)}`.trimEnd()
}

function whoIs(event: Fields, cast: Cast): string {
  const who = objects(event.agent).find((agent) => agent.requestor === true)?.who
  const display = isJsonObject(who) && typeof who.display === 'string' ? who.display : 'somebody else'
  const identifier = isJsonObject(who) ? who.identifier : undefined
  if (isJsonObject(identifier)) {
    const known = Object.values(cast).find(
      ({ persona }) =>
        (identifier.system === practitionerSystem && persona.nationalId === identifier.value) ||
        (identifier.system === structureSystem &&
          persona.actor === 'STRUCTURE' &&
          persona.structureId === identifier.value),
    )
    return known?.name ?? display
  }
  if (isJsonObject(who) && typeof who.reference === 'string') return cast.patient.name
  return display
}

/** The IHE transaction when it is one, else the interaction and the type of what was shown or written. */
function whatIs(event: Fields): string {
  const all = objects(event.subtype)
  const standard = all.filter(({ system }) => system !== INTERACTION_SYSTEM)
  const codes = (standard.length > 0 ? standard : all).flatMap(({ code }) =>
    typeof code === 'string' ? [code] : [],
  )
  const transaction = codes.find((code) => code.startsWith('ITI-'))
  return transaction ?? [...codes, ...typesOf(event)].join(' ')
}

function typesOf(event: Fields): string[] {
  const types = objects(event.entity).flatMap(({ what }) => {
    const reference = isJsonObject(what) ? what.reference : undefined
    return typeof reference === 'string' && reference.includes('/_history/')
      ? (reference.split('/')[0] ?? [])
      : []
  })
  return types.slice(0, 1)
}

function outcomeOf(event: Fields): string {
  const details = objects(event.entity).flatMap((entity) => objects(entity.detail))
  const error = details.find((detail) => detail.type === ERROR_SYSTEM)?.valueString
  if (typeof error === 'string') return `refused: ${error}`
  return event.outcome === '0' ? 'done' : 'refused'
}

function requestIdOf(event: Fields): string {
  for (const { type, what } of objects(event.entity)) {
    if (!isJsonObject(type) || type.code !== 'XrequestId') continue
    const identifier = isJsonObject(what) ? what.identifier : undefined
    if (isJsonObject(identifier) && typeof identifier.value === 'string') return identifier.value
  }
  return ''
}

function objects(value: JsonValue | undefined): Fields[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : []
}
