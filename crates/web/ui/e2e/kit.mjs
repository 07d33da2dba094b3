// A running product for tests in a browser: the real binary with a fresh database in a temporary
// folder on a free port, and a Chromium that reports every breach of the pages' policy.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createInterface } from 'node:readline'
import { chromium } from 'playwright-core'

export const PASSWORD = 'a long enough one'
const BROWSER = process.env.THROUGHLINE_CHROMIUM ?? '/usr/bin/chromium'
const SERVER =
  process.env.THROUGHLINE_BIN ??
  fileURLToPath(new URL('../../../../target/debug/throughline', import.meta.url))
const QUIET = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Why the tests cannot run here; with CI=true that fails. */
export function missing() {
  const why = !existsSync(BROWSER)
    ? `${BROWSER} is missing: install the package chromium`
    : !existsSync(SERVER)
      ? `${SERVER} is missing: build the server first`
      : null
  assert.ok(!why || process.env.CI !== 'true', why ?? '')
  if (why) console.error(`left out: ${why}`)
  return why
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })

/** Waits until something holds; the last failure is what is told. */
export async function soon(check, within = 10_000) {
  const end = Date.now() + within
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

export class Product {
  static async start(settings = {}) {
    const product = new Product()
    product.folder = mkdtempSync(join(tmpdir(), 'throughline-desk-'))
    product.port = await freePort()
    product.base = `http://127.0.0.1:${product.port}`
    product.settings = settings
    await product.up()
    const first = /password: (\S+)/.exec(product.log)?.[1]
    product.token = await product.signIn('admin@localhost', first)
    await product.call('POST', '/me/password', { current: first, new: PASSWORD })
    product.token = await product.signIn('admin@localhost', PASSWORD)
    return product
  }

  place() {
    return {
      THROUGHLINE__DATABASE__URL: `sqlite://${this.folder}/throughline.db`,
      ...this.settings,
    }
  }

  async up() {
    this.log = ''
    this.child = spawn(SERVER, ['serve', '--first-run'], {
      cwd: this.folder,
      env: {
        PATH: process.env.PATH,
        HOME: this.folder,
        THROUGHLINE__SERVER__BIND: `127.0.0.1:${this.port}`,
        ...this.place(),
      },
    })
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream.on('data', (bytes) => (this.log += bytes))
    }
    await soon(async () => {
      assert.equal(this.child.exitCode, null, `the server ended: ${this.log}`)
      assert.ok((await fetch(`${this.base}/health/ready`)).ok)
    }, 30_000)
  }

  /** The command line on the same data; what fails fails the test with its words. */
  async run(...args) {
    const env = { PATH: process.env.PATH, HOME: this.folder, ...this.place() }
    const ran = promisify(execFile)(SERVER, args, { cwd: this.folder, env })
    return (await ran).stdout
  }

  async down() {
    const ended = new Promise((resolve) => this.child.once('exit', resolve))
    this.child.kill('SIGTERM')
    await ended
  }

  async stop() {
    await this.down()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async signIn(email, password) {
    return (await this.call('POST', '/auth/sign-in', { email, password })).access_token
  }

  /** A call of the public API by the admin; what fails fails the test with the server's words. */
  async call(method, path, body) {
    const answer = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: {
        'Content-Type': 'application/json',
        ...(this.token && { Authorization: `Bearer ${this.token}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    if (answer.status === 401 && this.token) {
      this.token = null
      this.token = await this.signIn('admin@localhost', PASSWORD)
      return this.call(method, path, body)
    }
    const text = await answer.text()
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`)
    return text ? JSON.parse(text) : null
  }

  agent(name, email, role = 'agent') {
    return this.call('POST', '/agents', { name, email, role, password: PASSWORD })
  }

  /** A new ticket by a customer of its own. */
  ticket(subject, body, customer = { email: 'elif@example.com', name: 'Elif Kaya' }) {
    return this.call('POST', '/tickets', { subject, body, customer })
  }
}

export class Desk {
  static async open() {
    const desk = new Desk()
    desk.browser = await chromium.launch({ executablePath: BROWSER, args: QUIET })
    return desk
  }

  /** A browser of one person. What the pages must not do is collected in `page.wrong`. */
  async person(
    product,
    { email = 'admin@localhost', path = '/', locale = 'en', theme = 'light', ...options } = {},
  ) {
    const context = await this.browser.newContext({
      baseURL: product.base,
      viewport: { width: 1440, height: 900 },
      reducedMotion: 'reduce',
      timezoneId: 'Europe/Istanbul',
      ...options,
    })
    await context.addInitScript(
      ([kept, breach]) => {
        // Frames in it are not the desk, and may have nothing to keep things in.
        if (window !== top) return
        if (!localStorage.getItem('throughline.preferences'))
          localStorage.setItem('throughline.preferences', kept)
        document.addEventListener('securitypolicyviolation', (it) =>
          console.error(`${breach} ${it.effectiveDirective} ${it.blockedURI} ${it.sample}`),
        )
      },
      [JSON.stringify({ locale, theme, tourSeen: options.tourSeen ?? true }), BREACH],
    )
    const page = await context.newPage()
    page.wrong = []
    page.held = []
    watch(page)
    if (email) await signIn(page, email, path)
    return page
  }

  close() {
    return this.browser.close()
  }
}

/** What our own page says of itself when it goes against its policy. */
const BREACH = 'This page broke its policy:'

/**
 * Whether it was the page of a mail that its own policy held back, or a frame in it: we have none such.
 * The place of a message does not tell it alone: when a script of ours measures a mail, what the mail
 * then tries to load is put down to that script. A breach of our page's own policy tells itself.
 */
const isOfMail = (message) =>
  /\/api\/v1\/items\/\w+\/html\b/.test(message.location().url) ||
  message.text().startsWith("Blocked script execution in 'about:srcdoc'") ||
  /violates the following Content Security Policy directive/.test(message.text())

function watch(page) {
  page.on('pageerror', (error) => page.wrong.push(`error: ${error.message}`))
  page.on('console', (message) => {
    const text = message.text()
    // A mail that tries and is held back is as it should be; tests look at those by themselves.
    if (isOfMail(message)) return void page.held.push(text)
    const breach =
      /Content Security Policy|TrustedHTML|Trusted Type/i.test(text) || text.startsWith(BREACH)
    const failed = message.type() === 'error' && !/Failed to load resource|ERR_/.test(text)
    if (breach || failed) page.wrong.push(text)
  })
}

export async function signIn(page, email, path = '/') {
  await page.goto(path)
  await page.locator('input[type=email]').fill(email)
  await page.locator('input[type=password]').fill(PASSWORD)
  await page.locator('form button').last().click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

const axeSource = readFileSync(
  new URL('../node_modules/axe-core/axe.min.js', import.meta.url),
  'utf8',
)

/** What axe finds on the page as it stands. `region` does not know menus that hang at the body. */
export async function axe(page) {
  await page.evaluate(axeSource)
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      rules: { region: { enabled: false } },
      resultTypes: ['violations'],
    }),
  )
  return found.violations.map(
    (it) => `${it.id}: ${it.nodes.map((node) => node.target.join(' ')).join(', ')}`,
  )
}

/** A Dovecot and an SMTP server that takes all; null where there is no Dovecot. */
export class MailServers {
  static async start() {
    const servers = new MailServers()
    const binary = join(SERVER, '..', 'mail-servers')
    servers.child = spawn(binary, { stdio: ['pipe', 'pipe', 'inherit'], env: process.env })
    servers.lines = createInterface({ input: servers.child.stdout })[Symbol.asyncIterator]()
    servers.ports = JSON.parse((await servers.lines.next()).value)
    return servers.ports ? servers : null
  }

  async sent() {
    this.child.stdin.write('sent\n')
    return JSON.parse((await this.lines.next()).value)
  }

  /** Puts a mail into the mailbox of anna, as a mail server would: by LMTP. */
  async deliver(mail) {
    const socket = createConnection(this.ports.lmtp, '127.0.0.1')
    const answers = createInterface({ input: socket })[Symbol.asyncIterator]()
    const say = async (line) => {
      if (line) socket.write(`${line}\r\n`)
      let answer
      do answer = (await answers.next()).value
      while (/^\d{3}-/.test(answer))
      assert.match(answer, /^[23]/, `${line}: ${answer}`)
    }
    await say()
    await say('LHLO test')
    await say('MAIL FROM:<someone@example.com>')
    await say('RCPT TO:<anna@example.test>')
    await say('DATA')
    await say(`${mail.replace(/\r?\n/g, '\r\n')}\r\n.`)
    socket.end()
  }

  stop() {
    this.child.stdin.end()
  }
}

/** What the desk says in a language: the words of one of its files. */
export const words = (locale, file) =>
  JSON.parse(
    readFileSync(new URL(`../src/locales/${locale}/${file}.json`, import.meta.url), 'utf8'),
  )
/** What has the focus and whether a person can see that it has; null where nothing has it. */
export const focused = (page) =>
  page.evaluate(() => {
    const at = document.activeElement
    if (!at || at === document.body) return null
    const labelled = at.labels?.[0]?.textContent
    const name = (at.getAttribute('aria-label') ?? labelled ?? at.textContent).trim()
    // A row of a grid or list is marked in the place of the grid; a field may light up its frame.
    const active = document.getElementById(at.getAttribute('aria-activedescendant') ?? '')
    const marks = [at, active].filter(Boolean)
    for (let it = at.parentElement, n = 0; it && n < 4; it = it.parentElement, n++) marks.push(it)
    const lit = (it) => {
      const style = getComputedStyle(it)
      const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0
      const inside = it !== at && it !== active
      const focus = getComputedStyle(document.documentElement).getPropertyValue('--c-focus').trim()
      const probe = document.createElement('i')
      probe.style.color = focus
      document.body.append(probe)
      const color = getComputedStyle(probe).color
      probe.remove()
      const ring = inside && style.borderTopWidth !== '0px' && style.borderTopColor === color
      return outline || ring || (!inside && it.hasAttribute('data-highlighted'))
    }
    return {
      tag: at.tagName.toLowerCase(),
      role: at.getAttribute('role'),
      name: name.replace(/\s+/g, ' ').slice(0, 80),
      field: at.matches('input, textarea'),
      visible: marks.some(lit),
    }
  })

/** The look that differs most from the one in which the tests are written. */
export const PERSIAN_DARK = { locale: 'fa', theme: 'dark' }
