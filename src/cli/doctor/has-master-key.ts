/** Whether there is a master key: asked before one is read, for reading makes the sandbox's own where there is none. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/config.ts'

export function hasMasterKey({ masterKey, dataDir }: Pick<Config, 'masterKey' | 'dataDir'>): boolean {
  return masterKey !== undefined || existsSync(sandboxKeyFile(dataDir))
}

export function sandboxKeyFile(dataDir: string): string {
  return join(dataDir, 'master-key')
}
