// What a finger must hit, and what large type must not break: 60 × 60 in elder mode on every page of
// every role, text at twice its size, and lists on paper.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file, unique } from './people.mjs'
import { fitsItsWidth, links, signIn, url, walk } from './rig.mjs'

/** 60 CSS px; half a pixel is rounding. */
const ELDER = 59.5

const REP = ['/', '/inbox', '/requests', '/requests/new', '/households', '/clocks']
const OFFICE = [...REP, '/requests/paste', '/households/new']
const PAGES = {
  liaison: [...REP, '/requests/paste'],
  grid_head: [...REP, '/requests/paste'],
  clerk: [...OFFICE, '/register/import'],
  secretary: OFFICE,
  administrator: ['/', '/clocks'],
  nobody: ['/sign-in', '/q', '/q/KX7P-42MD-9']
}

/** Turns a page's context into one that reads large print. */
async function largePrint(page) {
  await page.context().addCookies([{ name: 'mode', value: 'elder', url }])
}

/** Every visible thing to press that is smaller than this, by its words and size. */
async function tooSmall(page, least) {
  return page.evaluate((least) => {
    const things = 'a[href], button, summary, input:not([type=hidden]), select, textarea, [role=option]'
    const visible = (one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: false })
    // A label is pressed for its box. A row's link lies over its row too, and is large by itself all the same.
    const target = (one) => {
      const label = one.matches('input[type=checkbox], input[type=radio], input[type=file]') && one.closest('label')
      return label || one
    }
    // WCAG 2.5.8: a link within a sentence is as high as its line.
    const inSentence = (one) => {
      if (getComputedStyle(one).display !== 'inline') return false
      const around = one.parentElement
      const own = one.textContent.trim().length
      return around.matches('p, li, dd, td, small') && around.textContent.trim().length > own
    }
    return [...document.querySelectorAll(things)]
      .filter((one) => visible(one) && !one.closest('.visually-hidden, .skip, [aria-hidden=true]') && !inSentence(one))
      .map((one) => ({ one, box: target(one).getBoundingClientRect() }))
      .filter(({ box }) => box.width < least || box.height < least)
      .map(({ one, box }) => {
        const words = (one.textContent || one.name || one.id).trim().slice(0, 30)
        return `${one.localName} “${words}” ${Math.round(box.width)} × ${Math.round(box.height)}`
      })
  }, least)
}

for (const [role, paths] of Object.entries(PAGES)) for (const device of ['phone', 'desktop']) {
  test(`in elder mode everything of ${role} is 60 by 60 on the ${device}`, async () => {
    await walk(device, async (page) => {
      await largePrint(page)
      if (role !== 'nobody') await signIn(page, role)
      const found = []
      for (const path of paths) {
        await page.goto(path)
        for (const small of await tooSmall(page, ELDER)) found.push(`${path}: ${small}`)
        await fitsItsWidth(page)
      }
      assert.deepEqual(found, [])
    })
  })
}

test('in elder mode everything of a request and of its resident is 60 by 60', async () => {
  await walk('phone', async (page) => {
    await largePrint(page)
    await signIn(page, 'clerk')
    const request = await file(page, { text: unique('字大按得准') })
    const found = []
    for (const path of [`/requests/${request.id}`, `/requests/${request.id}/slip`, new URL(links.resident).pathname]) {
      await page.goto(path)
      await page.evaluate(() => document.querySelectorAll('main details').forEach((one) => (one.open = true)))
      for (const small of await tooSmall(page, ELDER)) found.push(`${path}: ${small}`)
    }
    assert.deepEqual(found, [])
  })
})

test('while somebody types on a phone the bar makes room, and the places are seen', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await page.setViewportSize({ width: 375, height: 430 })
    await page.goto('/requests/new')
    const bar = () => page.evaluate(() => {
      const box = document.querySelector('nav.nav').getBoundingClientRect()
      return Math.round(innerHeight - box.top)
    })
    assert.ok((await bar()) > 40, 'the bar is there')
    const spot = page.getByRole('combobox').first()
    await spot.tap()
    assert.ok((await bar()) <= 0, 'and gone while the keyboard is open')
    const first = await page.getByRole('option').first().boundingBox()
    assert.ok(first.y >= 0 && first.y + first.height <= 430, `the first place is seen: ${JSON.stringify(first)}`)
    const header = await page.evaluate(() => document.querySelector('.masthead').offsetHeight)
    assert.ok(header < 90, `the header is one row: ${header}`)
  })
})

test('the live word covers nothing to press or to fill in, wherever the page stands', async () => {
  for (const device of ['phone', 'desktop']) await walk(device, async (page) => {
    if (device === 'phone') await largePrint(page)
    await signIn(page, 'liaison')
    await page.goto('/requests/new')
    await page.locator('html.awake').waitFor()
    const covered = await page.evaluate(async () => {
      const region = document.querySelector('[data-live-region]')
      region.textContent = region.dataset.held
      const found = []
      for (let top = 0; top < document.documentElement.scrollHeight; top += 90) {
        scrollTo(0, top)
        dispatchEvent(new Event('scroll'))
        await new Promise(requestAnimationFrame)
        const own = region.getBoundingClientRect()
        for (const one of document.querySelectorAll('a[href]:not(.skip), button, input:not([type=hidden]), select, textarea, summary')) {
          const box = one.getBoundingClientRect()
          const apart = !one.checkVisibility() || box.bottom <= own.top || box.top >= own.bottom || box.right <= own.left || box.left >= own.right
          if (!apart) found.push(`${top}: ${one.localName} ${one.name || one.textContent.trim().slice(0, 20)}`)
        }
      }
      return found
    })
    assert.deepEqual(covered, [])
  })
})

test('a long name of the community takes two lines, and its title says the whole', async () => {
  await walk('phone', async (page) => {
    await largePrint(page)
    await signIn(page, 'liaison')
    const { lines, title } = await page.evaluate(() => {
      const name = document.querySelector('.masthead-name > .name')
      name.textContent = '龙山港街道化肥厂家属区第一社区居民委员会'
      const high = parseFloat(getComputedStyle(name).lineHeight)
      return { lines: Math.round(name.offsetHeight / high), title: name.parentElement.title }
    })
    assert.ok(lines <= 2, `${lines} lines`)
    assert.ok(title.length > 0)
    await fitsItsWidth(page)
  })
})

test('at twice its size text breaks no number, and the menu covers little', async () => {
  for (const [lang, locale] of [['zh', 'zh-CN'], ['en', 'en-US']]) {
    await walk('phone', async (page) => {
      await page.context().addCookies([{ name: 'lang', value: lang, url }])
      await signIn(page, 'liaison')
      for (const path of ['/', '/requests/new']) {
        await page.goto(path)
        await page.evaluate(() => (document.documentElement.style.fontSize = '225%'))
        await fitsItsWidth(page)
        const broken = await page.evaluate(() => {
          const lines = (one) => one.getClientRects().length
          const spans = [...document.querySelectorAll('.emergency b')].filter((one) => lines(one) > 1)
          return spans.map((one) => one.textContent)
        })
        assert.deepEqual(broken, [], `${path}: an emergency number stays in one piece`)
        const { high, rows } = await page.evaluate(() => {
          const nav = document.querySelector('nav.nav')
          const tops = new Set([...nav.querySelectorAll('li')].map((one) => one.offsetTop))
          const fixed = getComputedStyle(nav).position === 'fixed'
          return { high: fixed ? nav.offsetHeight / innerHeight : 0, rows: fixed ? tops.size : 1 }
        })
        assert.ok(high < 0.15 && rows === 1, `${path}: the menu takes ${high} of the screen in ${rows} rows`)
      }
    }, { locale })
  }
})

test('a tray prints as a list to hang up', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/inbox?tray=all_open')
    const count = await page.locator('[data-row]').count()
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    const sheets = (pdf.match(/\/Type\s*\/Page\b(?!s)/g) ?? []).length
    assert.ok(sheets <= Math.ceil(count / 14) + 1, `${count} rows on ${sheets} sheets`)
    await page.setViewportSize({ width: 680, height: 960 })
    await page.emulateMedia({ media: 'print' })
    const narrow = await page.evaluate(() =>
      [...document.querySelectorAll('.rows td')]
        .filter((cell) => cell.textContent.trim() && cell.offsetWidth < 50)
        .map((cell) => cell.textContent)
    )
    assert.deepEqual(narrow, [], 'no column of single characters')
    const head = await page.locator('.rows thead').evaluate((one) => getComputedStyle(one).display)
    assert.equal(head, 'table-header-group', 'the head stands on every sheet')
  })
})
