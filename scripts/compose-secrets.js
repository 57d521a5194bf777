#!/usr/bin/env node
/**
 * The secrets of compose.yaml, made once: passwords, the two logins of the database, master key and seal key. What is there
 * is never replaced: whoever loses the master key loses every document (docs/operations.md "Keys of contents").
 * `node scripts/compose-secrets.js [folder]`; the certificate of the server is the operator's.
 *
 * Compose mounts each file as it lies, and the server runs as 65532: the files may be read by all, their folder by its owner
 * alone.
 */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const [folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'deploy', 'compose', 'secrets')] =
  process.argv.slice(2)
const MARK = join(folder, 'master_key')
if (existsSync(MARK)) {
  process.stderr.write(`${MARK} is there already: nothing is made\n`)
  process.exit(1)
}

const password = () => randomBytes(24).toString('base64url')
const owner = password()
const server = password()
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const files = {
  postgres_password: password(),
  // The role of the server is made here too: neither login may make one.
  'logins.sql': `create role dmp_server nologin noinherit;
create role dmp_owner login password '${owner}';
create role dmp_login login password '${server}' in role dmp_server;
grant dmp_server to dmp_owner;
create database dmp owner dmp_owner;
`,
  owner_url: `postgres://dmp_owner:${owner}@database/dmp`,
  server_url: `postgres://dmp_login:${server}@database/dmp`,
  seal_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  master_key: randomBytes(48).toString('base64'),
}
mkdirSync(folder, { recursive: true, mode: 0o700 })
chmodSync(folder, 0o700)
for (const [name, content] of Object.entries(files)) {
  writeFileSync(join(folder, name), content, { flag: 'wx', mode: 0o444 })
}
process.stdout.write(
  `${Object.keys(files).length} secrets in ${folder}; tls_key.pem and tls_cert.pem are yours to add\n`,
)
