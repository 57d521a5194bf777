/** The tables of `profiles/`, loaded from the checkout once for a test file. */
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'
import { loadProfiles } from '../../src/definitions/load-profiles.ts'
import { buildTerminology } from '../../src/dmp/terminology.ts'

export const profilesFolder = join(packageRoot(), 'profiles')
export const profiles = loadProfiles(profilesFolder)
export const terminology = buildTerminology(profiles)
