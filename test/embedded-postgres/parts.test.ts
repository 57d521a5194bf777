/** The parts of the embedded PostgreSQL that need no PostgreSQL. */
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t from 'tap'
import { linkLibraries, loadBinaries } from '../../src/embedded-postgres/binaries.ts'
import { reasonOf } from '../../src/embedded-postgres/embedded-postgres-error.ts'
import { reasonInLog, rotateLog } from '../../src/embedded-postgres/log-file.ts'
import { readPostmaster } from '../../src/embedded-postgres/postmaster-file.ts'
import { settingsFor } from '../../src/embedded-postgres/settings.ts'
import { makeSocketFolder } from '../../src/embedded-postgres/socket-folder.ts'
import { parseWatchdogOrder } from '../../src/embedded-postgres/watchdog-order.ts'

const top = mkdtempSync(join(tmpdir(), 'dmp-parts-'))
t.teardown(() => rmSync(top, { recursive: true, force: true }))

t.test('the programs of this platform are found, with their major version', async (t) => {
  const { postgres, initdb, major } = await loadBinaries()
  for (const file of [postgres, initdb]) t.equal(statSync(file).mode & 0o111, 0o111, file)
  t.equal(major, '18')
})

t.test('library links that npm left out are made, also by two processes at once', async (t) => {
  const native = join(top, 'package', 'native')
  mkdirSync(join(native, 'lib'), { recursive: true })
  writeFileSync(join(native, 'lib', 'libx.so.1.2'), 'library')
  const links = ['libx.so.1', 'libx.so'].map((name) => ({
    source: 'native/lib/libx.so.1.2',
    target: `native/lib/${name}`,
  }))
  writeFileSync(join(native, 'pg-symlinks.json'), JSON.stringify(links))
  linkLibraries(dirname(native))
  rmSync(join(native, 'lib', 'libx.so'))
  linkLibraries(dirname(native))
  for (const name of ['libx.so.1', 'libx.so']) {
    t.ok(lstatSync(join(native, 'lib', name)).isSymbolicLink())
    t.equal(readFileSync(join(native, 'lib', name), 'utf8'), 'library')
  }
})

t.test('the socket lies where its path is short enough, in a folder for us alone', async (t) => {
  const long = join(top, 'x'.repeat(100))
  mkdirSync(long)
  const folder = makeSocketFolder([long, top])
  t.equal(dirname(folder), top)
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.throws(() => makeSocketFolder([long]), { name: 'EmbeddedPostgresError', message: /short enough/ })
})

t.test('a postmaster.pid that is empty, cut short or absent names nobody it does not name', async (t) => {
  t.equal(readPostmaster(top), undefined)
  const file = join(top, 'postmaster.pid')
  for (const text of ['', '\n', 'abc\n', '-5\n', '0\n']) {
    writeFileSync(file, text)
    t.equal(readPostmaster(top), undefined, JSON.stringify(text))
  }
  writeFileSync(file, '12\n/data\n')
  t.same(readPostmaster(top), { pid: 12, directory: '/data', socketFolder: '', status: '' })
  writeFileSync(file, '12\n/data\n1\n5432\n/run\n\n  1 2\nstopping\n')
  t.same(readPostmaster(top), { pid: 12, directory: '/data', socketFolder: '/run', status: 'stopping' })
})

t.test('the reason of a failure is read from the new entries of the log only', async (t) => {
  const log = join(top, 'log')
  t.equal(rotateLog(log), 0)
  t.equal(reasonInLog(log, 0), undefined)
  const old = '2026-01-01 00:00:00 UTC [1] FATAL:  an old reason\n'
  writeFileSync(log, old)
  const since = rotateLog(log)
  writeFileSync(
    log,
    `${old}2026-01-02 00:00:00 UTC [2] LOG:  starting\n2026-01-02 00:00:00 UTC [2] FATAL:  the reason\n`,
  )
  t.equal(reasonInLog(log, since), 'the reason')
  writeFileSync(log, `${old}postgres: error while loading shared libraries: libx.so\n`)
  t.equal(reasonInLog(log, since), 'postgres: error while loading shared libraries: libx.so')
})

t.test('nothing personal can get into the log, whatever the mode', async (t) => {
  for (const durable of [true, false]) {
    const settings = settingsFor({ durable, socketFolder: '/run' })
    t.match(settings, {
      log_error_verbosity: 'terse',
      log_min_error_statement: 'panic',
      log_parameter_max_length: '0',
      listen_addresses: '',
    })
  }
})

t.test('an order that is not one is refused', async (t) => {
  const order = { program: 'p', args: ['a'], ids: {}, logFile: 'l', removeAtEnd: [] }
  t.same(parseWatchdogOrder(JSON.stringify(order)), order)
  for (const key of Object.keys(order)) {
    t.throws(() => parseWatchdogOrder(JSON.stringify({ ...order, [key]: 1 })), key)
  }
  t.throws(() => parseWatchdogOrder('null'))
})

t.test('a reason is one line', async (t) => {
  t.equal(reasonOf(new Error('a\n  b\n')), 'a · b')
  t.equal(reasonOf('text'), 'text')
})
