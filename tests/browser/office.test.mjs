// The office on its PC: from the inbox to a verified answer, every turn a request may take on the
// way, what two people do at once, and finding it again.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act, file, fill, formOf, inDays, nameOf, open, sees, stateOf, told, unique } from './people.mjs'
import { axe, fitsItsWidth, signIn, together, url, walk } from './rig.mjs'

const rows = (page) => page.locator('table.rows [data-row] .row-main a')
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute('href'))

/** A request that this person sorted and leads. */
async function leading(page, text) {
  const request = await file(page, { text })
  await act(page, 'triage', { mode: 'common', task: '下次地坪会商量', assign_to: await nameOf(page) })
  return request
}

test('the inbox is walked by keys and says what must be done next', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/inbox?tray=all_open')
    assert.equal(await page.locator('nav.tabs a').count(), 9)
    assert.equal(await page.locator('nav.tabs a[aria-current=page]').innerText().then((it) => it.replace(/\s.*/s, '')), '全部在办')
    const first = await rows(page).nth(0).getAttribute('href')
    const second = await rows(page).nth(1).getAttribute('href')
    await page.keyboard.press('j')
    assert.equal(await focused(page), first)
    await page.keyboard.press('j')
    assert.equal(await focused(page), second)
    await page.keyboard.press('k')
    assert.equal(await focused(page), first)
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: '键盘操作' }).waitFor()
    await axe(page)
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    assert.equal(await page.evaluate(() => document.activeElement.name), 'q')
    await page.locator('h1').click()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**${first}`)
    await axe(page)
    await fitsItsWidth(page)
  })
})

test('each way of handling has its duty, and is refused without it', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    const ways = [
      ['self', { guidance: '带身份证去二楼窗口', follow_up_on: inDays(5) }, '自己的事情自己办', '请写告诉居民怎么办'],
      ['common', { task: '地坪会商量停车' }, '公共的事情共同办', '请写要商量或一起做的事'],
      ['assisted', { helper: '志愿者上门帮着填表' }, '困难的事情协助办', '请写谁来帮']
    ]
    for (const [mode, duty, words, missing] of ways) {
      await file(page, { text: unique(`分办看看${words}`) })
      const form = await formOf(page, 'triage')
      await fill(form, { mode })
      await form.getByRole('button', { name: '分办' }).click()
      await page.locator('.notice.error', { hasText: missing }).waitFor()
      assert.ok(await form.locator(`input[name=mode][value=${mode}]`).isChecked(), 'the choice is kept')
      await axe(page)
      await act(page, 'triage', { mode, ...duty })
      await page.locator('dd', { hasText: words }).waitFor()
      await sees(page, Object.values(duty)[0])
    }
  })
})

test('from desk to grid head to a question by somebody else, and closed', async () => {
  await together({ clerk: 'desktop', head: 'phone', other: 'desktop' }, async ({ clerk, head, other }) => {
    await signIn(clerk, 'clerk')
    await signIn(head, 'grid_head')
    await signIn(other, 'clerk2')
    const request = await file(clerk, { text: unique('围墙边的树枝压着电线') })
    await act(clerk, 'triage', { mode: 'assisted', helper: '请园林来修' })
    await act(clerk, 'assignment', { to: await nameOf(head), note: '离您最近' })
    assert.equal(await stateOf(clerk), '待接手')

    await head.goto('/inbox?tray=to_accept')
    await head.getByRole('link', { name: '围墙边的树枝压着电线' }).first().waitFor()
    await axe(head)
    await fitsItsWidth(head)
    await open(head, request)
    await act(head, 'acceptance')
    await act(head, 'contact', { reached: 'true', note: '明天来' })
    await act(head, 'answer', { kind: 'solved', text: '树枝已经锯掉。' })
    assert.equal(await stateOf(head), '待回访')
    assert.equal(await head.locator('form[action$="/verification"]').count(), 0)
    await refusedVerification(head, request)

    await other.goto('/inbox?tray=to_verify')
    await other.getByRole('link', { name: '围墙边的树枝压着电线' }).first().waitFor()
    await open(other, request)
    await act(other, 'verification', { contacted: 'true', solved: 'true', satisfied: 'true', note: '谢谢' })
    assert.equal(await stateOf(other), '等办结')
    await head.reload()
    assert.equal(await head.locator('form[action$="/closure"]').count(), 0)
    await act(other, 'closure', {}, { done: '办结了' })
    assert.equal(await stateOf(other), '已解决')
    await axe(other)
    await open(clerk, request)
    const steps = await clerk.locator('.timeline .step-head b').allInnerTexts()
    const wanted = ['记下诉求', '定了怎么办', '请人接手', '接手办理', '联系居民', '答复居民', '回访居民', '办完，结束']
    let at = -1
    for (const word of wanted) {
      at = steps.findIndex((step, index) => index > at && step.startsWith(word))
      assert.ok(at >= 0, `${word} is in its order among ${steps}`)
    }
  })
})

/** Sends by hand the form that the page does not offer: the rule holds without it. */
async function refusedVerification(page, { id }) {
  const receipt = await page.locator('input[name=_receipt]').first().inputValue()
  const answer = await page.request.post(`/requests/${id}/verification`, {
    form: { _receipt: receipt, contacted: 'true', solved: 'true', satisfied: 'true' },
    headers: { origin: url },
    maxRedirects: 0
  })
  assert.ok([403, 409, 422].includes(answer.status()), `refused, not ${answer.status()}`)
  await page.reload()
  assert.equal(await stateOf(page), '待回访')
}

test('a request is found by Chinese words, by pinyin initials, by filters and a saved view', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    const words = unique('晾衣绳断了')
    const { number } = await file(page, { text: words })
    const find = async (what) => {
      await page.goto('/requests')
      await page.locator('main input[name=q]').fill(what)
      await page.locator('main input[name=q]').press('Enter')
      await page.waitForURL('**/requests?*')
    }
    await find('晾衣绳')
    await sees(page, words)
    await find(number)
    assert.equal(await rows(page).count(), 1)
    await find('这样的话没有人说过')
    await sees(page, '没有找到')
    await axe(page)
    await find('dfc')
    const spots = await page.locator('[data-row]').evaluateAll((all) => all.map((one) => one.cells[1].innerText))
    assert.ok(spots.length > 0, 'initials find places')
    assert.ok(spots.every((spot) => spot.includes('氮肥厂')), `only that place: ${spots}`)

    await page.goto('/requests')
    await page.getByLabel('状态').selectOption('closed')
    await page.getByRole('button', { name: '筛选', exact: true }).click()
    await page.waitForURL('**stage=closed**')
    const states = await page.locator('[data-row] .badge').allInnerTexts()
    assert.ok(states.length > 0 && !states.some((state) => /办理中|待/.test(state)), `${states}`)
    const name = unique('办结的')
    await page.locator('summary', { hasText: '常用筛选' }).click()
    await page.getByLabel('给现在的筛选起个名字').fill(name)
    await page.getByRole('button', { name: '存为常用' }).click()
    await told(page, '存好了')
    await page.goto('/requests')
    await page.locator('.chips').getByRole('link', { name }).click()
    await page.waitForURL('**stage=closed**')
    await axe(page)
    await fitsItsWidth(page)
  })
})

test('a pasted chat becomes several requests, after a look at each', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/requests/paste')
    const [lamp, pipe] = [unique('五栋路灯坏了三天了'), unique('我家下水道堵了返水')]
    await page.getByLabel('群里的话').fill(`夏爹 09:12\n${lamp}\n\n张姐 09:15\n谢谢大家\n\n老周 09:20\n${pipe}\n`)
    await page.getByRole('button', { name: '分成几条' }).click()
    const parts = page.locator('fieldset.card')
    await parts.first().waitFor()
    assert.equal(await parts.count(), 3)
    const ticks = await parts.locator('input[type=checkbox]').evaluateAll((all) => all.map((one) => one.checked))
    assert.deepEqual(ticks, [true, false, true], 'thanks are not a request')
    await axe(page)
    await page.getByRole('button', { name: '记下这些' }).click()
    await told(page, '记下了 2 条')
    for (const words of [lamp, pipe]) {
      await page.goto(`/requests?q=${encodeURIComponent(words)}`)
      await rows(page).filter({ hasText: words }).waitFor()
    }
  })
})

test('a form grown stale shows both versions, and loses no word', async () => {
  await together({ clerk: 'desktop', other: 'desktop' }, async ({ clerk, other }) => {
    await signIn(clerk, 'clerk')
    await signIn(other, 'clerk2')
    const request = await leading(clerk, unique('水表走得太快'))
    await act(clerk, 'notes', { text: '先看着。' })
    await open(other, request)
    const late = await formOf(other, 'answer')
    await fill(late, { kind: 'solved', text: '第二个人写的长长的答复。' })
    await act(clerk, 'correction', { text: '水表走得太快，两个月了', reason: '补上时间' })
    await late.locator('button').last().click()
    await other.locator('.notice.error', { hasText: '内容' }).waitFor()
    await sees(other, '您写的')
    await sees(other, '别人刚存的')
    await sees(other, '水表走得太快，两个月了')
    assert.equal(await late.locator('textarea[name=text]').inputValue(), '第二个人写的长长的答复。')
    await axe(other)
    await act(other, 'answer', {})
    await open(clerk, request)
    await sees(clerk, '第二个人写的长长的答复。')
  })
})

test('a form sent twice is applied once', async () => {
  await walk('noscript', async (page) => {
    await signIn(page, 'clerk')
    const words = unique('垃圾桶满了没人收')
    await page.goto('/requests/new')
    const receipt = await page.locator('input[name=_receipt]').first().inputValue()
    const send = () => page.request.post('/requests/new', {
      multipart: { _receipt: receipt, text: words },
      headers: { origin: url },
      maxRedirects: 0
    })
    const answers = await Promise.all([send(), send()])
    const places = answers.map((answer) => answer.headers().location?.replace(/\?.*/, ''))
    assert.deepEqual(answers.map((answer) => answer.status()), [303, 303])
    assert.equal(places[0], places[1])
    await page.goto(`/requests?q=${encodeURIComponent(words)}`)
    assert.equal(await rows(page).count(), 1)
  })
})

test('returned with a reason, paused with one, extended by another person', async () => {
  await together({ clerk: 'desktop', other: 'desktop' }, async ({ clerk, other }) => {
    await signIn(clerk, 'clerk')
    await signIn(other, 'clerk2')
    const request = await file(clerk, { text: unique('楼顶的防水层裂了') })
    await act(clerk, 'triage', { mode: 'common', task: '开会定维修', assign_to: await nameOf(other) })
    await open(other, request)
    await act(other, 'return', { reason: '楼顶归物业管。' })
    await open(clerk, request)
    await sees(clerk, '楼顶归物业管。')
    await act(clerk, 'assignment', { to: await nameOf(clerk) }, { done: /接手|牵头/ })

    await act(clerk, 'extension', { until_on: inDays(14), reason: '等厂家报价', told: true })
    assert.equal(await clerk.locator('form[action$="/extension/decision"]').count(), 0, 'not by the asker')
    await open(other, request)
    await sees(other, '申请延到')
    await act(other, 'extension/decision', {}, { press: '同意延期' })

    await open(clerk, request)
    const pause = await formOf(clerk, 'pause')
    await fill(pause, { reason: 'material' })
    await pause.locator('button').last().click()
    await clerk.locator('.notice.error', { hasText: '请先告诉居民' }).waitFor()
    await act(clerk, 'pause', { reason: 'material', told: true })
    assert.equal(await stateOf(clerk), '暂缓')
    await act(clerk, 'resumption')
    assert.equal(await stateOf(clerk), '办理中')
    await axe(clerk)
  })
})

test('split into parts that are handled apart; merged with the rights of everybody kept', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await leading(page, unique('楼里灯坏、门也坏'))
    await act(page, 'children', { 'parts.0.text': unique('修楼道灯'), 'parts.1.text': unique('修单元门') })
    assert.equal(await stateOf(page), '等拆开的几件')
    const children = page.locator('section', { has: page.getByRole('heading', { name: '拆成的几件' }) }).last()
    assert.equal(await children.locator('a').count(), 2)

    const into = await leading(page, unique('二栋漏水'))
    const other = await file(page, { text: unique('二栋墙上渗水') })
    await act(page, 'merge', { into: into.number, reason: '同一根水管' })
    assert.equal(await stateOf(page), '随同一件事办')
    await page.locator('main').getByRole('link', { name: into.number }).first().click()
    await page.waitForURL(`**/requests/${into.id}`)
    await page.locator('main').getByRole('link', { name: other.number }).first().waitFor()
    await act(page, 'answer', { kind: 'solved', text: '水管换好了。' })
    await open(page, other)
    await sees(page, '水管换好了。')
    await axe(page)
  })
})
