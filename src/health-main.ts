/** The process of the health check: dist/health.js. */
import { health } from './wiring/health.ts'

process.exitCode = await health(process.env, process.argv.slice(2))
