/** What of an error is written into the log, and what never. */
import pg from 'pg'
import t from 'tap'
import { loggedError } from '../../src/http/logged-error.ts'

t.test('what libraries hang on their errors is not logged', async (t) => {
  const lost = Object.assign(new Error('Connection terminated unexpectedly'), {
    client: { secretKey: 4711, parsedStatements: { s1: 'select 1' } },
  })
  const taken = Object.assign(new pg.DatabaseError('duplicate key value', 19, 'error'), {
    code: '23505',
    detail: 'Key (value)=(255069923100174) already exists.',
  })
  const outer = new Error('refused', { cause: new AggregateError([lost, taken], 'both') })
  const logged = loggedError(outer)
  t.match(logged, {
    type: 'Error',
    message: 'refused',
    stack: /logged-error\.test/,
    cause: {
      type: 'AggregateError',
      errors: [
        { type: 'Error', message: 'Connection terminated unexpectedly' },
        { type: 'DatabaseError', code: '23505', message: 'duplicate key value' },
      ],
    },
  })
  t.notMatch(JSON.stringify(logged), /4711|select 1|255069923100174|already exists/)
})

t.test('however deep or wide an error is, its line is short', async (t) => {
  let error = new Error('0')
  for (let i = 1; i < 100; i++) error = new Error(`${i}`, { cause: error })
  const wide = new AggregateError(
    Array.from({ length: 1000 }, () => error),
    'wide',
  )
  t.ok(JSON.stringify(loggedError(wide)).length < 4_000)
  t.same(loggedError('no error'), { type: 'string', message: '', stack: '' })
})
