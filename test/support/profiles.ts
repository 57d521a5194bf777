/** The tables of `profiles/`, loaded as built, once for a test file. */
import { assetPath } from '../../src/asset-path.ts'
import { loadProfiles } from '../../src/definitions/load-profiles.ts'
import { buildTerminology } from '../../src/dmp/codes/terminology.ts'

export const profilesFolder = assetPath('profiles')
export const profiles = loadProfiles(profilesFolder)
export const terminology = buildTerminology(profiles)
