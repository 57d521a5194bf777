/**
 * The capabilities, asked inside a Bundle. Their own address is public and leaves no trace (http/public-routes.ts); an
 * entry has its trace like any other.
 * @see https://hl7.org/fhir/R4/http.html#capabilities
 *
 * Not looked at: `mode`, as at that address.
 */
import type { RestRoute } from './rest-route.ts'

export const capabilitiesInside: RestRoute = {
  method: 'GET',
  url: '/metadata',
  interaction: 'capabilities',
  rest: { partOf: 'capabilities' },
  answer: async ({ metadata }, { trace }) => {
    trace.asks('CapabilityStatement')
    return { status: 200, body: metadata() }
  },
}
