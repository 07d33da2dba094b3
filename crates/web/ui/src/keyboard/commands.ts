/** What the palette can do here and now: pages and tickets add their commands while they are shown. */
import { onScopeDispose, shallowReactive } from 'vue'
import type { Component } from 'vue'

export interface Command {
  id: string
  group: 'ticket' | 'go' | 'look'
  label: string
  /** Other words by which it is found. */
  words?: string
  keys?: string
  icon?: Component
  run: () => void
}

export const commandSources = shallowReactive<(() => Command[])[]>([])

export function useCommands(commands: () => Command[]): void {
  commandSources.push(commands)
  onScopeDispose(() => commandSources.splice(commandSources.indexOf(commands), 1))
}
