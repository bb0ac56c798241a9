// What holds for every page, whoever looks at it, on whatever: axe-core finds nothing, nothing
// scrolls sideways, also with letters of twice the size, one heading leads, and no word is missing.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axe, fitsItsWidth, links, signIn, url, walk } from './rig.mjs'

const REP = ['/', '/inbox', '/requests', '/requests/new', '/households']
const OFFICE = [...REP, '/requests/paste', '/households/new', '/clocks']
const ROLES = {
  liaison: REP,
  grid_head: [...REP, '/requests/paste'],
  clerk: [...OFFICE, '/register/import'],
  secretary: OFFICE,
  administrator: ['/', '/clocks']
}
/** Their pages are those of rep and clerk again: two looks instead of all. */
const LIKE_OTHERS = ['grid_head', 'secretary']
const STRANGER = ['/sign-in', '/q', '/q?code=1-ZZZZZ-ZZZZZ', '/styleguide', '/no-such-page']

/** Each width, mode, theme and language, each at least once; the first and the last together too. */
const LOOKS = [
  { width: 320, mode: 'elder', theme: 'light', lang: 'zh' },
  { width: 375, mode: 'normal', theme: 'dark', lang: 'en' },
  { width: 1280, mode: 'normal', theme: 'light', lang: 'zh' },
  { width: 1280, mode: 'elder', theme: 'dark', lang: 'en' }
]

/** A word the catalogue has not shows as its key. */
const WORD_KEY = /\b(shell|request|act|field|stage|form|problem|access|household|import)\.[a-z_]+\b/

/** Chooses mode, theme and language the way the buttons of the masthead do. */
async function prefer(page, look) {
  await page.setViewportSize({ width: look.width, height: 800 })
  for (const name of ['mode', 'theme', 'lang']) {
    const answer = await page.request.post('/preferences', {
      form: { back: '/', [name]: look[name] }, headers: { origin: url }, maxRedirects: 0
    })
    assert.equal(answer.status(), 303, `${name} is taken`)
  }
}

/** Adds a request's page and its slip, and a household's page, where this person has one. */
async function withDetails(page, paths) {
  const found = [...paths]
  for (const [list, link] of [['/requests', 'table.rows a[href^="/requests/"]'], ['/households', 'main .list a[href^="/households/"]']]) {
    if (!paths.includes(list)) continue
    await page.goto(list)
    const path = await page.locator(link).first().getAttribute('href')
    found.push(path)
    if (list === '/requests') found.push(`${path}/slip`)
  }
  return found
}

async function inspect(page, path, look) {
  await page.goto(path)
  const root = page.locator('html')
  assert.equal(await root.getAttribute('data-mode'), look.mode === 'elder' ? 'elder' : null)
  assert.equal(await root.getAttribute('data-theme'), look.theme)
  assert.equal(await root.getAttribute('lang'), look.lang === 'en' ? 'en' : 'zh-CN')
  await axe(page)
  await fitsItsWidth(page)
  assert.equal(await page.locator('h1').count(), 1, `${path} has one h1`)
  assert.doesNotMatch(await page.locator('body').innerText(), WORD_KEY, `${path} shows the key of a word`)
  await page.evaluate(() => (document.documentElement.style.fontSize = '200%'))
  if (look.mode === 'normal') await fitsItsWidth(page)
}

async function inspectAll(page, paths, looks = LOOKS) {
  const faults = []
  for (const look of looks) {
    await prefer(page, look)
    for (const path of paths) {
      await inspect(page, path, look).catch((error) => faults.push(`${JSON.stringify(look)} ${error.message}`))
    }
  }
  assert.equal(faults.length, 0, faults.join('\n\n'))
}

for (const [role, paths] of Object.entries(ROLES)) {
  test(`every page of the ${role} in its modes, themes, languages and widths`, async () => {
    const looks = LIKE_OTHERS.includes(role) ? [LOOKS[0], LOOKS.at(-1)] : LOOKS
    await walk('desktop', async (page) => {
      await signIn(page, role)
      await inspectAll(page, await withDetails(page, paths), looks)
    })
  })
}

test('every page of somebody without an account, likewise', async () => {
  await walk('desktop', async (page) => {
    await inspectAll(page, [...STRANGER, new URL(links.resident).pathname])
  })
})
