/**
 * `$validate`: what would be said of a resource if it were sent, without storing it.
 * @see https://hl7.org/fhir/R4/resource-operation-validate.html
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../../fhir/json.ts'
import {
  type OperationParameters,
  parametersOfQuery,
  readParameters,
  refuseUnknown,
  singleParameter,
  textParameter,
} from '../../../fhir/operation-parameters.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import { readResource } from '../../../storage/resources/read-resources.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { readBody } from '../../read-body.ts'
import type { RestEngine } from '../rest-engine.ts'
import { badValue } from '../result-form.ts'

const KNOWN = ['resource', 'mode', 'profile']
const modes: ReadonlySet<string> = new Set(['create', 'update', 'delete'])

type Asked = { readonly resource: JsonObject | undefined; readonly mode: string; readonly profile: string }

/** Always 200 with an OperationOutcome; its severities tell. @throws FhirError 400 when there is nothing to look at */
export async function validateOperation(
  engine: RestEngine,
  exchange: Exchange,
  input: Input,
): Promise<Answer> {
  exchange.trace.asks(input.type)
  const asked = await readAsked(engine, input)
  const issues = asked.mode === 'delete' ? [] : await faultsOf(engine, input, asked)
  return {
    status: 200,
    body: operationOutcome(issues.length > 0 ? issues : [ALL_OK], exchange.language),
  }
}

const ALL_OK: Issue = { severity: 'information', type: 'informational', error: 'aucun-defaut' }

const UNKNOWN_PROFILE: Issue = { severity: 'error', type: 'not-found', error: 'profil-inconnu' }

async function faultsOf(
  engine: RestEngine,
  input: Input,
  { resource, mode, profile }: Asked,
): Promise<Issue[]> {
  if (!resource) throw refusal('required', 'corps-absent')
  const issues: Issue[] = []
  if (resource.resourceType !== input.type && input.type !== '') {
    issues.push({
      severity: 'error',
      type: 'structure',
      error: 'type-inattendu',
      params: { expected: input.type },
      expression: input.type,
    })
  }
  if (mode === 'update' && typeof resource.id !== 'string')
    issues.push({
      severity: 'error',
      type: 'required',
      error: 'element-requis',
      params: { name: 'id' },
      expression: `${input.type}.id`,
    })
  const asked = profile === '' ? undefined : engine.profiles.profile(profile)
  if (profile !== '' && !asked) issues.push({ ...UNKNOWN_PROFILE, params: { name: profile.slice(0, 200) } })
  const options = { loaded: engine.profiles, profiles: asked ? [asked] : [], warnings: true }
  return [...issues, ...validate(resource, engine.registry, options)]
}

/** The resource as the body, or inside Parameters beside `mode` and `profile`; or the stored one that the URL names. */
async function readAsked(engine: RestEngine, input: Input): Promise<Asked> {
  const inUrl = parametersOfQuery(input.pairs)
  const body = input.body && readBody(engine, input.body)
  const isWrapped = body?.resourceType === 'Parameters' && input.type !== 'Parameters'
  const inBody: OperationParameters = isWrapped ? readParameters(body) : new Map()
  for (const parameters of [inUrl, inBody]) refuseUnknown(parameters, KNOWN)
  const text = (name: string) => textParameter(inBody, name) ?? textParameter(inUrl, name) ?? ''
  const mode = text('mode')
  if (mode !== '' && mode !== 'profile' && !modes.has(mode)) throw badValue('mode', [...modes].join(' | '))
  const sent = isWrapped ? singleParameter(inBody, 'resource')?.resource : body
  const resource = sent ?? (input.id === '' ? undefined : await stored(engine, input))
  return { resource, mode, profile: text('profile') }
}

async function stored(engine: RestEngine, { type, id }: Input): Promise<JsonObject> {
  const found = await readResource(engine.reads, { patientKey: engine.partition, type, id }, engine.reach)
  const resource = found && found.method !== 'DELETE' ? parseJson(found.body) : undefined
  if (!isJsonObject(resource)) throw refusal('not-found', 'inconnu')
  return resource
}
