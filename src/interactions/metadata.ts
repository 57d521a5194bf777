/**
 * The CapabilityStatement as text, written when first asked for: it names each search parameter of each type.
 * @see https://hl7.org/fhir/R4/http.html#capabilities
 */
import { capabilityStatement, type Statement } from './capability-statement.ts'
import type { Engine } from './engine.ts'

export function metadata(engine: Engine, statement: () => Statement): () => string {
  let written: string | undefined
  return () => {
    written ??= capabilityStatement(engine, statement())
    return written
  }
}
