// The rig of the journeys: Debian's Chromium under playwright-core, contexts as people have them
// (a phone, a PC, a PC without JavaScript), axe-core as a floor for accessibility, screenshots.
//
// A journey is one `*.test.mjs` beside this file. It finds the running demo in LIANHU_URL and the
// sign-in links of each role in LIANHU_LINKS; `cargo xtask test --only browser` sets both.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { after } from 'node:test'
import { chromium } from 'playwright-core'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// Everything A and AA of WCAG 2.2, and what the tool's makers hold good beyond it.
const AXE_TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

// Without them Chromium asks its maker's hosts for updates at every start.
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--font-render-hinting=none'
]

const DEVICES = {
  phone: {
    viewport: { width: 375, height: 812 },
    deviceScaleFactor: 2,
    hasTouch: true,
    isMobile: true
  },
  desktop: { viewport: { width: 1280, height: 800 } },
  noscript: { viewport: { width: 1280, height: 800 }, javaScriptEnabled: false },
  // The phone of somebody who switched scripts off, or whose browser is too old for ours.
  plainphone: {
    viewport: { width: 375, height: 812 },
    hasTouch: true,
    isMobile: true,
    javaScriptEnabled: false
  }
}

export const url = process.env.LIANHU_URL ?? ''
export const links = JSON.parse(process.env.LIANHU_LINKS ?? '{}')

/** The program itself, for journeys that begin with an empty folder. */
export const program = process.env.LIANHU_PROGRAM ?? ''

const artefacts = process.env.LIANHU_ARTEFACTS ?? path.resolve('.artefacts/browser')

let browser

/** Pages on which no script runs. */
const scriptless = new WeakSet()

/** Chromium, started at the first call and closed after the last test of the file. */
async function chromiumForThisFile() {
  browser ??= await chromium.launch({
    executablePath: process.env.LIANHU_CHROMIUM ?? '/usr/bin/chromium',
    args: FLAGS
  })
  return browser
}

after(() => browser?.close())

/**
 * Opens a page on a device with its own cookies and hands it to `journey`. Whatever the page
 * throws, logs as an error or asks of a foreign host fails the journey.
 *
 * @param {keyof typeof DEVICES} device
 * @param {(page: import('playwright-core').Page) => Promise<void>} journey
 * @param {import('playwright-core').BrowserContextOptions} more  e.g. `{ colorScheme: 'dark' }`
 */
export async function walk(device, journey, more = {}) {
  await together({ one: device }, ({ one }) => journey(one), more)
}

/**
 * The same for several people at once, each on a device of their own: `{ rep: 'phone', clerk:
 * 'desktop' }` gives the journey `{ rep, clerk }`.
 */
export async function together(people, journey, more = {}) {
  const complaints = []
  const contexts = []
  const pages = {}
  try {
    for (const [who, device] of Object.entries(people)) {
      const context = await contextFor(device, more)
      contexts.push(context)
      pages[who] = await context.newPage()
      pages[who].setDefaultTimeout(10_000)
      listen(pages[who], complaints, more.baseURL ?? url)
      if (DEVICES[device].javaScriptEnabled === false) scriptless.add(pages[who])
    }
    await journey(pages)
  } finally {
    for (const context of contexts) await context.close()
  }
  assert.deepEqual(complaints, [])
}

async function contextFor(device, more) {
  const running = await chromiumForThisFile()
  return running.newContext({
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    baseURL: url || undefined,
    // It would stand between a journey and what the journey makes of the network.
    serviceWorkers: 'block',
    ...DEVICES[device],
    ...more
  })
}

function listen(page, complaints, home) {
  const own = home ? new URL(home).host : ''
  page.on('pageerror', (error) => complaints.push(`thrown: ${error.message}`))
  page.on('console', (message) => {
    // An answer that refuses (409, 422 …) is logged by the browser itself and is no defect.
    const refused = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !refused) complaints.push(`logged: ${message.text()}`)
  })
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url())
    if (protocol.startsWith('http') && host !== own) complaints.push(`asked: ${request.url()}`)
  })
}

/** Signs a page in as one of the demo's roles: the link shows whose it is, one button goes in. */
export async function signIn(page, role) {
  assert.ok(links[role], `the demo has no link for ${role}: ${Object.keys(links)}`)
  await page.goto(links[role])
  await page.getByRole('main').getByRole('button').click()
  await page.locator('nav.nav').waitFor()
}

/** Fails with every node that axe-core objects to, on pages with and without JavaScript. */
export async function axe(page) {
  const violations = scriptless.has(page) ? await inspectCopy(page) : await inspect(page)
  const said = violations.flatMap(({ id, help, nodes }) =>
    nodes.map((node) => `${id}: ${help}\n  ${node.html}\n  ${node.failureSummary}`)
  )
  assert.equal(said.length, 0, `${page.url()}\n${said.join('\n')}`)
}

async function inspect(page) {
  // While a visit is under way Turbo marks the document busy, which is no state to be judged.
  await page.waitForFunction(() => !document.documentElement.hasAttribute('aria-busy'))
  // Handed over by the debugger, since a script tag would break the content security policy.
  await page.evaluate(AXE)
  const { violations } = await page.evaluate((tags) => window.axe.run({ runOnly: tags }), AXE_TAGS)
  return violations
}

/**
 * axe-core waits for timers, which stand still where scripts are off: so the same document is
 * looked at with scripts on, its own ones taken out.
 */
async function inspectCopy(page) {
  const document = (await page.content()).replace(/<script\b[^]*?<\/script>/g, '')
  const context = await page.context().browser().newContext(DEVICES.desktop)
  try {
    const copy = await context.newPage()
    if (page.url().startsWith('http')) {
      const answer = { body: document, contentType: 'text/html; charset=utf-8' }
      await copy.route(page.url(), (route) => route.fulfill(answer))
      await copy.goto(page.url())
    } else {
      await copy.setContent(document)
    }
    return await inspect(copy)
  } finally {
    await context.close()
  }
}

/** Fails if the page scrolls sideways: at 375 px and at 320 px nothing may. */
export async function fitsItsWidth(page) {
  const { have, need } = await page.evaluate(() => ({
    have: document.documentElement.clientWidth,
    need: document.documentElement.scrollWidth
  }))
  assert.ok(need <= have, `${page.url()} needs ${need} px and has ${have}`)
}

/** Keeps a picture of the page, whole unless told otherwise, as `NAME.png`. */
export async function shot(page, name, options = {}) {
  await mkdir(artefacts, { recursive: true })
  await page.screenshot({ path: path.join(artefacts, `${name}.png`), fullPage: true, ...options })
}
