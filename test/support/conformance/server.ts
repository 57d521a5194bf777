/**
 * A server under test: where it is, what its answers are held to, and what on it a case may use. On a plain FHIR server a
 * case makes its own resources; in the DMP they come about in its own ways, and lie in a record.
 */
import type { Bundle, Resource } from '@medplum/fhirtypes'
import type { Claims } from './claims.ts'
import { type Fhir, idOf } from './client.ts'
import { patient } from './samples.ts'
import { Unmet } from './unmet.ts'

export type Server = {
  readonly base: string
  readonly name: 'fhir' | 'dmp' | 'foreign'
  /** Ours: a SHOULD counts as a MUST. */
  readonly own: boolean
  /** What it claims; undefined: cases are run without a look at it. */
  readonly claims?: Claims
  /** The header `Authorization` of a request. */
  readonly authorization?: (method: string, path: string) => Promise<string>
  readonly world: World
}

export type World = {
  /** A resource that may be read; of its own for each case, where that costs nothing. */
  readonly readable: (fhir: Fhir) => Promise<Readable>
  /** Something to search, that does not change. */
  readonly searchable: (fhir: Fhir) => Promise<Searchable>
  /** What may be sent to create a resource. */
  readonly creatable: () => Promise<Resource>
}

export type Readable = { readonly type: string; readonly id: string; readonly path: string }

export type Searchable = {
  readonly type: string
  /** A query that finds them, and these alone. */
  readonly query: string
  /** Seven of them, and their ids. */
  readonly ids: readonly string[]
}

export const SEARCHABLE = 7

/** Where anything may be created, searched and deleted. */
export function plainWorld(unique: () => string): World {
  let searchable: Promise<Searchable> | undefined
  return {
    async readable(fhir) {
      const { id } = await fhir.create(patient())
      return { type: 'Patient', id, path: `/Patient/${id}` }
    },
    searchable(fhir) {
      searchable ??= taggedPatients(fhir, unique())
      return searchable
    },
    creatable: async () => patient(),
  }
}

async function taggedPatients(fhir: Fhir, code: string): Promise<Searchable> {
  const system = 'https://conformance.example/listing'
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'batch',
    entry: Array.from({ length: SEARCHABLE }, () => ({
      resource: patient({ meta: { tag: [{ system, code }] } }),
      request: { method: 'POST', url: 'Patient' },
    })),
  }
  const received = await fhir.post('', bundle)
  if (received.status !== 200) throw new Unmet('could not create the patients this case searches')
  const answer: Bundle = JSON.parse(received.text)
  const ids = (answer.entry ?? []).map(({ response }) =>
    idOf({ ...received, headers: { location: response?.location ?? '' } }),
  )
  return { type: 'Patient', query: `_tag=${encodeURIComponent(`${system}|${code}`)}`, ids }
}
