/**
 * `$validate`: what would be said of a resource if it were sent, without storing it.
 * @see https://hl7.org/fhir/R4/resource-operation-validate.html
 */
import { refusal } from '../../../fhir/fhir-error.ts'
import type { Issue } from '../../../fhir/issue.ts'
import { isJsonObject, type JsonObject, parseJson } from '../../../fhir/json.ts'
import { operationOutcome } from '../../../fhir/outcome.ts'
import { readResource } from '../../../storage/resources/read-resources.ts'
import { validate } from '../../../validation/validate.ts'
import type { Answer, Exchange } from '../../exchange.ts'
import type { Input } from '../../input.ts'
import { readBody } from '../../read-body.ts'
import type { RestEngine } from '../rest-engine.ts'
import { badValue, unknownParameter } from '../result-form.ts'

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
  let mode = ''
  let profile = ''
  for (const [name, value] of input.pairs) {
    if (name === 'mode') mode = value
    else if (name === 'profile') profile = value
    else throw unknownParameter(name, ['resource', 'mode', 'profile', '_format', '_pretty'])
  }
  let resource = input.body && readBody(engine, input.body)
  if (resource?.resourceType === 'Parameters' && input.type !== 'Parameters') {
    const parameters = Array.isArray(resource.parameter) ? resource.parameter.filter(isJsonObject) : []
    const named = (name: string) => parameters.find((parameter) => parameter.name === name)
    const { valueCode, valueString } = named('mode') ?? {}
    const given = valueCode ?? valueString
    if (typeof given === 'string') mode = given
    const { valueUri, valueCanonical } = named('profile') ?? {}
    const url = valueUri ?? valueCanonical
    if (typeof url === 'string') profile = url
    const inner = named('resource')?.resource
    resource = isJsonObject(inner) ? inner : undefined
  }
  if (mode !== '' && mode !== 'profile' && !modes.has(mode)) throw badValue('mode', [...modes].join(' | '))
  if (!resource && input.id !== '') resource = await stored(engine, input)
  return { resource, mode, profile }
}

async function stored(engine: RestEngine, { type, id }: Input): Promise<JsonObject> {
  const found = await readResource(engine.reads, { patientKey: engine.partition, type, id }, engine.reach)
  const resource = found && found.method !== 'DELETE' ? parseJson(found.body) : undefined
  if (!isJsonObject(resource)) throw refusal('not-found', 'inconnu')
  return resource
}
