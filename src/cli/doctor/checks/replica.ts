/** The replica for reads: there, a replica, not far behind. Without it the primary answers all. */
import { readReplicaFacts } from '../../../storage/inspection/replica-facts.ts'
import { unreachable } from '../../unreachable.ts'
import type { Check } from '../check.ts'
import { withLogin } from '../connect.ts'
import { fault, ok, unseen, warning } from '../finding.ts'

const BEHIND_SECONDS = 30

export const replica: Check = {
  name: 'replica',
  reliesOn: ['DATABASE_READ_URL', 'DATABASE_URL', 'DMP_PROFILE'],
  async look({ config: { databaseReadUrl } }) {
    if (databaseReadUrl === undefined)
      return [
        unseen(
          'replica-none',
          'pas de réplica : le primaire répond à tout',
          'no replica: the primary answers all',
        ),
      ]
    try {
      const facts = await withLogin({ connectionString: databaseReadUrl }, readReplicaFacts)
      if (!facts.in_recovery)
        return [
          fault(
            'replica-is-primary',
            ['DATABASE_READ_URL ne mène pas à un réplica', 'DATABASE_READ_URL does not lead to a replica'],
            [
              'y mettre un réplica par streaming du primaire, ou retirer la variable',
              'put a replica of the primary by streaming there, or take the variable away',
            ],
          ),
        ]
      const seconds = facts.caught_up ? 0 : Math.round(facts.behind ?? Number.POSITIVE_INFINITY)
      if (seconds > BEHIND_SECONDS)
        return [
          warning(
            'replica-behind',
            [
              `le réplica a ${Number.isFinite(seconds) ? `${seconds} s` : 'un nombre inconnu de secondes'} de retard : le primaire répond à sa place`,
              `the replica is ${Number.isFinite(seconds) ? `${seconds} s` : 'an unknown time'} behind: the primary answers in its place`,
            ],
            [
              'voir pg_stat_replication sur le primaire, le réseau, et les disques du réplica',
              'look at pg_stat_replication on the primary, at the network, and at the disks of the replica',
            ],
          ),
        ]
      return [ok('replica-follows', `le réplica suit (${seconds} s)`, `the replica follows (${seconds} s)`)]
    } catch (error) {
      const why = unreachable(error)
      if (why === undefined) throw error
      return [
        fault(
          'replica-unreachable',
          [`le réplica ne répond pas (${why})`, `the replica does not answer (${why})`],
          [
            'le démarrer, ou corriger DATABASE_READ_URL ; il lui faut les mêmes rôles que le primaire',
            'start it, or mend DATABASE_READ_URL; it needs the roles of the primary',
          ],
        ),
      ]
    }
  },
}
