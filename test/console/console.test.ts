/**
 * The console as people meet it: the pages over HTTP, and in headless Chromium in both languages, narrow and wide, light and
 * dark, with the keyboard alone and without JavaScript. What its pages weigh goes to `.build/console/figures.json`.
 * The pages to try things out have their own test (try.test.ts); here they are only looked at.
 * @see docs/console.md
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fastify from 'fastify'
import type { Locator } from 'playwright-core'
import t from 'tap'
import { assetPath } from '../../src/asset-path.ts'
import { dmpPages } from '../../src/console/dmp-pages.ts'
import { html, htmlText } from '../../src/console/html.ts'
import { languages } from '../../src/console/words.ts'
import { wantedCoding } from '../../src/http/compressed-body.ts'
import { dmpConsole, plainConsole } from '../../src/wiring/mount-console.ts'
import { type TestApp, testApp } from '../support/app.ts'
import { eventually, figuresFolder, type TestBrowser, testBrowser, type Visit } from '../support/browser.ts'

t.setTimeout(380_000)

const app: TestApp = await testApp({ DMP_ISSUERS: '' })
t.teardown(() => app[Symbol.asyncDispose]())
const origin = new URL(app.base).origin
const about = { version: '9.9.9', date: '2026-01-01' }
const { inForce, readings } = appliedMatrix()

/** What the server decides by, in the form of the page's counts. */
function appliedMatrix() {
  const { habilitation } = app.engine.matricesAt(app.now())
  const cells = habilitation.professions.flatMap(({ code }) =>
    habilitation.types.map((type) => ({ profession: code, type, cell: habilitation.cell(code, type) })),
  )
  return { inForce: habilitation, readings: cells }
}

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  fetch(`${origin}${path}`, { headers, redirect: 'manual' })

async function pathsOf(path = '/'): Promise<string[]> {
  const text = await (await get(path)).text()
  const menu = /<ul class="menu">.*?<\/ul>/s.exec(text)?.[0] ?? ''
  return [...menu.matchAll(/href="([^"?#]+)"/g)].map(([, href]) => href ?? '')
}

t.test('pages are whole without a token, say what they may do, and leave no trace', async (t) => {
  const traces = await app.traces()
  const paths = await pathsOf()
  t.ok(paths.includes('/console/habilitation') && paths.includes('/console/api'))
  for (const path of paths) {
    const answer = await get(path)
    const text = await answer.text()
    t.equal(answer.status, 200, path)
    t.equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
    const policy = answer.headers.get('content-security-policy') ?? ''
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "style-src 'self'",
      "connect-src 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ])
      t.ok(policy.includes(part), `${path}: ${part}`)
    t.notMatch(policy, /unsafe|https?:|\*/, `${path}: nothing is allowed to others`)
    if (path !== '/console/api') t.match(policy, /require-trusted-types-for 'script'/, path)
    t.match(Object.fromEntries(answer.headers), {
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
      vary: 'Accept-Language, Accept-Encoding',
    })
    t.ok(answer.headers.get('permissions-policy')?.includes('camera=()'))
    t.equal(text.match(/<h1>/g)?.length, 1, `${path}: one heading of the first level`)
    t.notMatch(
      text,
      /<script(?! type="module" src="\/console\/assets\/[a-z-]+-[A-Z0-9]{8}\.js"><\/script>)/,
      path,
    )
    t.notMatch(text, /<style|\sstyle=|\son[a-z]+=/, `${path}: nothing inline`)
    t.notMatch(text, /(?:src|href)="(?:https?:)?\/\//, `${path}: no other host`)
  }
  t.equal(await app.traces(), traces, 'nothing about a record, so no trace')
})

t.test('the language is the one asked for, and links keep it', async (t) => {
  const inEnglish = await (await get('/', { 'accept-language': 'en-GB,en;q=0.9' })).text()
  t.match(inEnglish, '<html lang="en"')
  t.match(inEnglish, 'href="/console/api"')
  const chosen = await (await get('/?lang=fr', { 'accept-language': 'en' })).text()
  t.match(chosen, '<html lang="fr"')
  t.match(chosen, 'href="/console/api?lang=fr"')
  t.match(chosen, '<link rel="alternate" hreflang="en" href="/?lang=en">')
  const unknown = await (await get('/?lang="><script>')).text()
  t.match(unknown, '<html lang="fr"')
  t.match(await (await get('/console/rights')).text(), '<noscript><p class="note">Sans JavaScript')
  t.notMatch(unknown, '"><script>')
})

t.test('what a browser has it does not get again; what it takes compressed it gets so', async (t) => {
  const first = await get('/console/habilitation', { 'accept-encoding': 'identity' })
  const etag = first.headers.get('etag') ?? ''
  const again = await get('/console/habilitation', { 'if-none-match': `"x", ${etag}` })
  t.equal(again.status, 304)
  t.ok(again.headers.get('content-security-policy'))
  t.equal(await again.text(), '')
  const page = await first.text()
  for (const coding of ['br', 'gzip']) {
    const answer = await get('/console/habilitation', { 'accept-encoding': coding })
    t.equal(answer.headers.get('content-encoding'), coding)
    t.equal(await answer.text(), page)
  }
  const asset = /\/console\/assets\/frame-[A-Z0-9]{8}\.css/.exec(page)?.[0] ?? ''
  const style = await get(asset)
  t.match(Object.fromEntries(style.headers), {
    'content-type': 'text/css; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  })
  for (const path of ['frame.css', 'manifest.json', '..%2f..%2fmain.js', 'frame-00000000.css'])
    t.equal((await get(`/console/assets/${path}`)).status, 404, path)
  t.equal(wantedCoding('gzip, deflate, br'), 'br')
  t.equal(wantedCoding('gzip;q=0.5, br;q=0'), 'gzip')
  t.equal(wantedCoding('GZIP'), 'gzip')
  t.equal(wantedCoding('xbr, brx, gzip;q=0.0'), undefined)
  t.equal(wantedCoding(undefined), undefined)
})

t.test('a value is shown and never read as markup', async (t) => {
  const hostile = `"><script>alert('x')</script>&amp;`
  const written = htmlText(
    html`<p title="${hostile}">${hostile}${undefined}${false}${[1, html`<b>2</b>`]}</p>`,
  )
  const shown = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;amp;'
  t.equal(written, `<p title="${shown}">${shown}1<b>2</b></p>`)
})

t.test('the matrix on the page is the matrix in force, cell by cell', async (t) => {
  const text = await (await get('/console/habilitation?lang=en')).text()
  const table = /<table id="matrix">.*?<\/table>/s.exec(text)?.[0] ?? ''
  const professions = [...table.matchAll(/<th scope="col" data-code="([^"]+)"/g)].map(([, code]) => code)
  let compared = 0
  const wrong: string[] = []
  for (const [, type = '', rest = ''] of table.matchAll(/<tr data-type="([^"]+)">(.*)/g)) {
    const words = [...rest.matchAll(/<td class="(?:a|d)(?: p)?" data-s="\d+">((?:yes|no)(?: \?)?)/g)]
    t.equal(words.length, professions.length, type)
    words.forEach(([, word], at) => {
      const cell = inForce.cell(professions[at] ?? '', type)
      const expected = `${cell?.value === 'allow' ? 'yes' : 'no'}${cell?.status === 'proposed' ? ' ?' : ''}`
      if (word !== expected) wrong.push(`${professions[at]} × ${type}: ${word}, not ${expected}`)
      compared++
    })
  }
  t.same(wrong.slice(0, 10), [])
  t.equal(compared, inForce.professions.length * inForce.types.length)
  const missing = inForce.types.filter((type) => !table.includes(`data-type="${type}"`))
  t.same(missing, [])
})

t.test('a version to come is told, and takes its place when its day comes', async (t) => {
  const { matricesAt, nextMatricesAfter, terminology } = app.engine
  const day = app.now() + 1_000
  const coming = { ...inForce, version: 'X2', validFrom: '2031-03-04' }
  const engine = {
    terminology,
    matricesAt: (now: number) => (now < day ? matricesAt(now) : { ...matricesAt(now), habilitation: coming }),
    nextMatricesAfter: (now: number) => ({
      ...nextMatricesAfter(now),
      habilitation: now < day ? coming : undefined,
    }),
  }
  let now = day - 1
  const server = fastify()
  const settings = { publicUrl: 'https://dmp.example/base', sandbox: false, production: true }
  ;(await dmpConsole(settings, about, engine, () => now))(server)
  const page = async (path: string) =>
    (await server.inject({ url: path, headers: { 'accept-language': 'fr' } })).body
  t.match(await page('/console/habilitation'), 'version X2, le 4 mars 2031')
  t.match(await page('/'), 'puis la version X2, le 4 mars 2031')
  now = day
  t.match(await page('/console/habilitation'), 'version X2, depuis le 4 mars 2031')
  t.match(await page('/'), 'version X2, en vigueur depuis le 4 mars 2031')

  t.comment('in production: the matrix, the rights and the interface, below the path of the public URL')
  const home = await page('/')
  t.match(home, 'class="mode mode-production"')
  t.match(home, 'href="/base/console/habilitation"')
  t.match(home, /src="\/base\/console\/assets\/|href="\/base\/console\/assets\//)
  for (const path of ['/console/try', '/console/traces'])
    t.equal((await server.inject({ url: path })).statusCode, 404, path)
  t.notMatch(await page('/console/api'), 'api-sandbox')
  const sandboxed = /\/console\/assets\/(?:api-sandbox|try|traces)-[A-Z0-9]{8}\.js/
  const asset = sandboxed.exec(await (await get('/console/api')).text())?.[0] ?? ''
  t.equal((await get(asset)).status, 200)
  t.equal((await server.inject({ url: asset })).statusCode, 404, 'scripts of the sandbox are not there')
  await server.close()
})

t.test('the fhir profile has its interface, and no matrix', async (t) => {
  const server = fastify()
  plainConsole({ publicUrl: origin, sandbox: false, production: false }, about, app.now)(server)
  const { body } = await server.inject({ url: '/', headers: { 'accept-language': 'en' } })
  t.match(body, 'FHIR R4 engine alone')
  t.match(body, 'href="/console/api"')
  t.notMatch(body, /habilitation|sandbox/i)
  t.equal((await server.inject({ url: '/console/api' })).statusCode, 200)
  t.equal((await server.inject({ url: '/console/habilitation' })).statusCode, 404)
  await server.close()
})

t.test('every page has all its words in both languages', async (t) => {
  const policyFile = assetPath('docs', 'policy.md')
  const site = { mode: 'production', version: '1', publicUrl: origin, policyFile } as const
  const pages = dmpPages({ engine: app.engine, ...site }, [])
  for (const page of pages) {
    for (const language of languages) {
      const context = { language, now: app.now(), href: (path: string) => path, root: '' }
      const text = htmlText(page.content(context))
      t.notMatch(text, /\{\w+\}|undefined|\[object/, `${page.path} ${language}: every place is filled`)
    }
  }
})

t.test('in a browser', async (t) => {
  await using browser = await testBrowser(t)
  if (!browser) return
  const pages = await pathsOf()
  await t.test('every page in French, wide and light', (t) => wideAndLight(t, browser, pages))
  await t.test('every page in English, narrow and dark; the interface, tried', (t) =>
    narrowAndDark(t, browser, pages),
  )
  await t.test('the filters of the matrix and of the rights; the keyboard alone', (t) => filters(t, browser))
  await t.test('without JavaScript', (t) => withoutScript(t, browser))
})

type Tap = Parameters<typeof testBrowser>[0]

/** Bytes over the wire, all files of the page together: gzip, since Chromium takes brotli over TLS only. */
const budgets: Readonly<Record<string, number>> = {
  '/': 8_000,
  '/console/habilitation': 24_000,
  '/console/rights': 16_000,
  '/console/api': 800_000,
}
const OTHERS = 80_000

/** The viewer: all operations of the interface, which takes it seconds. */
const INTERFACE = '/console/api'

async function wideAndLight(t: Tap, browser: TestBrowser, pages: readonly string[]): Promise<void> {
  await using visit = await browser.visit(`${origin}/`, { language: 'fr-FR' })
  const figures: Record<string, unknown> = {}
  for (const path of pages) {
    await go(visit, path)
    await isWell(t, visit, 'fr', `${path} fr 1280 light`)
    await visit.picture(`${pictureName(path)}-0`)
    const weight = await weigh(visit)
    figures[path] = weight
    t.ok(weight.bytes < (budgets[path] ?? OTHERS), `${path}: ${weight.bytes} bytes`)
  }
  writeFileSync(join(figuresFolder, 'figures.json'), `${JSON.stringify(figures, null, 1)}\n`)
}

async function narrowAndDark(t: Tap, browser: TestBrowser, pages: readonly string[]): Promise<void> {
  await using visit = await browser.visit(`${origin}/`, {
    language: 'en-GB',
    width: 320,
    height: 800,
    dark: true,
  })
  for (const path of pages) {
    // Thousands of cells are looked at once; here what one profession reads.
    const part = path === '/console/habilitation' ? '#profession=60' : ''
    if (path !== INTERFACE) {
      // The longer words in the narrower place: looked at for what does not fit.
      await go(visit, `${path}?lang=fr${part}`)
      await nothingSideways(t, visit, `${path} fr 320 dark`)
    }
    await go(visit, path + part)
    await isWell(t, visit, 'en', `${path} en 320 dark`)
    await visit.picture(`${pictureName(path)}-1`)
    if (path === INTERFACE) await triedInterface(t, visit)
  }
}

async function go({ page }: Visit, path: string): Promise<void> {
  if (page.url() !== `${origin}${path}`) await page.goto(`${origin}${path}`)
  if (path.startsWith(INTERFACE)) await page.locator('.opblock').first().waitFor()
}

async function isWell(t: Tap, visit: Visit, language: string, name: string): Promise<void> {
  const { page } = visit
  t.equal(await page.locator('html').getAttribute('lang'), language, name)
  t.equal(await page.locator('h1').count(), 1)
  await nothingSideways(t, visit, name)
  t.same(await visit.axe(), [], `${name}: accessible`)
  t.same(await visit.faults(), [], `${name}: no error, no refusal, nobody else asked`)
}

async function nothingSideways(t: Tap, { page }: Visit, name: string): Promise<void> {
  t.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0, `${name}: no sideways`)
}

function pictureName(path: string): string {
  return path === '/' ? 'home' : (path.split('/').at(-1) ?? '')
}

type Weight = { readonly bytes: number; readonly files: number; readonly firstPaintMs: number }

function weigh({ page }: Visit): Promise<Weight> {
  return page.evaluate<Weight>(`(() => {
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
    return {
      bytes: all.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
      files: all.length,
      firstPaintMs: Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? -1),
    }
  })()`)
}

async function filters(t: Tap, browser: TestBrowser): Promise<void> {
  await using visit = await browser.visit(`${origin}/console/habilitation?lang=en`)
  await t.test('of the matrix', (t) => matrixFilters(t, visit))
  await t.test('of the rights', (t) => rightsFilters(t, visit))
  await t.test('with the keyboard alone', (t) => keyboard(t, visit))
}

type Words = string | RegExp

/** Once it says so; what it says instead, if it never does. */
async function reads(t: Tap, place: Locator, words: Words, why = String(words)): Promise<void> {
  const isSo = (text: string): boolean => (typeof words === 'string' ? text === words : words.test(text))
  const text = await eventually(async () => (await place.textContent()) ?? '', isSo)
  t.ok(isSo(text), `${why}: ${text.slice(0, 500)}`)
}

async function matrixFilters(t: Tap, visit: Visit): Promise<void> {
  const { page } = visit
  const count = page.locator('#count')
  const told = (chosen: typeof readings): string => {
    const number = (holds: (each: (typeof readings)[number]) => boolean) =>
      new Intl.NumberFormat('en-GB').format(chosen.filter(holds).length)
    const value = (wanted: string) => number(({ cell }) => cell?.value === wanted)
    const status = (wanted: string) => number(({ cell }) => cell?.status === wanted)
    return `${number(() => true)} cells: ${value('allow')} yes, ${value('deny')} no; ${status('confirmed')} confirmed, ${status('proposed')} proposed.`
  }
  await reads(t, count, told(readings))
  t.ok(await page.locator('#by-profession').isVisible())

  await page.locator('#profession').selectOption('60')
  const ofNurse = readings.filter(({ profession }) => profession === '60')
  await reads(t, count, told(ofNurse))
  t.equal(new URL(page.url()).hash, '#profession=60', 'the address keeps what is chosen')
  t.notOk(await page.locator('#whole').isVisible())
  t.equal(await page.locator('#one-list tr:has(td)').count(), inForce.types.length)
  await reads(t, page.locator('#one-title'), /Infirmier/)

  await page.locator('#status').selectOption('confirmed')
  const sure = ofNurse.filter(({ cell }) => cell?.status === 'confirmed')
  t.ok(sure.length > 0)
  await reads(t, count, told(sure))
  const row = page.locator('#one-list tr', { hasText: sure[0]?.type ?? '' })
  t.match(await row.textContent(), /confirmed.*infirmiers\.com/, 'with its source')

  await page.getByRole('button', { name: 'Show all' }).click()
  await reads(t, count, told(readings))
  t.equal(new URL(page.url()).hash, '')

  await page.locator('#type').fill('SYNTHESE')
  const types = app.engine.terminology.documentTypes
  const named = readings.filter(({ type }) => /synth[èe]se/i.test(types.byCode(type)?.display ?? ''))
  t.ok(named.length > 0, 'there is one')
  await reads(t, count, told(named), 'accents and capitals do not matter')
  await page.locator('#type').fill('zzz')
  await reads(t, count, 'No cell answers to these choices.')
  t.notOk(await page.locator('#whole').isVisible())
  await page.locator('#type').fill('')

  await page.locator('#status').selectOption('confirmed')
  await page.locator('#reading').selectOption('deny')
  const denied = readings.filter(({ cell }) => cell?.status === 'confirmed' && cell.value === 'deny')
  await reads(t, count, told(denied))
  const shown = page.locator('#matrix td:not(.out):visible')
  t.equal(await shown.count(), denied.length, 'no other cell is seen')
  const columns = await page.locator('#matrix thead th[data-code]:visible').count()
  t.equal(columns, new Set(denied.map(({ profession }) => profession)).size, 'nor a column without any')

  await page.goto(`${origin}/console/habilitation?lang=en#profession=nobody&class=31`)
  await page.reload()
  t.equal(await page.locator('#profession').inputValue(), '', 'a profession that there is not is none')
  t.equal(await page.locator('#class').inputValue(), '31')
  await page.goto(`${origin}/console/habilitation?lang=en#profession=21`)
  await reads(t, page.locator('#one-title'), /Pharmacien/, 'another address, the same page')
  t.same(await visit.faults(), [])
}

async function rightsFilters(t: Tap, visit: Visit): Promise<void> {
  const { page } = visit
  await page.goto(`${origin}/console/rights?lang=en`)
  const { rights } = app.engine.matricesAt(app.now())
  const all = await page.locator('.way').count()
  await reads(t, page.locator('#count'), `Tables shown: ${all}.`)
  await page.locator('#caller').selectOption('AIDANT')
  const ways = (wanted: number) =>
    eventually(
      () => page.locator('.way:visible').count(),
      (count) => count === wanted,
    )
  t.equal(await ways(1), 1, 'an aidant comes in one way')
  const cells = await page.evaluate(
    `Array.from(document.querySelectorAll('.way:not([hidden]) tbody tr'), (row) =>
      Array.from(row.querySelectorAll('td:not([hidden])'), (cell) => cell.textContent))`,
  )
  t.same(
    cells,
    Array.from({ length: 18 }, (_, at) => {
      const cell = rights.cell(`F${at}`, 'AIDANT', 'DIRECTE', 'normal')
      return [`${cell?.grant}${cell?.status === 'proposed' ? ' ?' : ''}`]
    }),
    'what the matrix says',
  )
  await page.locator('#mode').selectOption('centre_15')
  await reads(t, page.locator('#count'), 'This caller has no right in this way.')
  await page.getByRole('button', { name: 'Show all' }).click()
  t.equal(await ways(all), all)
  t.same(await visit.faults(), [])
}

async function keyboard(t: Tap, visit: Visit): Promise<void> {
  const { page } = visit
  await page.goto(`${origin}/console/habilitation?lang=en`)
  const focused = () =>
    page.evaluate<string>(
      "(({ id, tagName, className, textContent }) => id || className || (tagName === 'A' ? textContent : tagName))(document.activeElement)",
    )
  await page.keyboard.press('Tab')
  t.equal(await focused(), 'skip', 'the first stop')
  t.ok(((await page.locator('.skip').boundingBox())?.y ?? -1) >= 0, 'and it is seen')
  await page.keyboard.press('Enter')
  t.equal(await focused(), 'content')
  const stops: string[] = []
  for (let press = 0; press < 6; press++) {
    await page.keyboard.press('Tab')
    stops.push(await focused())
  }
  t.same(stops, ['profession', 'class', 'type', 'reading', 'status', 'BUTTON'], 'in the order of reading')
  const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
  t.equal(outline, 'solid', 'where one is is seen')
  for (let press = 0; press < 5; press++) await page.keyboard.press('Shift+Tab')
  t.equal(await focused(), 'profession')
  await page.keyboard.type('Pharm')
  t.equal(await page.locator('#profession').inputValue(), '21')
  await reads(t, page.locator('#one-title'), /Pharmacien/)

  t.comment('a table that scrolls can be reached and scrolled')
  await page.goto(`${origin}/console/habilitation?lang=en`)
  await page.locator('.matrix').focus()
  await page.keyboard.press('End')
  const scrolled = async () => Number(await page.evaluate("document.querySelector('.matrix').scrollTop"))
  t.ok((await eventually(scrolled, (top) => top > 0)) > 0)
  t.same(await visit.faults(), [])
}

async function withoutScript(t: Tap, browser: TestBrowser): Promise<void> {
  await using visit = await browser.visit(`${origin}/console/habilitation`, { javaScript: false })
  const { page } = visit
  t.ok(await page.locator('#matrix').isVisible())
  t.ok(await page.locator('#by-profession').isVisible())
  t.notOk(await page.locator('#filters').isVisible(), 'no filter that does nothing')
  await page.getByRole('link', { name: 'English' }).click()
  t.equal(await page.locator('html').getAttribute('lang'), 'en')
}

async function triedInterface(t: Tap, visit: Visit): Promise<void> {
  const { page } = visit
  await page.setViewportSize({ width: 1280, height: 900 })
  await page.locator('#role').selectOption({ index: 0 })
  await page.getByRole('button', { name: 'Take their token' }).click()
  await page.getByText('Requests are now made as').waitFor()
  await page.locator('.btn.authorize.locked').waitFor()

  const operation = page.locator('.opblock', { hasText: '/Patient' }).filter({ hasText: 'TD0.2' }).first()
  await operation.locator('.opblock-summary-control').click()
  await operation
    .locator('tr[data-param-name="identifier"] input')
    .fill('urn:oid:1.2.250.1.213.1.4.10|279035121518989')
  const sent = page.waitForRequest((request) => request.url().startsWith(`${app.base}/Patient?`))
  await operation.getByRole('button', { name: 'Execute' }).click()
  t.match((await (await sent).allHeaders()).authorization, /^Bearer eyJ/, 'with the token')
  await reads(t, operation.locator('.live-responses-table .response-col_status').last(), /200/)
  t.same(await visit.axe('.opblock.is-open'), [], 'an open operation is accessible too')
  t.same(await visit.faults(), [])
  const kept = await page.evaluate('JSON.stringify([localStorage, sessionStorage, document.cookie])')
  t.equal(kept, '[{},{},""]', 'nothing is left behind')
  t.ok(
    visit.requests.every((url) => url.startsWith(origin) || url.startsWith('data:')),
    'nobody else is asked',
  )
}
