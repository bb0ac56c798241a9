// A resident at the desk asks who looked at their data, agrees to something and takes it back by their
// own code, gets a copy of everything, and is forgotten once a second person says so.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fill, sees, told, unique } from './people.mjs'
import { axe, fitsItsWidth, shot, signIn, together, walk } from './rig.mjs'

/** A resident nobody else's test knows: their household's page. */
async function newcomer(page, name) {
  await page.goto('/households')
  await page.locator('main ul.list a').first().click()
  await page.getByText('添一位家里人').click()
  await fill(page.locator('form[action$="/people"]'), { name, phone: '0737-0009999' })
  await page.locator('form[action$="/people"]').getByRole('button').click()
  await sees(page, name)
}

async function open(page, name) {
  await page.locator('p.person', { hasText: name }).getByRole('link', { name: '本人的信息' }).click()
  await page.getByRole('heading', { level: 1, name: `${name}的个人信息` }).waitFor()
}

for (const device of ['desktop', 'phone', 'plainphone']) {
  test(`who looked, what was agreed to, a copy, a code, an end: ${device}`, async () => {
    await together({ clerk: device, other: 'desktop', resident: 'phone' }, async ({ clerk, other, resident }) => {
      await signIn(clerk, 'clerk')
      await signIn(other, 'clerk2')
      const name = unique('梅')
      await newcomer(clerk, name)
      await axe(clerk)
      await open(clerk, name)
      await sees(clerk, '看了住户页')
      await axe(clerk)
      await fitsItsWidth(clerk)
      await shot(clerk, `privacy-${device}`)

      // An untouched form agrees to nothing.
      await clerk.getByText('本人同意一件事').click()
      const consent = clerk.locator('form[action$="/consents"]')
      await consent.getByRole('button').click()
      await fill(consent, { purpose: 'health', by: 'oneself', channel: 'paper' })
      await consent.getByRole('button').click()
      await sees(clerk, '请写明凭据')
      await axe(clerk)
      await fill(consent, { evidence: '同意书第 12 号' })
      await consent.getByRole('button').click()
      await told(clerk, '同意记下了')
      await axe(clerk)
      await fitsItsWidth(clerk)

      await clerk.getByText('给本人一张查询码').click()
      await clerk.getByRole('button', { name: '打印查询码' }).click()
      const code = (await clerk.locator('.slip-code b').innerText()).trim()
      await axe(clerk)
      await shot(clerk, `privacy-slip-${device}`)
      await clerk.getByRole('link', { name: '打印好了' }).click()

      await resident.goto('/p')
      await resident.getByLabel('查询码').fill(code.toLowerCase())
      await resident.getByRole('button', { name: '打开' }).click()
      await sees(resident, '记下健康情况')
      await axe(resident)
      await fitsItsWidth(resident)
      await shot(resident, `privacy-own-${device}`)
      await resident.getByRole('button', { name: '收回同意' }).click()
      await told(resident, '马上算数')
      await axe(resident)

      await clerk.getByText('给本人一份全部信息').click()
      await fill(clerk.locator('form[action$="/copies"]'), { by: 'oneself' })
      await clerk.getByRole('button', { name: '做一份' }).click()
      await told(clerk, '做好了')
      await sees(clerk, '0737-0009999')
      await axe(clerk)
      await fitsItsWidth(clerk)
      await shot(clerk, `privacy-copy-${device}`)

      await clerk.getByRole('link', { name: '我的个人信息' }).click()
      await clerk.getByText('本人要求删除').click()
      await fill(clerk.locator('form[action$="/erasures"]'), { by: 'oneself', ground: 'done' })
      await clerk.getByRole('button', { name: '提交删除申请' }).click()
      await told(clerk, '等另一位同事决定')
      await clerk.goto('/privacy/erasures')
      assert.equal(await clerk.getByRole('button', { name: '同意，马上删除' }).count(), 0)
      await other.goto('/privacy/erasures')
      await axe(other)
      await fitsItsWidth(other)
      await shot(other, `privacy-erasures-${device}`)
      await other.getByRole('button', { name: '同意，马上删除' }).first().click()
      await told(other, '定了')
      await axe(other)
      await resident.goto(`/p/${code}`)
      await sees(resident, '打不开')
    })
  })
}

test('everybody reads what data are kept for: phone and print', async () => {
  await walk('phone', async (page) => {
    await page.goto('/privacy/purposes')
    await sees(page, '社区台账')
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'purposes')
  })
})
