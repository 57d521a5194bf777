/**
 * `DMP_SERVICES`: third-party services that a patient may let read in the record, and which software of patients is no third
 * party's (`own`). JSON, or `file:` and its path. The form is closed: what is not understood is a bound that somebody relied
 * on.
 * @see docs/services.md; docs/policy.md S1
 */

import { parseScopes } from '../http/authentication/scopes.ts'
import type { Scope } from '../policy/caller.ts'
import { noServices, type ThirdPartyService, type ThirdPartyServices } from '../policy/third-party-service.ts'
import { ConfigError, secretValue } from './values.ts'

const form =
  'DMP_SERVICES is not JSON of the form {"services": [{"client": "…", "name": "…", "purposes": ["PATRQT"], ' +
  '"scopes": "patient/DocumentReference.rs patient/Binary.r"}], "own": ["…"]}'
/** What a service may ever ask for: reading, of these types (S2). */
const readable: ReadonlySet<string> = new Set(['Patient', 'DocumentReference', 'Binary', 'List'])
const MAX_SERVICES = 1000
const sandboxServices: ThirdPartyServices = {
  all: [
    {
      client: 'carnet-de-vaccination',
      name: 'Carnet de vaccination (bac à sable)',
      purposes: ['PATRQT', 'HRESCH'],
      scopes: readScopes('patient/Patient.rs patient/DocumentReference.rs patient/Binary.r patient/List.rs'),
    },
  ],
  own: undefined,
}

/** @param sandbox whether there is one service to try with, where none is said */
export function readServices(
  text: string | undefined,
  production: boolean,
  sandbox: boolean,
): ThirdPartyServices {
  if (text === undefined || text.trim() === '') return sandbox ? sandboxServices : noServices
  const { services, own, ...more } = fields(parsed(secretValue('DMP_SERVICES', text)))
  if (Object.keys(more).length > 0 || !Array.isArray(services) || services.length > MAX_SERVICES)
    throw new ConfigError(form)
  const all = services.map(readService)
  const patients = own === undefined ? undefined : clients(own)
  if (production && !patients)
    throw new ConfigError(
      'DMP_SERVICES: "own" is missing: without it every client that is no service reads as the patient does',
    )
  const names = [...all.map(({ client }) => client), ...(patients ?? [])]
  if (new Set(names).size !== names.length) throw new ConfigError('DMP_SERVICES: a client stands twice')
  return { all, own: patients && new Set(patients) }
}

function readService(item: unknown): ThirdPartyService {
  const { client, name, purposes, scopes, ...more } = fields(item)
  if (Object.keys(more).length > 0) throw new ConfigError(form)
  if (!isShort(client) || !isShort(name) || typeof scopes !== 'string') throw new ConfigError(form)
  if (!Array.isArray(purposes) || purposes.length === 0 || !purposes.every(isPurpose))
    throw new ConfigError(form)
  return { client, name, purposes: [...new Set(purposes)], scopes: readScopes(scopes) }
}

/** @throws ConfigError for a scope that gives nothing, or more than reading a patient's documents */
function readScopes(text: string): readonly Scope[] {
  const words = text.split(' ').filter((word) => word !== '')
  const scopes = parseScopes(text) ?? []
  const understood = words.length > 0 && scopes.length === words.length
  const reads = ({ level, resourceType, interactions }: Scope): boolean =>
    level === 'patient' && readable.has(resourceType) && /^[rs]+$/.test(interactions)
  if (understood && scopes.every(reads)) return scopes
  throw new ConfigError(
    `DMP_SERVICES: scopes are patient/[type].rs of ${[...readable].join(', ')}, with type= and category= for documents`,
  )
}

function clients(own: unknown): readonly string[] {
  if (!Array.isArray(own) || !own.every(isShort)) throw new ConfigError(form)
  return own
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ConfigError(form)
  }
}

function fields(item: unknown): Readonly<Record<string, unknown>> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) throw new ConfigError(form)
  return Object.fromEntries(Object.entries(item))
}

function isShort(text: unknown): text is string {
  return typeof text === 'string' && text.trim() !== '' && text.length <= 256
}

function isPurpose(text: unknown): text is string {
  return typeof text === 'string' && /^[A-Z]{2,20}$/.test(text)
}
