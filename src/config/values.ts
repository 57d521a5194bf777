/** How single values are read from the environment; what cannot be read stops the start. */
import { readFileSync } from 'node:fs'

export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export type Environment = Readonly<Record<string, string | undefined>>

/** The value itself, or the content of the file that `file:` names. @param name for the message */
export function secretValue(name: string, text: string): string {
  if (!text.startsWith('file:')) return text
  return readSettingFile(name, text.slice('file:'.length)).toString('utf8').trim()
}

export function readSettingFile(name: string, path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new ConfigError(`${name}: the file cannot be read`, { cause })
  }
}

export function whole(
  environment: Environment,
  name: string,
  fallback: number,
  min: number,
  max: number,
): number {
  const text = environment[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new ConfigError(`${name} is not a whole number from ${min} to ${max}`)
  }
  return value
}

export function flag(environment: Environment, name: string, fallback: boolean): boolean {
  return oneOf(environment, name, fallback ? 'true' : 'false', ['true', 'false']) === 'true'
}

export function oneOf<T extends string>(
  environment: Environment,
  name: string,
  fallback: NoInfer<T>,
  values: readonly T[],
): T {
  const text = environment[name] || fallback
  const value = values.find((known) => known === text)
  if (value === undefined) throw new ConfigError(`${name} is not one of ${values.join(', ')}`)
  return value
}
