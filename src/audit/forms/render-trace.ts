/**
 * A trace as an AuditEvent, made when somebody reads it: in the form of BALP and MHD, in that of TdE, or as the decision
 * it tells of. No form holds more than one of these: TdE has room for two agents and one subtype, BALP wants more.
 */
import type { JsonObject } from '../../fhir/json.ts'
import type { About } from './about.ts'
import { balp } from './balp.ts'
import { decision } from './decision.ts'
import type { TraceForm } from './form-of-profile.ts'
import type { ShownTrace } from './shown-trace.ts'
import { tde } from './tde.ts'

export function renderTrace(trace: ShownTrace, form: TraceForm, about: About): JsonObject {
  switch (form) {
    case 'balp':
      return balp(trace, about)
    case 'tde':
      return tde(trace, about)
    case 'decision':
      return decision(trace, about)
  }
}
