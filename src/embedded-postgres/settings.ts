/**
 * PostgreSQL's settings for a small machine, given on its command line so that a change needs no new data directory.
 * @see https://www.postgresql.org/docs/18/runtime-config.html
 */
export type Settings = Readonly<Record<string, string>>

const common: Settings = {
  // No TCP port: only who can enter the socket's folder (mode 700) and knows the password gets in.
  listen_addresses: '',
  max_connections: '100',
  shared_buffers: '128MB',
  huge_pages: 'off',
  jit: 'off',
  random_page_cost: '1.1',
  max_wal_senders: '0',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_line_prefix: '%m [%p] ',
  log_checkpoints: 'off',
  // INVARIANT: nothing personal in the log. DETAIL lines and statements carry values, hence neither is written.
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_parameter_max_length: '0',
  // The passwords are 128 random bits: stretching them would only slow each connection down.
  scram_iterations: '1',
}

const durable: Settings = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  effective_cache_size: '1GB',
  // A first load fills empty tables: until they have been analysed, searches are planned as if they knew nothing of them.
  autovacuum_naptime: '10s',
  // It reads 80 MB a second at most instead of 400: on two cores who asks meanwhile shall not notice.
  autovacuum_vacuum_cost_delay: '10ms',
}

/** For tests: what a crash would lose is thrown away at the end in any case. */
const fast: Settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  io_method: 'sync',
  wal_level: 'minimal',
}

export function settingsFor(options: { readonly durable: boolean; readonly socketFolder: string }): Settings {
  return {
    ...common,
    ...(options.durable ? durable : fast),
    port: String(PORT),
    unix_socket_directories: options.socketFolder,
  }
}

/** Only the socket's name contains it. */
export const PORT = 5432
