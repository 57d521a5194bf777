/** The CapabilityStatement of the plain FHIR interactions: every type of R4, in every way the routes know. */
import { describeSearches } from '../../search/describe-search.ts'
import type { Statement } from '../capability-statement.ts'
import type { RestEngine } from './rest-engine.ts'
import { restRoutes } from './rest-routes.ts'

export function restStatement(engine: RestEngine, about: Pick<Statement, 'version' | 'date'>): Statement {
  const types = engine.registry.resourceTypes
  const searches = describeSearches(engine.searchOf, types)
  const { updateCreate, conditionalDelete } = engine.settings
  return {
    ...about,
    title: 'FHIR R4',
    description: 'FHIR R4 server, profile fhir of dmp-fhir-server',
    rest: [
      ...restRoutes.map((route) => route.rest),
      // The same route takes both kinds of Bundle, and the same create the condition of its header.
      { system: 'batch' },
      { type: 'every', conditional: 'create' },
    ],
    types,
    search: (type) => searches.get(type),
    resource: () => ({
      versioning: 'versioned',
      updateCreate,
      conditionalDelete,
      referencePolicy: ['literal', 'logical', 'local'],
    }),
  }
}
