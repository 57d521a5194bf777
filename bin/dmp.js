#!/usr/bin/env node
// The `dmp` command: dist/cli.js, which `npm run build` (or the first `npm start`) makes.
import { existsSync } from 'node:fs'

const cli = new URL('../dist/cli.js', import.meta.url)
if (existsSync(cli)) {
  await import(cli.href)
} else {
  process.stderr.write('dmp is not built yet: run `npm run build` first.\n')
  process.exitCode = 69
}
