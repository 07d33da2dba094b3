import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const css = readFileSync('src/design/tokens.css', 'utf8')

function valuesOf(selector: string): Record<string, string> {
  const block = css.slice(css.indexOf(selector)).split('}')[0] ?? ''
  return Object.fromEntries(
    [...block.matchAll(/--c-([\w-]+):\s*(#[0-9a-f]{6})/g)].map((it) => [it[1], it[2]]),
  )
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

// WCAG 2.2: 4.5 for text (1.4.3), 3 for edges of controls and the focus ring (1.4.11).
const TEXT = [
  ['ink', 'surface'],
  ['ink', 'bg'],
  ['ink', 'out'],
  ['ink', 'subtle'],
  ['ink-2', 'surface'],
  ['ink-2', 'bg'],
  ['ink-2', 'selected'],
  ['ink-2', 'subtle'],
  ['ink-3', 'surface'],
  ['ink-3', 'bg'],
  ['ink-3', 'selected'],
  ['ink-3', 'subtle'],
  ['ink-3', 'hover'],
  ['ink-3', 'out'],
  ['ink-3', 'note'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-hover'],
  ['accent-ink', 'surface'],
  ['accent-ink', 'bg'],
  ['accent-ink', 'accent-soft'],
  ['danger', 'surface'],
  ['danger', 'danger-soft'],
  ['danger', 'bg'],
  ['warn', 'surface'],
  ['warn', 'warn-soft'],
  ['ok', 'surface'],
  ['ok', 'ok-soft'],
  ['purple', 'surface'],
  ['purple', 'purple-soft'],
  ['note-ink', 'note'],
] as const
const EDGES = [
  ['control', 'surface'],
  ['control', 'bg'],
  ['focus', 'surface'],
  ['focus', 'bg'],
  ['accent', 'surface'],
] as const

describe.each([
  ['light', ':root {'],
  ['dark', ":root[data-theme='dark'] {"],
])('%s', (_, selector) => {
  const values = valuesOf(selector)
  test.each(TEXT)('%s on %s can be read', (ink, ground) => {
    expect(contrast(values[ink] as string, values[ground] as string)).toBeGreaterThanOrEqual(4.5)
  })
  test.each(EDGES)('%s on %s can be seen', (edge, ground) => {
    expect(contrast(values[edge] as string, values[ground] as string)).toBeGreaterThanOrEqual(3)
  })
})
