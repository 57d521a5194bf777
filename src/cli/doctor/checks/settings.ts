/** The environment: what cannot be read, what contradicts, and what has no effect. No value is ever told. */
import { nearest } from '../../nearest.ts'
import type { Check } from '../check.ts'
import { type Finding, fault, ok, warning } from '../finding.ts'

/** Of the `dmp` command and its users, not of servers. */
const OURS: ReadonlySet<string> = new Set(['DMP_URL', 'DMP_TOKEN'])
const SERVERS = /^(?:DMP_|DATABASE_)/

export const settings: Check = {
  name: 'settings',
  reliesOn: [],
  async look({ env, settings: { faults, read, doubtful }, production }) {
    const found: Finding[] = faults.map(({ message }) =>
      fault(
        'setting-refused',
        [`le serveur ne démarrera pas : ${message}`, `the server will not start: ${message}`],
        [
          'corriger cette variable (docs/operations.md, « Environment »)',
          'mend this variable (docs/operations.md "Environment")',
        ],
      ),
    )
    const idle = Object.keys(env).filter(
      (name) => SERVERS.test(name) && env[name] && !read.has(name) && !OURS.has(name) && !doubtful.has(name),
    )
    for (const name of idle.sort()) found.push(unread(name, [...read]))
    if (!production && env.NODE_ENV !== undefined && env.NODE_ENV !== '' && env.NODE_ENV !== 'development')
      found.push(notProduction(env.NODE_ENV))
    if (found.length > 0) return found
    const mode = production ? 'production' : 'sandbox'
    return [
      ok(
        'settings-read',
        `réglages lus (${mode}), sans contradiction`,
        `settings are read (${mode}), none contradicts another`,
      ),
    ]
  },
}

function unread(name: string, known: readonly string[]): Finding {
  const meant = nearest(
    name,
    known.filter((other) => SERVERS.test(other)),
  )
  const [fr, en] =
    meant === undefined ? ['', ''] : [` ; vouliez-vous dire ${meant} ?`, `; did you mean ${meant}?`]
  return warning(
    'setting-without-effect',
    [
      `${name} est défini, et rien ne le lit : inconnu, ou sans effet avec les autres réglages${fr}`,
      `${name} is set, and nothing reads it: unknown, or without effect beside the other settings${en}`,
    ],
    ['le corriger ou le retirer', 'mend it, or take it away'],
  )
}

function notProduction(mode: string): Finding {
  const isNear = nearest(mode.toLowerCase(), ['production']) !== undefined
  return warning(
    'mode-not-production',
    [
      `NODE_ENV n'est pas « production » : le bac à sable est admis${isNear ? ' ; vouliez-vous dire production ?' : ''}`,
      `NODE_ENV is not "production": the sandbox is admitted${isNear ? '; did you mean production?' : ''}`,
    ],
    [
      'NODE_ENV=production, ou retirer la variable pour un essai',
      'NODE_ENV=production, or take the variable away for trying',
    ],
  )
}
