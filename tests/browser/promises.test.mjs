// What every page promises beyond its looks: paper, weight, live refresh, keys alone, no scripts,
// and words that try to be a program.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act, codeOf, file, formOf, nameOf, open, sees, told, unique } from './people.mjs'
import { axe, signIn, together, walk } from './rig.mjs'

test('the slip prints on one sheet of A6, and only the slip', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await codeOf(page, await file(page, { text: unique('回执要印在一张纸上') }))
    const pdf = (await page.pdf({ preferCSSPageSize: true })).toString('latin1')
    const sheets = pdf.match(/\/Type\s*\/Page\b(?!s)/g) ?? []
    assert.equal(sheets.length, 1)
    const [, width, height] = pdf.match(/\/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)/)
    // 105 × 148 mm in points.
    assert.ok(Math.abs(width - 297.6) < 2 && Math.abs(height - 419.5) < 2, `${width} × ${height}`)
    await page.emulateMedia({ media: 'print' })
    for (const part of ['.masthead', '.nav', '.footer', 'main .actions']) {
      assert.ok(await page.locator(part).first().isHidden(), `${part} is not printed`)
    }
    assert.ok(await page.locator('.slip-code').isVisible())
  })
})

test('the first page weighs less than 60 kB on the wire', async () => {
  for (const [role, device] of [['liaison', 'phone'], ['clerk', 'desktop']]) {
    await walk(device, async (page) => {
      await signIn(page, role)
      const wire = await page.context().newCDPSession(page)
      const kinds = new Map()
      let bytes = 0
      await wire.send('Network.enable')
      await wire.send('Network.clearBrowserCache')
      wire.on('Network.responseReceived', ({ requestId, type }) => kinds.set(requestId, type))
      wire.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
        if (kinds.get(requestId) !== 'Image') bytes += encodedDataLength
      })
      await page.goto('/', { waitUntil: 'load' })
      await page.waitForTimeout(300)
      assert.ok(bytes > 5_000, `the page was measured: ${bytes}`)
      assert.ok(bytes < 60_000, `${role}: ${bytes} bytes`)
    })
  }
})

test('what a colleague does appears without a reload', async () => {
  await together({ reader: 'desktop', writer: 'desktop' }, async ({ reader, writer }) => {
    await signIn(reader, 'clerk')
    await signIn(writer, 'clerk2')
    const request = await file(writer, { text: unique('实时看得到的一件事') })
    await open(reader, request)
    await reader.evaluate(() => (window.neverReloaded = true))
    const word = unique('刚刚补充的一句')
    await act(writer, 'notes', { text: word })
    await sees(reader, word)
    assert.ok(await reader.evaluate(() => window.neverReloaded))

    await reader.goto('/requests')
    await reader.evaluate(() => (window.neverReloaded = true))
    const next = unique('列表里新来的一件')
    await file(writer, { text: next })
    await sees(reader, next)
    assert.ok(await reader.evaluate(() => window.neverReloaded))
  })
})

test('a page that is being written on waits with its news', async () => {
  await together({ reader: 'desktop', writer: 'desktop' }, async ({ reader, writer }) => {
    await signIn(reader, 'clerk')
    await signIn(writer, 'clerk2')
    const request = await file(writer, { text: unique('写到一半的时候') })
    await open(reader, request)
    const field = (await formOf(reader, 'notes')).locator('textarea')
    await field.pressSequentially('我正在写')
    await act(writer, 'notes', { text: unique('别人的话') })
    await reader.getByText('有新进展，写完后自动更新').waitFor()
    assert.equal(await field.inputValue(), '我正在写')
  })
})

test('a request is recorded by keys alone', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const reach = async (wanted) => {
      for (let presses = 0; presses < 40; presses += 1) {
        await page.keyboard.press('Tab')
        if (await page.locator(wanted).first().evaluate((one) => one === document.activeElement)) {
          const outline = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle)
          assert.notEqual(outline, 'none', `${wanted} shows its focus`)
          return
        }
      }
      assert.fail(`${wanted} is not reached by Tab`)
    }
    await reach('main a[href="/requests/new"]')
    await page.keyboard.press('Enter')
    await page.waitForURL('**/requests/new')
    await page.locator('main textarea').waitFor()
    await reach('main textarea[name=text]')
    const words = unique('只用键盘记的')
    await page.keyboard.insertText(words)
    await reach('input[role=combobox]')
    await page.keyboard.type('dfc')
    await page.getByRole('option').first().waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    assert.match(await page.locator('input[role=combobox]').inputValue(), /氮肥厂/)
    await reach('form[action="/requests/new"] > .actions button')
    await page.keyboard.press('Enter')
    await told(page, '记下了')
    await sees(page, words)
  })
})

test('a request is recorded without scripts', async () => {
  await walk('plainphone', async (page) => {
    await signIn(page, 'liaison')
    await page.goto('/requests/new')
    const words = unique('不用脚本记的')
    await page.getByLabel('说了什么').fill(words)
    const place = page.getByLabel(/哪一户或哪里/)
    const first = await place.locator('option:not([value=""])').first().innerText()
    await place.selectOption({ label: first })
    await axe(page)
    await page.getByRole('button', { name: '记下', exact: true }).tap()
    await told(page, '记下了')
    await sees(page, words)
    await sees(page, first)
    await axe(page)
  })
})

test('words that try to be a program stay words', async () => {
  const evil = `"'><img src=x onerror="throw new Error('ran')"><script>throw new Error('ran')</script>`
  // Lines hold fewer characters.
  const line = `"><img src=x onerror="throw 1">`
  await together({ clerk: 'desktop', resident: 'phone' }, async ({ clerk, resident }) => {
    await signIn(clerk, 'clerk')
    const request = await file(clerk, { text: evil, petitioner_name: '<b>夏爹</b>', behalf: line })
    await sees(clerk, evil)
    await act(clerk, 'triage', { mode: 'common', task: evil, assign_to: await nameOf(clerk) })
    await act(clerk, 'notes', { text: evil, behalf: line })
    await act(clerk, 'answer', { kind: 'redirected', redirect_to: line, redirect_contact: line, text: evil })
    await clerk.goto(`/requests?q=${encodeURIComponent(evil)}`)
    assert.equal(await clerk.locator('main input[name=q]').inputValue(), evil)
    await clerk.goto('/requests/paste')
    await clerk.getByLabel('群里的话').fill(evil)
    await clerk.getByRole('button', { name: '分成几条' }).click()
    await clerk.locator('fieldset.card').first().waitFor()
    await clerk.goto('/requests/new')
    await clerk.getByLabel('说了什么').fill(evil)
    await clerk.locator('[data-similar] a').first().waitFor()
    const code = await codeOf(clerk, request)
    await resident.goto(`/q/${code}`)
    await sees(resident, evil)
    for (const page of [clerk, resident]) {
      assert.equal(await page.locator('img[src=x]').count(), 0)
    }
  })
})

test('a form without a network says so, keeps every word, and counts once', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await page.goto('/requests/new')
    const words = unique('没有网的时候写的')
    await page.getByLabel('说了什么').fill(words)
    await page.context().setOffline(true)
    const send = page.getByRole('button', { name: '记下', exact: true })
    await send.tap()
    await sees(page, '没有网络，还没有交上去')
    await axe(page)
    assert.equal(await page.getByLabel('说了什么').inputValue(), words)
    await page.context().setOffline(false)
    await send.tap()
    await told(page, '记下了')
    await sees(page, words)
  })
})

test('what arrived without its answer is not recorded twice, also after a reload', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await page.goto('/requests/new')
    const words = unique('回话半路丢了的')
    await page.getByLabel('说了什么').fill(words)
    // The line breaks after the server has heard it.
    const lose = async (route) => {
      if (route.request().method() !== 'POST') return route.continue()
      await route.fetch({ maxRedirects: 0 })
      await route.abort()
    }
    await page.route('**/requests/new', lose)
    await page.getByRole('button', { name: '记下', exact: true }).tap()
    await sees(page, '没有网络，还没有交上去')
    await page.unroute('**/requests/new', lose)
    await page.reload()
    await sees(page, '上次没写完的还在')
    assert.equal(await page.getByLabel('说了什么').inputValue(), words)
    await page.getByRole('button', { name: '记下', exact: true }).tap()
    await told(page, '记下了')
    await page.goto(`/requests?q=${encodeURIComponent(words)}`)
    assert.equal(await page.locator('[data-row]').count(), 1)
  })
})
