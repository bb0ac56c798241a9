// The first hour of a community: founded with the one-time link, the phone set up as the second step
// of signing in, a colleague added whose card gets a PIN, and the next day the way back in.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, empty, FOUNDER, found, go, STEP } from './empty.mjs'
import { fill, sees, told } from './people.mjs'
import { axe, fitsItsWidth, shot, walk } from './rig.mjs'

for (const device of ['desktop', 'phone', 'plainphone']) {
  test(`a community is founded, and its office enters with two steps: ${device}`, async () => {
    await empty(async (link) => {
      const baseURL = new URL(link).origin
      const journey = async (page) => {
        await page.goto(link)
        await axe(page)
        await found(page, link)
        const { password } = FOUNDER

        // The phone, before anything else.
        await axe(page)
        await fitsItsWidth(page)
        await shot(page, `second-step-${device}`)
        const letters = await page.locator('main code').innerText()
        await page.locator('[name=code]').fill('000000')
        await go(page, '进入')
        await sees(page, '动态码不对')
        await axe(page)
        const now = Date.now()
        await page.locator('[name=code]').fill(code(letters, now))
        await go(page, '进入')
        await sees(page, '备用码')
        await axe(page)
        await fitsItsWidth(page)
        await shot(page, `recovery-codes-${device}`)
        const recovery = await page.locator('main code').allInnerTexts()
        assert.equal(recovery.length, 10)
        await page.getByRole('main').getByRole('link').last().click()
        await page.locator('nav.nav').waitFor()

        await page.goto('/me')
        await axe(page)
        await fitsItsWidth(page)
        await shot(page, `me-${device}`)

        await addsAColleague(page, device)

        // Out, and in again: the password alone opens nothing, a used code neither.
        await page.goto('/sign-in')
        await page.context().clearCookies()
        await page.goto('/sign-in')
        await fill(page.locator('main form'), { name: 'guanyue', password })
        await go(page, '登录')
        await sees(page, '六个数字')
        await page.goto('/accounts')
        assert.match(page.url(), /sign-in/)
        await fill(page.locator('main form'), { name: 'guanyue', password })
        await go(page, '登录')
        await page.locator('[name=code]').fill(code(letters, now))
        await go(page, '进入')
        await sees(page, '动态码不对')
        await page.locator('[name=code]').fill(code(letters, now + STEP))
        await go(page, '进入')
        await page.locator('nav.nav').waitFor()
      }
      await walk(device, journey, { baseURL })
    })
  })
}

/** A colleague with a card, who enters with it on a phone of their own and chooses its PIN there. */
async function addsAColleague(page, device) {
  await page.goto('/accounts/new')
  await fill(page.locator('main form'), { name: '谢小兰', role: 'clerk' })
  await page.locator('main form').getByRole('button').last().click()
  await told(page, '加好了')
  await page.getByRole('button', { name: '打印登录卡' }).click()
  const link = (await page.locator('main').innerText()).match(/http\S+\/enter\/\S+/)[0]
  const enter = async (theirs, first) => {
    await theirs.goto(link)
    await sees(theirs, '谢小兰')
    await axe(theirs)
    await fitsItsWidth(theirs)
    if (!first) {
      await theirs.locator('[name=pin]').fill('1111')
      await go(theirs, '进入')
      await sees(theirs, '还能试 4 次')
      await axe(theirs)
      await theirs.locator('[name=pin]').fill('8027')
      await go(theirs, '进入')
    } else {
      await shot(theirs, `card-first-${device}`)
      await fill(theirs.locator('main form'), { new_pin: '1958', new_pin_again: '1958' })
      await go(theirs, '进入')
      await sees(theirs, '太容易猜到')
      await axe(theirs)
      await fill(theirs.locator('main form'), { new_pin: '8027', new_pin_again: '8027' })
      await go(theirs, '进入')
    }
    await theirs.locator('nav.nav').waitFor()
  }
  const baseURL = new URL(link).origin
  await walk('phone', (theirs) => enter(theirs, true), { baseURL })
  await walk('plainphone', async (theirs) => {
    await enter(theirs, false)
    await theirs.goto('/me')
    await theirs.getByText('设一个登录密码').click()
    const form = theirs.locator('form[action="/me/password"]')
    const password = '门前大樟树今年又发了新芽'.padEnd(13, '看')
    await fill(form, { sign_in_name: '小兰', password, password_again: password })
    await axe(theirs)
    await form.getByRole('button').click()
    await told(theirs, '密码设好了')
    await fitsItsWidth(theirs)
    await shot(theirs, `me-card-${device}`)
  }, { baseURL })
}
