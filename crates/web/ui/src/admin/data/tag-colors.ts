/** Colours to choose from; each is told apart from its neighbours and seen on light and dark. */
export const TAG_COLORS = [
  '#2456d3',
  '#0e8a7d',
  '#18693b',
  '#b26a00',
  '#b3261e',
  '#8a4fd0',
  '#c2417c',
  '#5d6778',
] as const
