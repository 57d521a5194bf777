/**
 * Reads the profiles of `profiles/structure-definitions/` and makes the StructureDefinitions of one form of them.
 *
 * Checked: the form of each file, by the closed schema `profiles/schemas/profile-guide.json`. What it says is checked
 * where it is compiled (`validation/profile/compile-profile.ts`), and against the published definitions by a test.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { expandGuides, type GuideProfiles, type PdsmForm, type ProfileGuide } from './profile-guide.ts'

/**
 * @param folder the path of `profiles/`
 * @throws when a file is absent, is not JSON or does not meet its schema, or names what no guide has
 */
export function loadProfileGuides(folder: string, form: PdsmForm): GuideProfiles {
  return expandGuides(readGuides(folder), form)
}

export function readGuides(folder: string): ProfileGuide[] {
  // Used for a few files: making its code smaller takes longer than running it.
  const ajv = new Ajv({
    allErrors: false,
    strict: true,
    strictTuples: false,
    allowUnionTypes: true,
    code: { optimize: false },
  })
  const schema: unknown = JSON.parse(readFileSync(join(folder, 'schemas', 'profile-guide.json'), 'utf8'))
  const isGuide = ajv.compile<ProfileGuide>(Object(schema))
  const own = join(folder, 'structure-definitions')
  const names = readdirSync(own).filter((name) => name.endsWith('.json'))
  return names.sort().map((name) => {
    const guide: unknown = JSON.parse(readFileSync(join(own, name), 'utf8'))
    if (isGuide(guide)) return guide
    const [error] = isGuide.errors ?? []
    throw new Error(`${join(own, name)}: ${error?.instancePath ?? ''} ${error?.message ?? 'not its schema'}`)
  })
}
