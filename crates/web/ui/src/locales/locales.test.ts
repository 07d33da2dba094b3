import { readFileSync, readdirSync } from 'node:fs'
import { parse } from '@vue/compiler-sfc'
import { createI18n } from 'vue-i18n'
import { describe, expect, test } from 'vitest'
import { LOCALES, pluralRule, type Locale } from '@/i18n'

type Tree = { [key: string]: string | Tree }
const parts = import.meta.glob<{ default: Tree }>('./*/*.ts', { eager: true })
const messages = Object.fromEntries(
  LOCALES.map((locale) => [
    locale,
    Object.assign(
      {},
      ...['first', 'reading', 'admin'].map((part) => parts[`./${locale}/${part}.ts`]?.default),
    ) as Tree,
  ]),
) as Record<Locale, Tree>

const flat = (tree: Tree, before = ''): [string, string][] =>
  Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[before + key, value] as [string, string]]
      : flat(value, `${before}${key}.`),
  )
const keysOf = (locale: Locale) => flat(messages[locale]).map(([key]) => key)
const named = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((it) => it[1]).sort()

describe.each(LOCALES)('%s', (locale) => {
  test('has the keys that English has', () => {
    expect(keysOf(locale).sort()).toEqual(keysOf('en').sort())
  })

  test('every message compiles, with one thing and with many', () => {
    const rules = Object.fromEntries(LOCALES.map((it) => [it, pluralRule(it)]))
    // The type of all messages at once is more than the compiler works out.
    const make = createI18n as unknown as (options: object) => { global: { t: unknown } }
    const i18n = make({ legacy: false, locale, messages, pluralRules: rules, missingWarn: false })
    const t = i18n.global.t as (key: string, values: object, count: number) => string
    for (const [key, text] of flat(messages[locale])) {
      const values = Object.fromEntries(named(text).map((name) => [name as string, 'value']))
      for (const count of [1, 5])
        expect(t(key, { n: count, count, ...values }, count), key).toBeTruthy()
    }
  })

  test('fills in the values that English fills in', () => {
    const english = Object.fromEntries(flat(messages.en))
    for (const [key, text] of flat(messages[locale])) {
      expect(new Set(named(text)), key).toEqual(new Set(named(english[key] ?? '')))
    }
  })
})

const sources = readdirSync('src', { recursive: true, encoding: 'utf8' })
const read = (path: string) => readFileSync(`src/${path}`, 'utf8')
const templates = sources.filter((path) => path.endsWith('.vue'))

// A name of ours, a key on the keyboard, a separator or a sign is no text to translate.
const NO_TEXT = /^(Throughline|Ctrl [KZ]|[\s\d·•…–—:,.;/|+×✓@#()%→←-]*)$/

interface Node {
  type: number
  content?: unknown
  props?: { type: number; name: string; value?: { content: string } }[]
  children?: Node[]
}

function written(node: Node, found: string[] = []): string[] {
  if (node.type === 2 && !NO_TEXT.test(String(node.content).trim()))
    found.push(String(node.content).trim())
  for (const prop of node.props ?? []) {
    const spoken = ['title', 'placeholder', 'aria-label', 'alt', 'label'].includes(prop.name)
    if (prop.type === 6 && spoken && !NO_TEXT.test(prop.value?.content ?? ''))
      found.push(prop.value?.content ?? '')
  }
  node.children?.forEach((child) => written(child, found))
  return found
}

test('there are templates to look at', () => expect(templates.length).toBeGreaterThan(10))

test.each(templates)('no text is left in the template of %s', (path) => {
  const { descriptor } = parse(read(path))
  const root = descriptor.template?.ast as Node | undefined
  expect(root ? written(root) : []).toEqual([])
})

const code = sources.filter((it) => /\.(vue|ts)$/.test(it) && !/\.(test|d)\.ts$/.test(it))

test('every key that exists is named in the sources', () => {
  const text = code.map(read).join('\n')
  const literal = new Set([...text.matchAll(/['"`]([\w-]+(?:\.[\w-]+)+)['"`]/g)].map((it) => it[1]))
  // A key whose end is known when the desk runs: `channel.${it.channel}` names each one step below.
  const made = [...text.matchAll(/`([\w-]+\.(?:[\w.-]|\$\{[^`]*?\})*)`/g)]
    .map((it) => (it[1] as string).replace(/\$\{[^`]*?\}/g, '*'))
    .filter((it) => it.includes('*'))
    .map((it) => new RegExp(`^${it.replaceAll('.', '\\.').replaceAll('*', '[^.]+')}$`))
  expect(made.length).toBeGreaterThan(50)
  const isNamed = (key: string) => literal.has(key) || made.some((it) => it.test(key))
  expect(isNamed('ticket.no.such.key')).toBe(false)
  expect(keysOf('en').filter((key) => !isNamed(key))).toEqual([])
})

test('every key that is named in the sources exists', () => {
  const known = new Set(keysOf('en'))
  const branches = new Set(
    [...known].flatMap((key) => key.split('.').map((_, i, parts) => parts.slice(0, i).join('.'))),
  )
  const missing: string[] = []
  for (const path of code) {
    for (const [, key] of read(path).matchAll(/(?<![\w.])t\(\s*['"]([\w.]+)['"]/g)) {
      if (!known.has(key as string)) missing.push(`${path}: ${key}`)
    }
    for (const [, key] of read(path).matchAll(/(?<![\w.])t\(\s*`([\w.]+)\.\$\{/g)) {
      if (!branches.has(key as string)) missing.push(`${path}: ${key}.…`)
    }
  }
  expect(missing).toEqual([])
})
