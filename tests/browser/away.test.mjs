// Without a network: a page opens all the same, and what is written on it is sent later.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sees, told, unique } from './people.mjs'
import { axe, fitsItsWidth, shot, signIn, walk } from './rig.mjs'

const ALLOWED = { serviceWorkers: 'allow' }

/** Waits until the device keeps the page for when there is no network. */
async function prepared(page) {
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.waitForFunction(() => navigator.serviceWorker.controller && localStorage.getItem('away'))
}

/** Waits until the draft stands in the form again. */
async function holds(page, words) {
  await page.waitForFunction((words) => document.querySelector('textarea[name=text]')?.value === words, words)
}

test('a rep without a network writes a request down and sends it later', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await prepared(page)
    const me = (await page.locator('.menu summary').innerText()).trim()
    await page.context().setOffline(true)
    await page.goto('/requests/new')
    await sees(page, '现在没有网络')
    const shown = await page.content()
    assert.ok(me && !shown.includes(me), 'nobody is named on a page that stays on the device')
    await page.locator('a[href="tel:119"]').waitFor()
    await axe(page)
    await fitsItsWidth(page)
    const words = unique('没有信号的楼道里记的')
    await page.getByLabel('说了什么').fill(words)
    await shot(page, 'away')
    await page.getByRole('button', { name: '有网了，去交' }).tap()
    await holds(page, words)
    await page.context().setOffline(false)
    await page.getByRole('button', { name: '有网了，去交' }).tap()
    await page.getByRole('heading', { name: '记一条诉求' }).waitFor()
    await holds(page, words)
    await page.getByRole('button', { name: '记下', exact: true }).tap()
    await told(page, '记下了')
    await sees(page, words)
  }, ALLOWED)
})

test('only the page for that, its styles and scripts stay on the device', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await prepared(page)
    for (const path of ['/households', '/requests', '/inbox']) await page.goto(path)
    const kept = await page.evaluate(async () => {
      const all = await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
      return all.flat().map((request) => new URL(request.url).pathname)
    })
    assert.ok(kept.includes('/requests/away'))
    const others = kept.filter((path) => path !== '/requests/away' && !path.startsWith('/assets/'))
    assert.deepEqual(others, [])
  }, ALLOWED)
})
