/** Node's flags of `npm start`: what is measured runs with them, and so does each limit beside it. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../src/asset-path.ts'

export function serverFlags(): string[] {
  const { scripts } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    scripts: { start: string }
  }
  const [, flags] = /&& node ((?:--\S+ )+)dist\/main\.js$/.exec(scripts.start) ?? []
  if (flags === undefined) throw new Error('npm start names no flags of Node')
  return flags.trim().split(' ')
}
