/** What the specification says, read once for all servers of a test's process. */
import type { Config } from '../../src/config/config.ts'
import { loadSpecification, type Specification } from '../../src/wiring/specification.ts'

const loaded = new Map<string, Specification>()

export function testSpecification(config: Pick<Config, 'profile' | 'pdsmForm'>): Specification {
  const key = `${config.profile} ${config.pdsmForm}`
  const specification = loaded.get(key) ?? loadSpecification(config)
  loaded.set(key, specification)
  return specification
}
