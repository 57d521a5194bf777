/**
 * Reads the profiles of `profiles/structure-definitions/` and makes the StructureDefinitions of one form of them.
 *
 * Checked: the form of each file, by the closed schema `profiles/schemas/profile-guide.json`. What it says is checked
 * where it is compiled (`validation/profile/compile-profile.ts`), and against the published definitions by a test.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expandGuides, type GuideProfiles, type PdsmForm, type ProfileGuide } from './profile-guide.ts'
import { tableCheck } from './table-check.ts'

/**
 * @param folder the path of `profiles/`, as built
 * @throws when a file is absent, is not JSON or does not meet its schema, or names what no guide has
 */
export function loadProfileGuides(folder: string, form: PdsmForm): GuideProfiles {
  return expandGuides(readGuides(folder), form)
}

export function readGuides(folder: string): ProfileGuide[] {
  const check = tableCheck<ProfileGuide>(folder, 'profile-guide')
  const own = join(folder, 'structure-definitions')
  const names = readdirSync(own).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => check(join(own, name), JSON.parse(readFileSync(join(own, name), 'utf8'))))
}
