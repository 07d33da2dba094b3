/** What a template says with words in its places, as the server fills it in. */
import type { Template, TemplatePlace } from '@/api/templates'

const PLACE = /\{\{\s*([\p{L}\p{N}_]+)\s*\}\}/gu

/** The text of a part; places without words show their name. */
function filled(
  text: string,
  part: TemplatePlace['part'],
  button: number | null,
  template: Template,
  words: string[],
): string {
  return text.replace(PLACE, (whole, name: string) => {
    const at = template.parameters.findIndex(
      (it) => it.part === part && it.button === button && it.name === name,
    )
    return words[at]?.trim() || whole
  })
}

export function preview(template: Template, words: string[]): string {
  const of = (text: string, part: TemplatePlace['part'], button: number | null = null) =>
    filled(text, part, button, template, words)
  const buttons = template.buttons.map((it, at) =>
    it.url ? `[${it.label}] ${of(it.url, 'button', at)}` : `[${it.label}]`,
  )
  const parts = [
    template.header && of(template.header, 'header'),
    of(template.body, 'body'),
    template.footer,
    buttons.join('\n'),
  ]
  return parts.filter(Boolean).join('\n\n')
}

const DAY = 24 * 60 * 60 * 1000

/** Whether a customer who wrote then may be written to only by a template. */
export function isClosed(wroteAt: string | undefined, now: number): boolean {
  return wroteAt !== undefined && now - Date.parse(wroteAt) >= DAY
}
