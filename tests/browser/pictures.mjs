// The pictures of the documents, taken anew from the running demo by `cargo xtask pictures`.
// One list: who, on what, in which manner, where, and how to get there.

import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { chromium } from 'playwright-core'

const url = process.env.LIANHU_URL
const links = JSON.parse(process.env.LIANHU_LINKS)
const folder = process.env.LIANHU_PICTURES

const PHONE = { width: 375, height: 812 }
const PC = { width: 1280, height: 860 }

/** Opens the first request of a list. */
async function firstRequest(page) {
  const address = await page.locator('.row-main a').first().getAttribute('href')
  await page.goto(url + address)
}

/** Types what somebody has said before, so that the same matter shows. */
async function typeKnownMatter(page) {
  const words = await page.locator('.row-main a').first().innerText()
  await page.goto(url + '/requests/new')
  await page.locator('main textarea[name=text]').fill(words)
  await page.locator('.similar li').first().waitFor()
}

const PICTURES = [
  { name: 'home-phone', role: 'liaison', size: PHONE, at: '/' },
  { name: 'home-phone-elder', role: 'liaison', size: PHONE, at: '/', cookies: { mode: 'elder' } },
  { name: 'new-phone', role: 'liaison', size: { ...PHONE, height: 1240 }, at: '/', then: typeKnownMatter },
  { name: 'request-phone', role: 'liaison', size: PHONE, at: '/', then: firstRequest },
  { name: 'inbox-pc', role: 'clerk', size: PC, at: '/inbox?tray=late' },
  { name: 'inbox-pc-dark', role: 'clerk', size: PC, at: '/inbox?tray=all_open', cookies: { theme: 'dark' } },
  { name: 'request-pc', role: 'clerk', size: PC, at: '/inbox?tray=late', then: firstRequest, whole: true },
  {
    name: 'slip',
    role: 'clerk',
    size: PHONE,
    only: '.slip',
    at: '/requests',
    then: async (page) => {
      await firstRequest(page)
      await page.goto(`${page.url()}/slip`)
    }
  },
  { name: 'progress-phone', role: 'resident', size: PHONE, whole: true },
  { name: 'styleguide-pc', role: 'clerk', size: PC, at: '/styleguide' }
]

async function take(browser, picture) {
  const context = await browser.newContext({
    viewport: picture.size,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai'
  })
  const page = await context.newPage()
  await page.goto(links[picture.role])
  if (picture.role !== 'resident') {
    await page.locator('main button').first().click()
    await page.waitForURL((address) => !address.pathname.startsWith('/enter'))
  }
  const cookies = Object.entries(picture.cookies ?? {})
  await context.addCookies(cookies.map(([name, value]) => ({ name, value, url })))
  if (picture.at) await page.goto(url + picture.at)
  if (picture.then) await picture.then(page)
  await page.waitForLoadState('load')
  const file = path.join(folder, `${picture.name}.png`)
  const shown = picture.only ? page.locator(picture.only) : page
  await shown.screenshot({ path: file, ...(picture.whole && { fullPage: true }) })
  console.log(picture.name)
  await context.close()
}

await mkdir(folder, { recursive: true })
const browser = await chromium.launch({
  executablePath: process.env.LIANHU_CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']
})
for (const picture of PICTURES) await take(browser, picture)
await browser.close()
