// A program with an empty folder, for journeys that begin before there is a community.

import { spawn } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fill, sees } from './people.mjs'
import { program } from './rig.mjs'

/** Half a minute: how long a code of RFC 6238 counts. */
export const STEP = 30_000

/** An empty server on a port of its own, and the link that it prints. */
export async function empty(journey) {
  const data = await mkdtemp(path.join(tmpdir(), 'founding-'))
  const server = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0'])
  try {
    await journey(await founding(server))
  } finally {
    server.kill()
    await new Promise((ended) => server.once('exit', ended))
    await rm(data, { recursive: true, force: true })
  }
}

function founding(server) {
  return new Promise((found, failed) => {
    let said = ''
    const hear = (words) => {
      said += words
      const link = said.match(/http:\S+\/set-up\/\S+/)
      if (link) found(link[0])
    }
    server.stdout.on('data', hear)
    server.stderr.on('data', hear)
    server.once('exit', () => failed(new Error(said)))
  })
}

/** What the app on a phone shows at that time for the letters under the QR code. */
export function code(letters, at) {
  const digits = [...letters.replaceAll(' ', '')].map((one) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(one).toString(2).padStart(5, '0')
  )
  const bytes = digits.join('').match(/.{8}/g)
  const step = Buffer.alloc(8)
  step.writeBigUInt64BE(BigInt(Math.floor(at / STEP)))
  const key = Buffer.from(bytes.map((bits) => Number.parseInt(bits, 2)))
  const mac = createHmac('sha1', key).update(step).digest()
  const number = mac.readUInt32BE(mac[19] & 15) & 0x7fffffff
  return String(number % 1_000_000).padStart(6, '0')
}

/** Presses the button with these words in the main part of the page. */
export async function go(page, words) {
  await page.getByRole('main').getByRole('button', { name: words, exact: true }).click()
}

/** Whoever founds the community, as far as the phone that shows the codes. */
export const FOUNDER = { sign_in_name: 'guanyue', password: '七颗星星落在安静的河边看' }

export async function found(page, link) {
  await page.goto(link)
  await fill(page.locator('main form'), {
    name: '榕树社区',
    phone: '0730-8800000',
    account_name: '管月',
    ...FOUNDER,
    password_again: FOUNDER.password
  })
  await go(page, '设立')
  await sees(page, '六个数字')
}
