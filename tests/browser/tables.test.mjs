// A clerk with a table: sent, mended, entered, taken back; on the PC, on a phone, and without scripts.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sees, told, unique } from './people.mjs'
import { axe, fitsItsWidth, shot, signIn, walk } from './rig.mjs'

const HEADING = '小区,楼栋,单元,房号,姓名,出生日期,联系电话,备注电话'

/** Chooses a table of these rows and looks at it. */
async function send(page, rows, heading = HEADING) {
  const buffer = Buffer.from([heading, ...rows].join('\r\n'))
  await page.getByLabel('表格', { exact: true }).setInputFiles({ name: '居民.csv', mimeType: 'text/csv', buffer })
  await page.getByRole('button', { name: '先看看' }).click()
  await told(page, '表收到了')
}

for (const device of ['desktop', 'phone', 'plainphone']) {
  test(`a table is sent, mended, entered and taken back: ${device}`, async () => {
    await walk(device, async (page) => {
      await signIn(page, 'clerk')
      await page.goto('/households')
      await page.getByRole('link', { name: '导入表格' }).click()
      await page.getByRole('heading', { name: '导入表格' }).waitFor()
      await axe(page)
      await fitsItsWidth(page)

      const name = unique('表')
      await send(page, [`导入小区,7栋,1单元,101,${name},1950-02-31,,13800000000`])
      await sees(page, '有几处要先改好')
      await sees(page, '第 2 行 F 列')
      await sees(page, '出生日期：看不懂这个日期')
      assert.equal(await page.getByRole('button', { name: '登记', exact: true }).count(), 0)
      await axe(page)
      await fitsItsWidth(page)
      await shot(page, `import-problems-${device}`, { fullPage: true })
      await page.getByRole('button', { name: '不要这张表了' }).click()
      await told(page, '没有登记')

      await send(page, [`导入小区,7栋,1单元,101,${name},1950-02-03,,13800000000`])
      // The telephone stands in another column than its heading says.
      await page.getByText('每一列是什么').click()
      await page.getByLabel('联系电话').selectOption({ label: '不用' })
      await page.getByLabel('备注电话').selectOption({ label: '电话' })
      await axe(page)
      await page.getByRole('button', { name: '再看一遍' }).click()
      await told(page, '列已经改好')
      await fitsItsWidth(page)
      await page.getByRole('button', { name: '登记', exact: true }).click()
      await told(page, '整张表登记好了')
      await axe(page)
      await fitsItsWidth(page)
      const entered = page.url()
      await page.goto(`/households?q=${encodeURIComponent(name)}`)
      await sees(page, '导入小区7栋1单元101')

      await page.goto(entered)
      await page.getByRole('button', { name: '撤回这张表' }).click()
      await told(page, '整张表撤回了')
      await page.goto(`/households?q=${encodeURIComponent(name)}`)
      await sees(page, '没有找到')
    })
  })
}

test('what would be changed is shown before and after', async () => {
  await walk('phone', async (page) => {
    await signIn(page, 'clerk')
    const name = unique('改')
    for (const phone of ['13800000001', '13800000002']) {
      await page.goto('/register/import')
      // Other headings: what the columns of the other table were taken for is remembered.
      await send(page, [`导入小区,8栋,1单元,101,${name},${phone}`], '小区,楼栋,单元,房号,姓名,手机')
      if (phone === '13800000002') {
        await sees(page, '会改掉的')
        await sees(page, '13800000001')
        await axe(page)
        await fitsItsWidth(page)
        await shot(page, 'import-changes-phone', { fullPage: true })
      }
      await page.getByRole('button', { name: '登记', exact: true }).click()
      await told(page, '整张表登记好了')
    }
  })
})

test('a file that is no table is refused on the page where it was chosen', async () => {
  await walk('noscript', async (page) => {
    await signIn(page, 'clerk')
    await page.goto('/register/import')
    const buffer = Buffer.from('<html><table><tr><td>')
    await page.getByLabel('表格', { exact: true }).setInputFiles({ name: '居民.xls', mimeType: 'application/vnd.ms-excel', buffer })
    await page.getByRole('button', { name: '先看看' }).click()
    await sees(page, '这是网页换了个表格的名字')
    await axe(page)
  })
})
