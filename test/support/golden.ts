/** Golden files below test/golden: compared, or written anew with UPDATE_GOLDEN=1. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'

/** @returns what the file holds; with UPDATE_GOLDEN=1 it is made to hold `text` first */
export function golden(name: string, text: string): string {
  const path = join(packageRoot(), 'test', 'golden', name)
  if (process.env.UPDATE_GOLDEN) {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, text)
  }
  return existsSync(path) ? readFileSync(path, 'utf8') : ''
}
