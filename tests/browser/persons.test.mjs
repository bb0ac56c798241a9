// One person of the register: the office puts right what is written, and what stood there before stays
// to be seen; somebody moves away; a rep sees only how to call and reach them.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fill, sees, told, unique } from './people.mjs'
import { axe, fitsItsWidth, shot, signIn, walk } from './rig.mjs'

/** Opens the page of somebody of the first household in the list. */
async function somebody(page) {
  await page.goto('/households')
  await page.goto(await page.locator('main .list a[href^="/households/"]').first().getAttribute('href'))
  await page.goto(await page.locator('main b a[href^="/people/"]').first().getAttribute('href'))
}

for (const device of ['noscript', 'phone']) {
  test(`the office puts right what is written, and lets somebody move away: ${device}`, async () => {
    await walk(device, async (page) => {
      await signIn(page, 'clerk')
      await page.goto('/households')
      await page.goto(await page.locator('main .list a[href^="/households/"]').first().getAttribute('href'))
      const [name, right] = [unique('错'), unique('改')]
      await page.getByText('添一位家里人').click()
      await fill(page.locator('form[action$="/people"]'), { name })
      await page.locator('form[action$="/people"]').getByRole('button').click()
      await page.getByRole('link', { name, exact: true }).click()
      await page.getByText('改正', { exact: true }).click()
      const form = page.locator('form[action$="/correction"]')
      await fill(form, { name: right, phone: '138' })
      await form.getByRole('button').click()
      await sees(page, '不像电话号码')
      await axe(page)
      await fill(form, { phone: '0737-0001234' })
      await form.getByRole('button').click()
      await told(page, '改好了')
      assert.equal(await page.locator('h1').innerText(), right)
      await sees(page, name)
      await axe(page)
      await fitsItsWidth(page)
      await shot(page, `person-${device}`)

      await page.getByText('登记身份证号').click()
      const number = page.locator('form[action$="/citizen-number"]')
      await fill(number, { number: '11010519491231002X', needed_for: 'pension' })
      await number.getByRole('button').click()
      await page.locator('.notice').first().waitFor()
      await axe(page)

      await page.getByText('搬走或者去世').click()
      const leave = page.locator('form[action$="/leave"]')
      const today = new Date().toLocaleDateString('sv-SE', { timeZone: 'Asia/Shanghai' })
      await fill(leave, { why: 'moved', on: today })
      await leave.getByRole('button').click()
      await told(page, '记下了')
      await sees(page, '以前住')
      await axe(page)
    })
  })
}

test('a rep sees how to call and reach somebody, and no more', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await somebody(page)
    assert.equal(await page.getByText('改正', { exact: true }).count(), 0)
    assert.equal(await page.getByText('出生日期').count(), 0)
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'person-rep')
  })
})
