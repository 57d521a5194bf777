/**
 * The checks of the closed schemas of `profiles/schemas/`, which the build has compiled (scripts/build-table-checks.js).
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

type Check = { (value: unknown): boolean; readonly errors?: readonly Fault[] | null }
type Fault = { readonly instancePath: string; readonly message?: string }

/**
 * @param folder the path of `profiles/`, as built
 * @param schema the name of its file
 * @returns what gives a value back as what it is, or throws what is wrong with it first; `name` says whose value
 */
export function tableCheck<T>(folder: string, schema: string): (name: string, value: unknown) => T {
  const path = join(folder, 'schemas', 'checks.cjs')
  const checks = createRequire(import.meta.url)(path) as Readonly<Record<string, Check | undefined>>
  const check = checks[schema]
  if (!check) throw new Error(`${path}: no schema ${schema}`)
  return (name, value) => {
    if (check(value)) return value as T
    const [fault] = check.errors ?? []
    throw new Error(`${name}: ${fault?.instancePath ?? ''} ${fault?.message ?? 'does not meet its schema'}`)
  }
}
