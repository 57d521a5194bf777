/**
 * Who calls, and where: `DMP_URL` is the FHIR base (http://127.0.0.1:8080/fhir). A token is `DMP_TOKEN_GP` and so on; where
 * there is none it is asked of the sandbox, which gives anybody's to anybody. In production it comes from Pro Santé Connect
 * or from the issuer that the server's SMART configuration names.
 */
import { readFile } from 'node:fs/promises'
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes'
import { Client, type FhirResource } from 'fhir-kit-client'

export const baseUrl = process.env.DMP_URL ?? 'http://127.0.0.1:8080/fhir'

export type Persona = 'administration' | 'hospital' | 'author' | 'gp' | 'patient'

export async function connect(persona: Persona): Promise<Client> {
  const bearerToken = await tokenOf(persona)
  return new Client({ baseUrl, bearerToken, customHeaders: { 'accept-language': 'en' } })
}

export async function tokenOf(persona: Persona): Promise<string> {
  return process.env[`DMP_TOKEN_${persona.toUpperCase()}`] ?? (await sandboxToken(persona))
}

// region: token
async function sandboxToken(persona: Persona): Promise<string> {
  const configuration = await new Client({ baseUrl }).request(`${baseUrl}/.well-known/smart-configuration`)
  const tokenUrl = configuration.token_endpoint
  if (typeof tokenUrl !== 'string')
    throw new Error(`${baseUrl} has no sandbox issuer: set DMP_TOKEN_${persona.toUpperCase()}`)
  const personas: Record<Persona, object> = JSON.parse(
    await readFile(new URL('../personas.json', here), 'utf8'),
  )
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa('dmp-sandbox:sandbox-secret-known-to-everyone')}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      persona: JSON.stringify(personas[persona]),
    }),
  })
  const { access_token: token } = Object(await answer.json())
  if (typeof token !== 'string') throw new Error(`no token: ${answer.status}`)
  return token
}
// endregion: token

const here = import.meta.url

/** A file of examples/data. */
export function data(name: string): Promise<Buffer> {
  return readFile(new URL(`../data/${name}`, here))
}

/** A resource of examples/data. */
export async function example<T extends Resource>(
  name: string,
  type: T['resourceType'],
): Promise<T & FhirResource> {
  const value: unknown = JSON.parse((await data(name)).toString())
  if (!isA<T & FhirResource>(value, type)) throw new Error(`${name} is no ${type}`)
  return value
}

function isA<T extends Resource>(value: unknown, type: T['resourceType']): value is T {
  return Object(value).resourceType === type
}

/** Whose record the examples are about: `system|value` of the INS. */
export async function exampleIns(): Promise<string> {
  const { ins } = JSON.parse(await readFile(new URL('../personas.json', here), 'utf8')).patient
  return `${ins.system}|${ins.value}`
}

/** The resources of one type in a Bundle. */
export function entries<T extends Resource>(bundle: FhirResource, type: T['resourceType']): T[] {
  const { entry = [] }: Partial<Bundle> = Object(bundle)
  return entry.flatMap(({ resource }) => (isA<T>(resource, type) ? [resource] : []))
}

/** TD0.2: the id of the record of an INS. */
export async function recordOf(client: Client, ins: string): Promise<string> {
  const found = await client.search({ resourceType: 'Patient', searchParams: { identifier: ins } })
  const [patient] = entries(found, 'Patient')
  if (!patient?.id) throw new Error('there is no record: run deposit.ts first')
  return patient.id
}

/** What the server says when it refuses: its code, its words, and where in the request the fault is. */
export function refusalOf(error: unknown): string {
  const { status, data } = Object(Object(error).response)
  if (status === undefined) throw error
  const { issue = [] }: Partial<OperationOutcome> = Object(data)
  const lines = issue.map(({ details, expression }) => {
    const code = details?.coding?.[0]?.code ?? ''
    return `${code}: ${details?.text ?? ''}${expression ? ` (${expression.join(', ')})` : ''}`
  })
  return `${status} ${lines.join('; ')}`
}
