/** What can be wrong with one parameter of a search. Names are cut: they come from the client. */
import type { Wording } from '../fhir/errors/wording.ts'
import type { Issue } from '../fhir/issue.ts'

const cut = (text: string): string => text.slice(0, 64)

export function isFault(found: object): found is Issue {
  return 'severity' in found
}

/** @param form the form that would be right */
export function badValue(name: string, form: string | Wording): Issue {
  return {
    severity: 'error',
    type: 'value',
    error: 'parametre-invalide',
    params: { name: cut(name), form },
  }
}

export function unknownParameter(name: string, type: string, known: readonly string[]): Issue {
  return {
    severity: 'error',
    type: 'not-supported',
    error: 'parametre-inconnu',
    params: { name: cut(name), type, known: bounded(known) },
  }
}

export function unknownModifier(name: string, modifier: string): Issue {
  return {
    severity: 'error',
    type: 'not-supported',
    error: 'modificateur-non-pris-en-charge',
    params: { name: cut(name), modifier: modifier.slice(0, 32) },
  }
}

/** FHIR defines it and this server does not answer it. */
export function refusedParameter(name: string, cause: Wording): Issue {
  return {
    severity: 'error',
    type: 'not-supported',
    error: 'parametre-non-pris-en-charge',
    params: { name: cut(name), cause },
  }
}

export function tooMuch(what: string, limit: number): Issue {
  return { severity: 'error', type: 'too-long', error: 'trop-long', params: { what: cut(what), limit } }
}

/** Says what could be named, without repeating the whole specification. */
export function bounded(names: Iterable<string>): string {
  const all = [...names]
  return all.length <= 100 ? all.join(', ') : `${all.slice(0, 100).join(', ')} …`
}
