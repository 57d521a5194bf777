/** What the server's role may do: exactly what roles.ts says. Above all it must not rewrite or remove a trace. */
import { readPrivileges, readRoleFacts } from '../../../storage/inspection/role-facts.ts'
import { SERVER_ROLE, serverPrivileges } from '../../../storage/schema/roles.ts'
import type { Check } from '../check.ts'
import { withLogin } from '../connect.ts'
import { type Finding, fault, ok } from '../finding.ts'

/** What is recorded is only ever added to. */
const kept: ReadonlySet<string> = new Set([
  'audit',
  'audit_checkpoint',
  'audit_retention',
  'resource_version',
])

const REGRANT = [
  'lancer `dmp migrate` avec le login propriétaire : il remet les droits',
  'run `dmp migrate` with the login that owns the schema: it grants anew',
] as const

export const rights: Check = {
  name: 'rights',
  needsDatabase: true,
  reliesOn: ['DATABASE_URL', 'DMP_DATA_DIR'],
  async look({ login }) {
    return withLogin(login, async (db) => {
      const { exists, may_take: mayTake, powerful, creates } = await readRoleFacts(db)
      if (!exists)
        return [
          fault(
            'role-missing',
            [`le rôle ${SERVER_ROLE} n'existe pas`, `the role ${SERVER_ROLE} does not exist`],
            REGRANT,
          ),
        ]
      const found: Finding[] = []
      if (!mayTake)
        found.push(
          fault(
            'role-not-granted',
            [
              `le login des réglages ne peut pas prendre le rôle ${SERVER_ROLE}`,
              `the login of the settings may not take the role ${SERVER_ROLE}`,
            ],
            [
              `un administrateur exécute : grant ${SERVER_ROLE} to <login>;`,
              `an administrator runs: grant ${SERVER_ROLE} to <login>;`,
            ],
          ),
        )
      if (powerful || creates)
        found.push(
          fault(
            'role-too-powerful',
            [
              `le rôle ${SERVER_ROLE} a des droits qu'il ne doit pas avoir (superutilisateur, propriétaire, create)`,
              `the role ${SERVER_ROLE} has rights that it must not have (superuser, owner, create)`,
            ],
            [
              `alter role ${SERVER_ROLE} nosuperuser nocreaterole nocreatedb; puis dmp migrate`,
              `alter role ${SERVER_ROLE} nosuperuser nocreaterole nocreatedb; then dmp migrate`,
            ],
          ),
        )
      found.push(...differences(await readPrivileges(db)))
      return found.length > 0
        ? found
        : [
            ok(
              'rights-exact',
              `le rôle ${SERVER_ROLE} a ses droits, pas d'autres : il ne peut ni modifier ni retirer une trace`,
              `the role ${SERVER_ROLE} has its rights and no others: it can neither change nor remove a trace`,
            ),
          ]
    })
  },
}

function differences(
  tables: readonly { readonly table: string; readonly privileges: readonly string[] }[],
): Finding[] {
  return tables.flatMap(({ table, privileges }) => {
    const should: readonly string[] = serverPrivileges[table] ?? []
    const more = privileges.filter((one) => !should.includes(one))
    const fewer = should.filter((one) => !privileges.includes(one))
    return [
      ...(more.length === 0
        ? []
        : [
            fault(
              kept.has(table) ? 'traces-can-be-rewritten' : 'right-too-many',
              [
                `${SERVER_ROLE} peut ${more.join(', ')} sur ${table}, et ne le doit pas`,
                `${SERVER_ROLE} may ${more.join(', ')} on ${table}, and must not`,
              ],
              REGRANT,
            ),
          ]),
      ...(fewer.length === 0
        ? []
        : [
            fault(
              'right-missing',
              [
                `${SERVER_ROLE} ne peut pas ${fewer.join(', ')} sur ${table}`,
                `${SERVER_ROLE} may not ${fewer.join(', ')} on ${table}`,
              ],
              REGRANT,
            ),
          ]),
    ]
  })
}
