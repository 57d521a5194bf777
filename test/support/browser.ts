/**
 * Headless Chromium on our pages, watched: what it prints as an error, what its policy refuses, what it asks of others. The
 * browser is the system's (`/usr/bin/chromium`, or CHROMIUM); where there is none a test is skipped with that reason, and
 * fails in the CI.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core'
import type { Test } from 'tap'
import { packageRoot } from '../../src/asset-path.ts'

export type Looks = {
  readonly language?: 'fr-FR' | 'en-GB'
  readonly width?: number
  readonly height?: number
  readonly dark?: boolean
  readonly javaScript?: boolean
}

export type Visit = AsyncDisposable & {
  readonly page: Page
  /** Everything that went wrong since the beginning: errors of the console, refusals of the policy, requests that failed. */
  readonly faults: () => Promise<readonly string[]>
  /** Addresses asked for, in their order. */
  readonly requests: readonly string[]
  /** Violations that axe-core finds now, one line each. @param within a selector; undefined: the whole page */
  readonly axe: (within?: string) => Promise<readonly string[]>
  /** Into `.build/console/[name].png`. */
  readonly picture: (name: string, wholePage?: boolean) => Promise<void>
}

export type TestBrowser = AsyncDisposable & {
  /** A visitor of their own: nothing is shared between visits. */
  readonly visit: (url: string, looks?: Looks) => Promise<Visit>
}

/** For a page or an element to come: the browser shares two cores with other tests. */
const PATIENCE_MS = 90_000

export const figuresFolder = join(packageRoot(), '.build', 'console')

/** What is seen when it holds, or at last: a page answers when the machine lets it. */
export async function eventually<T>(
  look: () => Promise<T>,
  holds: (seen: T) => boolean,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(40)) {
    const seen = await look()
    if (holds(seen) || Date.now() > deadline) return seen
  }
}

const executable = process.env.CHROMIUM ?? '/usr/bin/chromium'
const switches = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-dev-shm-usage'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  // Chromium loses the animation of a scroll now and then on a page that has just come: without one it scrolls at once.
  '--disable-smooth-scrolling',
]

/** undefined, and the test is over, where there is no browser. */
export async function testBrowser(t: Test): Promise<TestBrowser | undefined> {
  if (!existsSync(executable)) {
    const reason = `no browser at ${executable}: install Debian's chromium, or set CHROMIUM`
    if (process.env.CI === 'true') t.fail(reason)
    else t.pass(reason, { skip: reason })
    return undefined
  }
  mkdirSync(figuresFolder, { recursive: true })
  const browser = await chromium.launch({ executablePath: executable, args: switches })
  return {
    visit: (url, looks = {}) => visit(browser, url, looks),
    [Symbol.asyncDispose]: () => browser.close(),
  }
}

async function visit(browser: Browser, url: string, looks: Looks): Promise<Visit> {
  const { language = 'fr-FR', width = 1280, height = 900, dark = false, javaScript = true } = looks
  const context = await browser.newContext({
    locale: language,
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    javaScriptEnabled: javaScript,
  })
  const faults: string[] = []
  const requests: string[] = []
  context.setDefaultTimeout(PATIENCE_MS)
  watch(context, new URL(url).origin, faults, requests)
  await context.addInitScript(rememberRefusals)
  const page = await context.newPage()
  await page.goto(url)
  return {
    page,
    requests,
    async faults() {
      const refused: unknown = javaScript ? await page.evaluate('globalThis.refusedByPolicy') : []
      return [...faults, ...(Array.isArray(refused) ? refused.map(String) : ['the policy was not watched'])]
    },
    axe: (within) => violations(page, within),
    picture: async (name, fullPage = false) =>
      void (await page.screenshot({ path: join(figuresFolder, `${name}.png`), fullPage })),
    [Symbol.asyncDispose]: () => context.close(),
  }
}

const rememberRefusals = `
  globalThis.refusedByPolicy = []
  addEventListener('securitypolicyviolation', (event) =>
    globalThis.refusedByPolicy.push(event.effectiveDirective + ' refuses ' + event.blockedURI + ' ' + event.sample))`

function watch(context: BrowserContext, origin: string, faults: string[], requests: string[]): void {
  const isOurs = (url: string): boolean => new URL(url).origin === origin || /^(?:data|blob|about):/.test(url)
  context.on('request', (request: Request) => {
    requests.push(request.url())
    if (!isOurs(request.url())) faults.push(`asks ${request.url()}`)
  })
  context.on('requestfailed', (request) => {
    const why = request.failure()?.errorText ?? ''
    // A page that is left while it loads, and a document that is shown by the browser itself.
    if (why !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} ${why}`)
  })
  context.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning')
      faults.push(`${message.type()}: ${message.text()}`)
  })
  context.on('weberror', (error) => faults.push(`uncaught: ${error.error().message}`))
}

const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

type Violation = {
  readonly id: string
  readonly help: string
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[]
}

/** By the debugger's protocol, which the page's policy does not bind. */
async function violations(page: Page, within: string | undefined): Promise<string[]> {
  await page.evaluate(`${axeSource};undefined`)
  const place = within === undefined ? 'document' : JSON.stringify(within)
  const found = await page.evaluate<readonly Violation[]>(
    `axe.run(${place}, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
  )
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${help}: ${html.slice(0, 200)} ${failureSummary}`),
  )
}
