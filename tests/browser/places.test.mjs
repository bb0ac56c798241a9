// The ground, the reps and what is posted of them: a clerk on the PC, a rep on the phone, and everybody
// without an account; with and without scripts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inDays, sees, told, unique } from './people.mjs'
import { axe, fitsItsWidth, shot, signIn, walk } from './rig.mjs'

/** Opens the first link of the page's lists that begins so. */
async function openFirst(page, start) {
  const link = page.locator(`main .list a[href^="${start}"]`).first()
  const address = await link.getAttribute('href')
  await page.goto(address)
  return address
}

for (const device of ['desktop', 'plainphone']) {
  test(`a clerk finds a door by the picture and lets somebody stand in: ${device}`, async () => {
    await walk(device, async (page) => {
      await signIn(page, 'clerk')
      await page.goto('/households')
      await page.getByRole('link', { name: '看小区图' }).click()
      await openFirst(page, '/compounds/')
      await axe(page)
      await fitsItsWidth(page)
      await shot(page, `compound-${device}`)
      await page.locator('svg.picture a').first().focus()
      await page.keyboard.press('Enter')
      await page.waitForURL('**/buildings/*')
      await axe(page)
      await fitsItsWidth(page)
      await shot(page, `building-${device}`)
      await page.locator('svg.picture a').first().click()
      await page.waitForURL('**/households/*')
      await sees(page, '家里人')

      await page.goto('/liaisons')
      await axe(page)
      await fitsItsWidth(page)
      await shot(page, `liaisons-${device}`)
      const reps = page.locator('main .list a[href^="/liaisons/"]:not([href*="hand-overs"])')
      await page.goto(await reps.nth(device === 'desktop' ? 20 : 22).getAttribute('href'))
      await page.locator('summary', { hasText: '安排代管' }).click()
      await page.getByLabel('第一天').fill(inDays(1))
      await page.getByLabel('最后一天').fill(inDays(0))
      await page.getByRole('button', { name: '安排代管' }).click()
      await sees(page, '是不是写反了')
      await axe(page)
      await page.getByLabel('最后一天').fill(inDays(3))
      await page.getByRole('button', { name: '安排代管' }).click()
      await told(page, '代管安排好了')
      await axe(page)
      await fitsItsWidth(page)
      await shot(page, `liaison-${device}`)
      await page.getByRole('button', { name: '现在就停' }).click()
      await told(page, '代管停了')
    })
  })
}

test('what a rep left behind waits for its successor, also on paper', async () => {
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/liaisons')
    await openFirst(page, '/liaisons/hand-overs/')
    await sees(page, '还没有人联系')
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'hand-over-desktop')
    await page.emulateMedia({ media: 'print' })
    await shot(page, 'hand-over-paper')
  })
})

test('a rep opens their own doors and nothing else', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'liaison')
    await page.goto('/compounds')
    await openFirst(page, '/compounds/')
    const all = await page.locator('svg.picture rect').count()
    const own = await page.locator('svg.picture a').count()
    assert.ok(own > 0 && own < all, `${own} of ${all} blocks open`)
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'compound-rep')
    await page.goto('/liaisons')
    await sees(page, '您联系的户')
    await axe(page)
    await fitsItsWidth(page)
  })
})

test('a building is entered, found by its other name, and drawn', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/compounds')
    await page.getByText('登记一个小区').first().click()
    const name = unique('苑')
    await page.getByLabel('名称').fill(name)
    await page.getByLabel('别的叫法').fill(`${name}宿舍、老${name}`)
    await page.getByRole('button', { name: '保存' }).click()
    await told(page, '小区登记好了')
    await page.getByText('登记一栋楼').first().click()
    await page.getByLabel('名称').first().fill('1栋')
    await page.getByLabel('几层').fill('6')
    await axe(page)
    await fitsItsWidth(page)
    await page.getByRole('button', { name: '保存' }).first().click()
    await told(page, '这栋楼登记好了')
    await axe(page)
    await fitsItsWidth(page)
  })
})

test('the cards of the grids are there for everybody', async () => {
  await walk('plainphone', async (page) => {
    await page.goto('/sign-in')
    await page.getByRole('link', { name: '网格公示牌' }).click()
    await sees(page, '监督电话')
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'grid-cards-plainphone')
    await page.emulateMedia({ media: 'print' })
    await shot(page, 'grid-cards-paper')
  })
})

test('where and when something is done is there for everybody, and the office corrects it', async () => {
  await walk('plainphone', async (page) => {
    await page.goto('/sign-in')
    await page.getByRole('link', { name: '办事在哪儿' }).click()
    await sees(page, '周一到周五')
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'stations-plainphone')
  })
  await walk('desktop', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/stations')
    await page.getByRole('link', { name: '更正' }).first().click()
    await page.getByLabel('周六').fill('9点')
    await page.getByRole('button', { name: '贴出去' }).click()
    await sees(page, '一天最多三段')
    await axe(page)
    await page.getByLabel('周六').fill('9:00-12:00')
    await page.getByRole('button', { name: '贴出去' }).click()
    await told(page, '改好了')
    await axe(page)
    await fitsItsWidth(page)
    await page.emulateMedia({ media: 'print' })
    await shot(page, 'stations-paper')
  })
})

test('a clerk looks at a grid as it was, and at its card', async () => {
  await walk('noscript', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/grids')
    await axe(page)
    await openFirst(page, '/grids/')
    await axe(page)
    await fitsItsWidth(page)
    await shot(page, 'grid-noscript')
    await page.getByLabel('看哪一天的').fill('2022-01-01')
    await page.getByRole('button', { name: '看看' }).click()
    await sees(page, '里面还没有住户')
  })
})
