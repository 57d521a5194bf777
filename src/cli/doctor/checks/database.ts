/** Whether PostgreSQL answers, and is one that servers can rely on. What follows it looks inside. */

import { readServerFacts } from '../../../storage/inspection/server-facts.ts'
import { unreachable } from '../../unreachable.ts'
import type { Check } from '../check.ts'
import { withLogin } from '../connect.ts'
import { type Finding, fault, unseen } from '../finding.ts'
import { judgeClock, judgeServer } from '../judge-server.ts'

export const database: Check = {
  name: 'database',
  reliesOn: ['DATABASE_URL', 'DMP_DATA_DIR'],
  async look(installation) {
    const { login, now } = installation
    if (!login) return [notStarted]
    try {
      const began = now()
      const clock = performance.now()
      const facts = await withLogin(login, readServerFacts)
      const middle = began + (performance.now() - clock) / 2
      return [...judgeServer(facts, installation), judgeClock(facts.now - middle)]
    } catch (error) {
      const why = unreachable(error)
      if (why === undefined) throw error
      return [notReached(why)]
    }
  },
}

const notStarted = unseen(
  'database-not-started',
  "pas de DATABASE_URL, et le PostgreSQL embarqué n'est pas démarré : `npm start` le démarre",
  'no DATABASE_URL, and the embedded PostgreSQL does not run: `npm start` starts it',
)

const reasons: Readonly<Record<string, readonly [fr: string, en: string, todoFr: string, todoEn: string]>> = {
  '28P01': [
    'le mot de passe est refusé',
    'the password is refused',
    'corriger le mot de passe dans DATABASE_URL, ou celui du rôle (alter role … password)',
    'mend the password in DATABASE_URL, or that of the role (alter role … password)',
  ],
  '28000': [
    "l'accès est refusé (pg_hba.conf, ou rôle sans login)",
    'access is refused (pg_hba.conf, or a role without login)',
    'corriger pg_hba.conf ou le rôle',
    'mend pg_hba.conf, or the role',
  ],
  '3D000': [
    "cette base n'existe pas",
    'this database does not exist',
    'create database …, ou corriger son nom dans DATABASE_URL',
    'create database …, or mend its name in DATABASE_URL',
  ],
  '53300': [
    'il ne reste aucune connexion',
    'no connection is left',
    'augmenter max_connections, ou limiter les autres clients (alter role … connection limit)',
    'raise max_connections, or limit the other clients (alter role … connection limit)',
  ],
  ENOTFOUND: [
    "ce nom d'hôte n'est pas connu",
    'this host name is not known',
    "corriger l'hôte dans DATABASE_URL, ou le DNS",
    'mend the host in DATABASE_URL, or DNS',
  ],
}

function notReached(code: string): Finding {
  const [fr, en, todoFr, todoEn] = reasons[code] ?? [
    `elle ne répond pas (${code})`,
    `it does not answer (${code})`,
    "la démarrer, ou corriger l'hôte et le port dans DATABASE_URL, ou ouvrir le pare-feu",
    'start it, or mend host and port in DATABASE_URL, or open the firewall',
  ]
  return fault('database-unreachable', [`base de données : ${fr}`, `database: ${en}`], [todoFr, todoEn])
}
