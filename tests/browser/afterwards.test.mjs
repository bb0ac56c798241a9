// What a person finds when their form was answered: the word that it is done, or both versions of a form that came too
// late, on the screen and under the focus; nothing unfolded that they did not ask for.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act, answered, codeOf, file, fill, formOf, nameOf, open, sees, told, unique } from './people.mjs'
import { axe, shot, signIn, together, walk } from './rig.mjs'

/** The words that have the focus, and whether they are on the screen. */
async function read(page) {
  await page.waitForFunction(() => document.activeElement.matches('[data-focus]'))
  await page.waitForTimeout(300)
  return page.evaluate(() => {
    const box = document.activeElement.getBoundingClientRect()
    return {
      words: document.activeElement.innerText,
      isOnScreen: box.top >= 0 && box.bottom <= window.innerHeight,
      unfolded: document.querySelectorAll('main details.more[open]').length
    }
  })
}

test('two clerks sort one request: the slower one reads both versions', async () => {
  await together({ first: 'desktop', second: 'desktop' }, async ({ first, second }) => {
    await signIn(first, 'clerk')
    await signIn(second, 'clerk2')
    const request = await file(first, { text: unique('两个人同时分办') })
    await open(second, request)
    const form = await formOf(second, 'triage')
    await fill(form, { mode: 'assisted', helper: '请物业来看一看' })
    await open(first, request)
    await act(first, 'triage', { mode: 'common', task: '地坪会商量' })
    await form.getByRole('button', { name: '分办' }).click()
    await second.locator('.versions').waitFor()
    const said = await read(second)
    assert.match(said.words, /您打开以后/)
    assert.ok(said.isOnScreen, 'the message is on the screen')
    assert.ok(await second.locator('.versions').isVisible())
    await sees(second, '请物业来看一看')
    const field = second.locator('form[action$="/triage"] [name=helper]')
    assert.ok(await field.isVisible())
    assert.equal(await field.inputValue(), '请物业来看一看')
    await axe(second)
    await shot(second, 'stale-triage')
  })
})

test('a resident with two tabs loses no word and is shown the way on', async () => {
  await together({ clerk: 'desktop', one: 'phone', other: 'phone' }, async ({ clerk, one, other }) => {
    await signIn(clerk, 'clerk')
    const request = await answered(clerk, unique('水管又漏了'))
    const code = await codeOf(clerk, request)
    await one.goto(`/q/${code}`)
    await other.goto(`/q/${code}`)
    await other.locator('summary', { hasText: '没办好' }).tap()
    const form = other.locator('details.large form')
    await form.getByLabel(/说一说/).fill('厨房还在滴水')
    await one.getByRole('button', { name: '办好了', exact: true }).tap()
    await told(one, '谢谢')
    const thanks = await read(one)
    assert.ok(thanks.isOnScreen, 'the thanks are on the screen')
    await shot(one, 'thanks', { fullPage: false })
    await form.getByRole('button', { name: '告诉社区' }).tap()
    await other.locator('.versions').waitFor()
    const said = await read(other)
    assert.ok(said.isOnScreen, 'the message is on the screen')
    await sees(other, '厨房还在滴水')
    await axe(other)
    await shot(other, 'stale-verdict')
    const reopen = other.locator('form[action$="/reopening"]')
    assert.ok(await reopen.isVisible())
    assert.equal(await reopen.locator('textarea').inputValue(), '厨房还在滴水')
    await reopen.getByRole('button').last().tap()
    await told(other, '收到了')
    assert.equal((await read(other)).unfolded, 0)
  })
})

test('after each act of a resident the word that it is done is read and all folds are closed', async () => {
  await together({ clerk: 'desktop', resident: 'phone' }, async ({ clerk, resident }) => {
    await signIn(clerk, 'clerk')
    const request = await file(clerk, { text: unique('楼顶的水箱没盖') })
    const code = await codeOf(clerk, request)
    await resident.goto(`/q/${code}`)
    for (const [noun, values, press] of [
      ['notes', { text: '盖子在旁边。' }],
      ['confidentiality', {}, '设为保密'],
      ['notes', { text: '昨天下雨进了水。' }]
    ]) {
      await act(resident, noun, values, { press })
      const said = await read(resident)
      assert.ok(said.isOnScreen, `${noun} is told on the screen`)
      assert.equal(said.unfolded, 0, `${noun} leaves nothing unfolded`)
      assert.equal(await resident.locator('[data-live-region]').innerText(), '', 'no word about one’s own act')
    }
    await shot(resident, 'after-note', { fullPage: false })
    // Danger in a further word is answered while it is written, and afterwards first of all.
    const form = await formOf(resident, 'notes')
    await form.locator('textarea').pressSequentially('现在着火了')
    await form.locator('a[href="tel:119"]').waitFor()
    await shot(resident, 'danger-typing', { fullPage: false })
    await form.getByRole('button').last().tap()
    await resident.locator('section.emergency a[href="tel:119"]').waitFor()
    assert.ok((await read(resident)).isOnScreen)
    await resident.locator('html:not([aria-busy])').waitFor()
    await axe(resident)
    await shot(resident, 'danger-sent', { fullPage: false })
  })
})

test('a paused request stands folded, a split one too, a keyboard finds the word that it is done', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await file(page, { text: unique('三件事说在一起') })
    await act(page, 'triage', { mode: 'common', task: '商量', assign_to: await nameOf(page) })
    const form = await formOf(page, 'contact')
    await fill(form, { reached: 'true' })
    await form.getByRole('button').last().focus()
    await page.keyboard.press('Enter')
    await told(page, '这次联系记下了')
    assert.match((await read(page)).words, /这次联系记下了/)
    await act(page, 'children', { 'parts.0.text': '量尺寸', 'parts.1.text': '申请补贴' })
    assert.equal((await read(page)).unfolded, 0)
    assert.equal(await page.locator('[name="parts.0.text"]').inputValue(), '')
  })
})

test('a returned request leads to the inbox, and no draft of it stays', async () => {
  await together({ clerk: 'desktop', other: 'desktop' }, async ({ clerk, other }) => {
    await signIn(clerk, 'clerk')
    await signIn(other, 'clerk2')
    const request = await file(clerk, { text: unique('墙上的牌子掉了') })
    await act(clerk, 'assignment', { to: await nameOf(other) })
    await open(other, request)
    await act(other, 'return', { reason: '归物业管' })
    assert.equal(new URL(other.url()).pathname, '/inbox')
    assert.deepEqual(await other.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('draft:'))), [])
  })
})

test('chosen photos are shown, said to be bad, and taken off again', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await page.goto('/requests/new')
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64')
    const input = page.locator('input[type=file]')
    await sees(page, '最多 9 张，每张不超过 10 MB')
    await input.setInputFiles([
      { name: '墙.png', mimeType: 'image/png', buffer: png },
      { name: '单据.txt', mimeType: 'text/plain', buffer: Buffer.from('x') }
    ])
    const items = page.locator('[data-photo-preview] li')
    await items.nth(1).waitFor()
    assert.equal(await items.nth(0).locator('canvas').count(), 1)
    await sees(page, '单据.txt 打不开')
    await shot(page, 'photos-chosen')
    await axe(page)
    await items.nth(1).getByRole('button').tap()
    await page.waitForFunction(() => document.querySelectorAll('[data-photo-preview] li').length === 1)
    assert.deepEqual(await input.evaluate((one) => [...one.files].map(({ name }) => name)), ['墙.png'])
    const many = Array.from({ length: 10 }, (_, n) => ({ name: `${n}.png`, mimeType: 'image/png', buffer: png }))
    await input.setInputFiles(many)
    await sees(page, '选得太多了')
  })
})
