/**
 * Reads the StructureDefinitions of profiles and extensions from a folder, in the order of their names.
 *
 * Checked: that each file is JSON and a profile on a type. What it says is checked where it is compiled
 * (`validation/profile/compile-profile.ts`), which refuses what it cannot build upon.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type JsonObject, parseJson } from '../fhir/json.ts'
import { isProfile } from './is-profile.ts'

/** Empty when there is no such folder. @throws when a file is no StructureDefinition of a profile */
export function loadStructureDefinitions(folder: string): readonly JsonObject[] {
  if (!existsSync(folder)) return []
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => {
    const structure = parseJson(readFileSync(join(folder, name), 'utf8'))
    if (isProfile(structure)) return structure
    throw new Error(`${join(folder, name)}: no StructureDefinition of a profile`)
  })
}
