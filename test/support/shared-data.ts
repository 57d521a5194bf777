/** The project's reference data, which lies beside the checkout and not in it: a test skips when it is absent. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'

/** `sharedData('cda/VSM_1.4_2022.01.xml')`: an absolute path, or undefined. */
export function sharedData(relative: string): string | undefined {
  const path = join(packageRoot(), '..', 'shared', 'data', relative)
  return existsSync(path) ? path : undefined
}
