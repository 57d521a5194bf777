/** The routes that tell a caller what it may do, and why. */
import type { DmpRoute } from '../dmp-route.ts'
import { explainRequest } from './explain-request.ts'
import { rights } from './rights.ts'

const definitions = 'https://dmp-fhir.example/OperationDefinition'
const need = { type: 'Patient', letter: 'r' } as const

/** @param all every route of the profile, these included: what can be explained */
export function rightsRoutes(all: () => readonly DmpRoute[]): readonly DmpRoute[] {
  return [
    {
      method: 'GET',
      url: '/Patient/:id/$droits',
      interaction: 'tell-rights',
      need,
      rest: { type: 'Patient', operation: 'droits', definition: `${definitions}/Patient-droits` },
      answer: rights,
    },
    {
      method: 'POST',
      url: '/Patient/:id/$droits',
      interaction: 'tell-rights',
      need,
      rest: { type: 'Patient', operation: 'droits', definition: `${definitions}/Patient-droits` },
      answer: rights,
    },
    {
      method: 'POST',
      url: '/$expliquer',
      interaction: 'explain-request',
      need,
      rest: { operation: 'expliquer', definition: `${definitions}/expliquer` },
      answer: (engine, exchange, { body }) => explainRequest(engine, exchange, body, all()),
    },
  ]
}
