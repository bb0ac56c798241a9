// What people do on Lianhu's pages, in the words they see there: file, open, act. The journeys are
// written with these; each waits for the sentence that tells a person it is done.

import assert from 'node:assert/strict'

/** The end of an act's address, and what the page says when the act is done. */
const DONE = {
  triage: '分办好了',
  assignment: '交代好了',
  acceptance: '由您牵头了',
  return: '已经退回',
  contact: '这次联系记下了',
  extension: '延期申请交上去了',
  'extension/decision': '延期的事定了',
  pause: '已经暂缓',
  resumption: '恢复办理了',
  children: '拆好了',
  answer: '已经答复',
  verification: '记下了，谢谢',
  closure: '办结了',
  reopening: '收到了，会有人决定',
  'reopening/decision': '已经定了',
  merge: '并好了',
  notes: '补充的话记下了',
  correction: '更正好了',
  confidentiality: '保密设置改好了'
}

/** A word nobody else's test has typed: journeys share one demo. */
export function unique(words) {
  const letters = '甲乙丙丁戊己庚辛壬癸'
  const digits = String(Date.now() % 100_000) + String(Math.floor(Math.random() * 1000))
  return words + [...digits].map((digit) => letters[digit]).join('')
}

/** The day so many days from now in the community's time zone, as a date field takes it. */
export function inDays(days) {
  const zone = { timeZone: 'Asia/Shanghai' }
  return new Date(Date.now() + days * 86_400_000).toLocaleDateString('sv-SE', zone)
}

/** What the signed-in person is called, as colleagues find them in a list. */
export async function nameOf(page) {
  return (await page.locator('.masthead .menu summary span').innerText()).trim()
}

/** Waits until the page shows these words in its main part. */
export async function sees(page, words) {
  await page.locator('main').getByText(words).filter({ visible: true }).first().waitFor()
}

/** Waits for the sentence that says an act was taken. */
export async function told(page, words) {
  await page.locator('.notice.ok', { hasText: words }).waitFor()
}

/** Fills a form by the names of its fields: texts, days, ticks, choices and lists alike. */
export async function fill(form, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = form.locator(`[name="${name}"]:not([type=hidden])`)
    const first = field.first()
    assert.ok(await field.count(), `the form has no field ${name}`)
    const [tag, type] = await first.evaluate((one) => [one.localName, one.type])
    if (type === 'radio') {
      await form.locator('label', { has: form.page().locator(`[name="${name}"][value="${value}"]`) }).click()
    } else if (type === 'checkbox') {
      await first.setChecked(value)
    } else if (tag === 'select') {
      await first.selectOption(await optionWith(first, value))
    } else {
      await first.fill(value)
    }
  }
}

/** The option of a list that has this value or holds these words. */
async function optionWith(list, wanted) {
  const found = await list.evaluate((one, wanted) => {
    const all = [...one.options]
    const option = all.find(({ value }) => value === wanted) ?? all.find(({ text }) => text.includes(wanted))
    return option?.value
  }, wanted)
  assert.ok(found, `the list has no ${wanted}`)
  return found
}

/** The form of an act on a request's page, unfolded if it was folded. */
export async function formOf(page, noun) {
  const form = page.locator(`form[action$="/${noun}"]`)
  const fold = page.locator('details', { has: page.locator(`form[action$="/${noun}"]`) }).last()
  if ((await fold.count()) && !(await fold.evaluate((one) => one.open))) {
    await fold.locator('summary').first().click()
  }
  return form
}

/** Does one act on the request that is shown; `press` names the button where there are two. */
export async function act(page, noun, values = {}, { press, done = DONE[noun] } = {}) {
  const form = await formOf(page, noun)
  await fill(form, values)
  const buttons = form.locator('button:not([type=button])')
  await (press ? buttons.filter({ hasText: press }) : buttons).last().click()
  await told(page, done)
}

/** Records a request with only its words (and whatever else is given) and opens its page. */
export async function file(page, values) {
  await page.goto('/requests/new')
  const form = page.locator('form[action="/requests/new"]')
  const { text, ...more } = values
  await fill(form, { text })
  if (Object.keys(more).length) {
    await form.locator('details.more summary').first().click()
    await fill(form, more)
  }
  await form.getByRole('button', { name: '记下', exact: true }).click()
  await told(page, '记下了')
  return shown(page)
}

/** Number, id and state of the request that is shown. */
export async function shown(page) {
  const id = new URL(page.url()).pathname.split('/')[2]
  const number = (await page.locator('h1').innerText()).replace(/^\S+\s/, '')
  return { id, number, state: await stateOf(page) }
}

/** The word of the state of the request that is shown. */
export async function stateOf(page) {
  return (await page.locator('.page-head .badge').first().innerText()).trim()
}

export async function open(page, { id }) {
  await page.goto(`/requests/${id}`)
}

/** The query code on the slip of a request. */
export async function codeOf(page, { id }) {
  await page.goto(`/requests/${id}/slip`)
  return (await page.locator('.slip-code b').innerText()).trim()
}

/** Brings a new request to its answer by the hands of this one person; returns it. */
export async function answered(page, text) {
  const request = await file(page, { text })
  await act(page, 'triage', { mode: 'common', task: '下次地坪会商量', assign_to: await nameOf(page) })
  await act(page, 'answer', { kind: 'solved', text: '已经修好，请看一看。' })
  return request
}
