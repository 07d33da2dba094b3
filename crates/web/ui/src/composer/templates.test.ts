import { describe, expect, it } from 'vitest'
import type { Template } from '@/api/templates'
import { isClosed, preview } from './templates'

const template: Template = {
  name: 'order_late',
  language: 'en',
  title: null,
  category: null,
  header: 'Order {{1}}',
  body: 'Dear {{1}}, on {{ 2 }}. {{1}}!',
  footer: 'The shop',
  buttons: [
    { label: 'Stop', url: null },
    { label: 'Track', url: 'https://x.example/{{1}}' },
  ],
  parameters: [
    { part: 'header', button: null, name: '1', example: null },
    { part: 'body', button: null, name: '1', example: null },
    { part: 'body', button: null, name: '2', example: null },
    { part: 'button', button: 1, name: '1', example: null },
  ],
  usable: true,
  unusable_because: null,
}

describe('a template', () => {
  it('is shown as the customer sees it', () => {
    expect(preview(template, ['4417', ' {{2}} ', 'Friday', 't-9'])).toBe(
      'Order 4417\n\nDear {{2}}, on Friday. {{2}}!\n\nThe shop\n\n[Stop]\n[Track] https://x.example/t-9',
    )
  })
  it('shows the places that have no words yet', () => {
    expect(preview(template, ['', 'Elif'])).toContain('Order {{1}}\n\nDear Elif, on {{ 2 }}.')
  })
})

describe('the time in which a customer may be written to', () => {
  it('is a day from his last message', () => {
    const wrote = '2026-11-22T09:00:00Z'
    const at = (text: string) => Date.parse(text)
    expect(isClosed(wrote, at('2026-11-23T08:59:59Z'))).toBe(false)
    expect(isClosed(wrote, at('2026-11-23T09:00:00Z'))).toBe(true)
    expect(isClosed(undefined, at('2026-11-23T09:00:00Z'))).toBe(false)
  })
})
