// A liaison rep on the phone: from home to a recorded request with its slip in under 30 seconds of
// tapping; what is already known, what is dangerous, and what is not theirs to see.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { file, sees, shown, told, unique } from './people.mjs'
import { axe, fitsItsWidth, shot, signIn, together, url, walk } from './rig.mjs'

/** Finds a place of one's own by its pinyin initials and taps it; returns its name. */
async function tapPlace(page) {
  const place = await page.locator('select[data-places] option[data-py]:not([data-py=""])').first()
  const initials = await place.getAttribute('data-py')
  const label = await place.evaluate((one) => one.text)
  assert.match(initials, /^[a-z]/, 'a place has pinyin initials')
  await page.getByRole('combobox').pressSequentially(initials.slice(0, 4))
  await page.getByRole('option', { name: label, exact: true }).tap()
  assert.equal(await page.getByRole('combobox').inputValue(), label)
  return label
}

test('a rep records a request by words and place, and prints its slip', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await axe(page)
    await fitsItsWidth(page)
    await page.getByRole('main').getByRole('link', { name: '记一条诉求' }).tap()
    await page.waitForURL('**/requests/new')
    const words = unique('单元门口的路灯不亮')
    await page.getByLabel('说了什么').fill(words)
    const place = await tapPlace(page)
    await axe(page)
    await fitsItsWidth(page)
    await page.getByRole('button', { name: '记下', exact: true }).tap()
    await told(page, '记下了')
    await sees(page, words)
    await sees(page, place)
    const { number } = await shown(page)
    assert.match(number, /^\d{4}-\d{6}$/)
    await page.getByRole('link', { name: '打印回执' }).tap()
    await page.waitForURL('**/slip')
    await sees(page, number)
    assert.match(await page.locator('.slip-code b').innerText(), /^\d+-[0-9A-Z]{5}-[0-9A-Z]{5}$/)
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'slip-phone')
  })
})

test('a place that is in no list is kept as typed, and danger names its number while it is typed', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await page.goto('/requests/new')
    await page.getByLabel('说了什么').fill('楼道冒烟')
    const call = page.locator('.similar a[href="tel:119"]')
    await call.waitFor()
    assert.equal(await page.locator('.similar a[href^="tel:"]').count(), 1)
    await axe(page)
    await page.getByLabel('说了什么').fill(unique('老菜场的路灯不亮'))
    await call.waitFor({ state: 'detached' })
    await page.getByRole('combobox').pressSequentially('老菜场后门')
    await page.getByLabel('说了什么').focus()
    assert.equal(await page.getByRole('combobox').inputValue(), '老菜场后门')
    await page.getByRole('button', { name: '记下', exact: true }).tap()
    await told(page, '记下了')
    await sees(page, '老菜场后门')
  })
})

test('while a rep types, the same matter shows with its reason and can be joined', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    const words = unique('三号楼楼道漏水流到一楼')
    const first = await file(page, { text: words })
    await page.goto('/requests/new')
    await page.getByLabel('说了什么').fill(words)
    const known = page.locator('.similar li', { hasText: first.number })
    await known.waitFor()
    assert.match(await known.innerText(), /因为.*说法相近/s)
    await axe(page)
    await known.getByRole('button', { name: '这是同一件事' }).tap()
    await told(page, '记下了')
    const second = await shown(page)
    assert.notEqual(second.number, first.number)
    assert.equal(second.state, '随同一件事办')
    await page.locator('main').getByRole('link', { name: first.number }).first().waitFor()
  })
})

test('danger shows the line to call first and is handed on and logged at once', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await page.goto('/requests/new')
    const lines = await page.locator('main .emergency a').evaluateAll((all) => all.map((one) => one.href))
    assert.deepEqual([...lines].sort(), ['tel:110', 'tel:119', 'tel:120', 'tel:122'])
    const top = (selector) => page.locator(selector).first().evaluate((one) => one.getBoundingClientRect().top)
    assert.ok((await top('.emergency')) < (await top('textarea')), 'danger comes before the words')
    await file(page, { text: unique('二楼厨房着火了，冒烟很大') })
    assert.equal(await page.locator('main .emergency a').getAttribute('href'), 'tel:119')
    await sees(page, '先打 119')
    await page.locator('.timeline').getByText('听起来有危险，提示打紧急电话：火警').waitFor()
    await axe(page)
    await fitsItsWidth(page)
  })
})

test('what is not a rep’s own looks exactly like what does not exist', async () => {
  await together({ rep: 'phone', clerk: 'desktop' }, async ({ rep, clerk }) => {
    await signIn(clerk, 'clerk')
    await signIn(rep, 'liaison')
    const households = async (page) => {
      await page.goto('/households')
      const links = page.locator('main .list a[href^="/households/"]')
      return links.evaluateAll((all) => all.map((one) => one.getAttribute('href')))
    }
    const own = new Set(await households(rep))
    const foreign = (await households(clerk)).find((path) => !own.has(path))
    assert.ok(own.size > 0 && foreign, 'the rep has some households and not all')
    const secret = await file(clerk, { text: unique('只有社区看得到的一件事') })
    const paths = {
      household: [foreign, '/households/01900000-0000-7000-8000-000000000000'],
      request: [`/requests/${secret.id}`, '/requests/01900000-0000-7000-8000-000000000000']
    }
    for (const [kind, [hidden, unknown]] of Object.entries(paths)) {
      const answers = []
      for (const path of [hidden, unknown]) {
        const answer = await rep.goto(path)
        answers.push([answer.status(), await rep.locator('main').innerText()])
      }
      assert.equal(answers[0][0], 404, kind)
      assert.deepEqual(answers[0], answers[1], kind)
    }
    await axe(rep)
    const stranger = await fetch(`${url}/requests/${secret.id}`, { redirect: 'manual' })
    assert.notEqual(stranger.status, 200, 'nobody reads without signing in')
  })
})
