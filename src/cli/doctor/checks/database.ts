/** Whether PostgreSQL answers, and is one that servers can rely on. What follows it looks inside. */

import { readServerFacts } from '../../../storage/inspection/server-facts.ts'
import { unreachable, wordsOf } from '../../unreachable.ts'
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

function notReached(why: string): Finding {
  const [fr, en, todoFr, todoEn] = wordsOf(why)
  return fault('database-unreachable', [`base de données : ${fr}`, `database: ${en}`], [todoFr, todoEn])
}
