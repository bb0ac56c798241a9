// The rig itself: that it sees what is wrong, on pages made for it, before any journey trusts it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { axe, fitsItsWidth, shot, walk } from './rig.mjs'

const page = (body) =>
  'data:text/html;charset=utf-8,' +
  encodeURIComponent(
    `<!doctype html><html lang="zh-CN"><meta name="viewport" content="width=device-width">` +
      `<title>样张</title><main><h1>样张</h1>${body}</main></html>`
  )

test('a good page passes on every device, with and without JavaScript', async () => {
  for (const device of ['phone', 'desktop', 'noscript']) {
    await walk(device, async (it) => {
      await it.goto(page('<p>三楼的灯坏了</p><button>记一条诉求</button>'))
      await axe(it)
      await fitsItsWidth(it)
      await shot(it, `rig-${device}`)
    })
  }
})

test('axe names the node that breaks a rule, with and without JavaScript', async () => {
  for (const device of ['phone', 'noscript']) {
    await walk(device, async (it) => {
      await it.goto(page('<input name="phone">'))
      await assert.rejects(axe(it), /label: .*\n\s+<input name="phone">/)
    })
  }
})

test('a page that is too wide for the phone is refused', async () => {
  await walk('phone', async (it) => {
    await it.goto(page('<div style="width: 900px">宽</div>'))
    await assert.rejects(fitsItsWidth(it), /has 375/)
  })
})

test('what a page throws or asks of a foreign host fails the journey', async () => {
  const thrown = walk('desktop', (it) => it.goto(page('<script>throw new Error("oh")</script>')))
  await assert.rejects(thrown, /thrown: oh/)
  const asked = walk('desktop', (it) => it.goto(page('<img alt="" src="http://127.0.0.1:1/a.png">')))
  await assert.rejects(asked, /asked: http:\/\/127.0.0.1:1\/a.png/)
})

test('a noscript page runs no script', async () => {
  await walk('noscript', async (it) => {
    await it.goto(page('<p id="p">一</p><script>p.textContent = "二"</script>'))
    assert.equal(await it.locator('#p').textContent(), '一')
  })
})
