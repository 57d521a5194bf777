/**
 * Reads definitions.json, the output of scripts/build-definitions.js. With load-profiles.ts the only place here that
 * touches the disk.
 *
 * Checked: that the file is of the FHIR version the engine speaks and has its parts. Not checked: each element, since
 * the build made them; `buildRegistry` refuses a type or parameter that refers to something undefined.
 */
import { readFileSync } from 'node:fs'
import { isJsonObject } from '../fhir/json.ts'
import type { Definitions } from './definitions.ts'

const parts = ['types', 'valueSets', 'valueSetsNotChecked', 'searchParameters', 'compartments']

/** @throws when the file is absent, is not JSON, or is no definitions file of R4 4.0.1 */
export function loadDefinitions(path: string): Definitions {
  const definitions: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (!isDefinitions(definitions))
    throw new Error(`${path} is not a definitions file of FHIR 4.0.1: build it again`)
  return definitions
}

function isDefinitions(value: unknown): value is Definitions {
  return isJsonObject(value) && value.fhirVersion === '4.0.1' && parts.every((part) => part in value)
}
