// The first day of a community's office: a messy table of 3,500 residents is brought in, forty-three
// reps are added from a list with the stairwells they answer for, and their cards are printed.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { code, empty, found, go } from './empty.mjs'
import { fill, sees, told } from './people.mjs'
import { axe, fitsItsWidth, shot, walk } from './rig.mjs'

const REPS = 43
const RESIDENTS = 3_500
const STAIRWELLS = 86

const SURNAMES = '夏曾李王陈刘罗谢马谭孟郭汤邓温'
const GIVEN = '春秀运来菊香爱莲国强小燕建军满秀志远丽萍冬生'

/** The same people every time, and nobody: names put together by number. */
function name(number) {
  const sign = (place) => GIVEN[place % GIVEN.length]
  const last = number % 7 ? '' : sign(number)
  return SURNAMES[number % SURNAMES.length] + sign(number * 7) + sign(Math.floor(number / 22)) + last
}

const stairwell = (number) => [`${1 + Math.floor(number / 4)}栋`, `${1 + (number % 4)}单元`]

/** Dates and digits as offices write them. */
function born(number) {
  const [year, month, day] = [1930 + (number % 70), 1 + (number % 12), 1 + (number % 28)]
  const two = (part) => String(part).padStart(2, '0')
  const ways = [
    `${year}-${two(month)}-${two(day)}`,
    `${year}年${month}月${day}日`,
    `${year}.${month}.${day}`,
    `${year}${two(month)}${two(day)}`,
    `${year}/${month}/${day}`
  ]
  return ways[number % ways.length]
}

const wide = (digits) => digits.replace(/\d/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))

/** A table with a title, an empty row, numbers at full width, one row twice and one day that is none. */
function table() {
  const rows = ['榕树社区居民花名册,,,,,,,', '', '序号,小区,楼栋,单元,房号,姓名,出生日期,联系电话']
  for (let number = 0; number < RESIDENTS; number += 1) {
    const [building, door] = stairwell(Math.floor(number / 41) % STAIRWELLS)
    const home = Math.floor((number % 41) / 3)
    const room = `${1 + Math.floor(home / 2)}0${1 + (home % 2)}`
    const phone = `0730-${String(number).padStart(7, '0')}`
    const cells = [number + 1, ' 河东小区', building, door, room, name(number), born(number), number % 5 ? phone : wide(phone)]
    rows.push(cells.join(','))
    if (number === 100) rows.push(cells.join(','))
  }
  return rows
}

async function send(page, rows) {
  const buffer = Buffer.from(rows.join('\r\n'))
  await page.goto('/register/import')
  const file = { name: '花名册.csv', mimeType: 'text/csv', buffer }
  await page.getByLabel('表格', { exact: true }).setInputFiles(file)
  await go(page, '先看看')
  await told(page, '表收到了')
}

test('a messy table, forty-three reps and their cards on one morning: desktop', async () => {
  await empty(async (link) => {
    const journey = async (page) => {
      page.setDefaultTimeout(60_000)
      const began = Date.now()
      await found(page, link)
      const letters = await page.locator('main code').innerText()
      await page.locator('[name=code]').fill(code(letters, Date.now()))
      await go(page, '进入')
      await page.getByRole('main').getByRole('link').last().click()

      const rows = table()
      const bad = [...rows]
      bad[500] = bad[500].replace(/[^,]*,([^,]*)$/, '1950-02-31,$1')
      await send(page, bad)
      await sees(page, '第 501 行 G 列')
      await shot(page, 'first-day-problem', { fullPage: false })
      await go(page, '不要这张表了')
      await send(page, rows)
      await shot(page, 'first-day-preview', { fullPage: false })
      await go(page, '登记')
      await told(page, '整张表登记好了')
      await axe(page)

      await page.goto('/accounts/several')
      await axe(page)
      await fitsItsWidth(page)
      const lines = ['姓名\t电话\t网格\t负责的地方']
      for (let number = 0; number < REPS; number += 1) {
        const places = [2 * number, 2 * number + 1].map((one) => `河东小区${stairwell(one).join('')}`)
        lines.push(`代表${name(number * 41)}${number}\t\t第${1 + (number % 5)}网格\t${places.join('、')}`)
      }
      await fill(page.locator('main form'), { role: 'liaison', lines: [...lines, '，12'].join('\n') })
      await go(page, '都加上')
      await sees(page, '第 45 行')
      await axe(page)
      await shot(page, 'first-day-list')
      await fill(page.locator('main form'), { lines: lines.join('\n') })
      await go(page, '都加上')
      await told(page, '都加上了')
      await go(page, `打印这 ${REPS} 张登录卡`)
      await sees(page, '每张 A4 纸四张卡')
      // The page is long: on a slow machine its head is there before its end.
      await page.locator('.slip').nth(REPS - 1).waitFor()
      assert.equal(await page.locator('.slip').count(), REPS)
      await axe(page)
      await shot(page, 'first-day-cards', { fullPage: false })
      await page.emulateMedia({ media: 'print' })
      await page.setViewportSize({ width: 718, height: 1047 })
      await shot(page, 'first-day-cards-print', { fullPage: false })
      console.log(`the machine's part of the first day: ${Date.now() - began} ms`)
    }
    await walk('desktop', journey, { baseURL: new URL(link).origin })
  })
})
