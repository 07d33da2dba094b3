/** A text in stretches: what is read, and what is folded away (quotes, signatures). */
import type { Schemas } from '@/api/client'

export interface Segment {
  text: string
  fold: 'quote' | 'signature' | null
}

/** Spans count code points, and strings count halves of some of them. */
export function segmentsOf(body: string, spans: Schemas['SpanOut'][]): Segment[] {
  const points = [...body]
  const found: Segment[] = []
  const add = (start: number, end: number, fold: Segment['fold']) => {
    const text = points
      .slice(start, end)
      .join('')
      .replace(/^\n+|\s+$/g, '')
    if (text) found.push({ text, fold })
  }
  let at = 0
  for (const span of spans) {
    if (span.start < at) continue
    add(at, span.start, null)
    add(span.start, span.end, span.kind === 'signature' ? 'signature' : 'quote')
    at = span.end
  }
  add(at, points.length, null)
  return found
}

/** Stretches of a text that are links, to be shown as such. */
export function linksOf(text: string): { text: string; href: string | null }[] {
  const found: { text: string; href: string | null }[] = []
  let at = 0
  for (const match of text.matchAll(/https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]']/g)) {
    if (match.index > at) found.push({ text: text.slice(at, match.index), href: null })
    found.push({ text: match[0], href: match[0] })
    at = match.index + match[0].length
  }
  if (at < text.length) found.push({ text: text.slice(at), href: null })
  return found
}
