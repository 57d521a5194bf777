/** The measures of usage that this server tells, each a FHIR Measure of ours. */
import type { Measure } from './measure.ts'
import { consultations } from './measures/consultations.ts'
import { documents } from './measures/documents.ts'
import { obligations } from './measures/obligations.ts'
import { readings } from './measures/readings.ts'
import { refusals } from './measures/refusals.ts'

export const measures: readonly Measure[] = [documents, readings, consultations, refusals, obligations]

const BASE = 'https://dmp-fhir.example/Measure'

export function canonicalOf({ id }: Pick<Measure, 'id'>): string {
  return `${BASE}/${id}`
}

export function measureById(id: string): Measure | undefined {
  return measures.find((measure) => measure.id === id)
}

/** By what a client may name one: its canonical, with or without its version, or its id. */
export function measureNamed(text: string): Measure | undefined {
  const [canonical = ''] = text.split('|')
  return measureById(canonical.startsWith(`${BASE}/`) ? canonical.slice(BASE.length + 1) : canonical)
}

/** Of all measures; a change of what one counts is another version. */
export const MEASURES_VERSION = '1.0.0'
export const MEASURES_DATE = '2026-11-22'
