/** What PostgreSQL, its driver and the system say when they are not able: 503, and the client comes again; never 500. */
import t from 'tap'
import { asFhirError } from '../../src/interactions/foreign-errors.ts'

const withCode = (code: string): Error => Object.assign(new Error('not told to anybody'), { code })

const cases: Readonly<Record<string, readonly [status: number, error: string, faults: readonly Error[]]>> = {
  'the database, or the way to it, is not able now': [
    503,
    'indisponible',
    [
      // too_many_connections, disk_full, query_canceled, admin_shutdown, crash_shutdown, cannot_connect_now,
      // read_only_sql_transaction (a replica during a failover), io_error, connection_failure
      ...['53300', '53100', '57014', '57P01', '57P02', '57P03', '25006', '58030', '08006'].map(withCode),
      ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN', 'EMFILE'].map(
        withCode,
      ),
      ...[
        'Connection terminated unexpectedly',
        'Client was closed and is not queryable',
        'Client has encountered a connection error and is not queryable',
        'timeout exceeded when trying to connect',
        'Query read timeout',
        'timeout expired',
        'PostgreSQL does not answer',
        'The database is closed',
      ].map((message) => new Error(message)),
    ],
  ],
  'another transaction was faster': [409, 'conflit-concurrent', ['40001', '40P01', '55P03'].map(withCode)],
  'nobody foresaw it': [
    500,
    'interne',
    [...['23505', '42601', '25001', 'EACCES'].map(withCode), new Error('a fault')],
  ],
}

for (const [name, [status, code, faults]] of Object.entries(cases))
  t.test(name, async (t) => {
    for (const fault of faults) {
      const { status: told, issues, cause } = asFhirError(fault)
      t.same([told, issues[0].error], [status, code], `${Reflect.get(fault, 'code') ?? fault.message}`)
      t.equal(cause, fault, 'kept for the log')
    }
  })
