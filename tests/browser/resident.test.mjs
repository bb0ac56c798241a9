// A resident without an account, on a phone without JavaScript, in large type: the code of a slip
// opens the request, and what they say about the answer counts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { act, answered, codeOf, file, nameOf, open, sees, stateOf, told, unique } from './people.mjs'
import { axe, fitsItsWidth, shot, signIn, together, walk } from './rig.mjs'

const PEOPLE = { resident: 'plainphone', clerk: 'desktop' }

/** Types a code into `/q`, as it stands on the slip or the way people type. */
async function enter(page, code) {
  await page.goto('/q')
  await page.getByLabel('查询码').fill(code)
  await page.getByRole('button', { name: '查看' }).tap()
}

async function toElderMode(page) {
  await page.getByRole('button', { name: '长辈版' }).tap()
  await page.locator('html[data-mode=elder]').waitFor()
}

test('a wrong code is said to be wrong, in large type and without scripts', async () => {
  await walk('plainphone', async (page) => {
    await page.goto('/q')
    await toElderMode(page)
    await enter(page, '1-ZZZZZ-ZZZZZ')
    await sees(page, '查询码不对')
    await sees(page, '请对照回执再输一次')
    assert.equal(await page.getByLabel('查询码').getAttribute('aria-invalid'), 'true')
    const small = await page.locator('main a, main button, main input:not([type=hidden])').evaluateAll((all) =>
      all.map((one) => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
        .filter(([html, box]) => !html.includes('tel:') && box.height < 60).map(([html]) => html)
    )
    assert.deepEqual(small, [], 'targets are 60 px high in elder mode')
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'code-wrong-elder')
  })
})

test('a resident follows a request, adds a word, asks for confidentiality, confirms', async () => {
  await together(PEOPLE, async ({ resident, clerk }) => {
    await signIn(clerk, 'clerk')
    const words = unique('化粪池的味道很大')
    const request = await file(clerk, { text: words, petitioner_name: '夏爹' })
    const code = await codeOf(clerk, request)
    // Small letters, no dashes: the way people type.
    await enter(resident, code.toLowerCase().replaceAll('-', ''))
    await toElderMode(resident)
    await sees(resident, words)
    await sees(resident, '已经收到，社区正在安排人来办。')
    await axe(resident)
    await fitsItsWidth(resident)

    await act(resident, 'notes', { text: '早晚味道最大。' })
    await sees(resident, '早晚味道最大。')
    await act(resident, 'confidentiality', {}, { press: '设为保密' })
    await open(clerk, request)
    await sees(clerk, '早晚味道最大。')
    await sees(clerk, '保密')

    await act(clerk, 'triage', { mode: 'assisted', helper: '请物业来抽' })
    await takeUp(clerk)
    await act(clerk, 'answer', { kind: 'solved', text: '今天抽过了。' })
    await enter(resident, code)
    await sees(resident, '今天抽过了。')
    await axe(resident)
    await resident.getByRole('button', { name: '办好了', exact: true }).tap()
    await told(resident, '谢谢')
    await sees(resident, '这件事已经解决，办结了。')
    await fitsItsWidth(resident)
    await open(clerk, request)
    assert.equal(await stateOf(clerk), '已解决')
    await clerk.locator('.timeline').getByText('居民本人').first().waitFor()
  })
})

/** The clerk takes the request over: whoever picks oneself leads at once. */
async function takeUp(clerk) {
  await act(clerk, 'assignment', { to: await nameOf(clerk) }, { done: /接手|牵头/ })
}

test('a resident who is not content has it reopened, by the decision of a person', async () => {
  const people = { ...PEOPLE, secretary: 'desktop' }
  await together(people, async ({ resident, clerk, secretary }) => {
    await signIn(clerk, 'clerk')
    const request = await answered(clerk, unique('电梯又停在五楼'))
    const code = await codeOf(clerk, request)
    await enter(resident, code)
    await toElderMode(resident)
    await resident.locator('summary', { hasText: '没办好' }).tap()
    await axe(resident)
    const form = resident.locator('details.large form[action$="/verification"]')
    await form.getByText('问题没有解决').tap()
    await form.getByLabel(/说一说/).fill('今天早上又停了。')
    await form.getByRole('button', { name: '告诉社区' }).tap()
    await told(resident, '记下了，谢谢')
    await sees(resident, '您说没办好，社区正在看要不要重办。')

    await signIn(secretary, 'secretary')
    await secretary.goto('/inbox?tray=to_decide')
    await secretary.getByRole('link', { name: '电梯又停在五楼' }).first().waitFor()
    await open(secretary, request)
    assert.equal(await stateOf(secretary), '要求重办')
    await sees(secretary, '今天早上又停了。')
    await act(secretary, 'reopening/decision', { reason: '请厂家再来。' }, { press: /^重办$/ })
    assert.equal(await stateOf(secretary), '办理中')
    await enter(resident, code)
    await sees(resident, '请厂家再来。')
    await fitsItsWidth(resident)
  })
})
