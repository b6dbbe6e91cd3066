import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const css = readFileSync(new URL('../../../assets/css/theme.css', import.meta.url), 'utf8')
const palette = values(/@theme static \{([\s\S]*?)\n\}/)
const THEMES = { light: values(/:root, \.light \{([\s\S]*?)\n\}/), dark: values(/\n\.dark \{([\s\S]*?)\n\}/) }

function values(block: RegExp): Record<string, string> {
  return Object.fromEntries([...block.exec(css)![1]!.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(match => [match[1]!, match[2]!]))
}

function channels(theme: Record<string, string>, name: string): number[] {
  const value = theme[name]!
  const hex = value.startsWith('var(') ? palette[value.slice(4, -1)]! : value
  return [1, 3, 5].map(at => Number.parseInt(hex.slice(at, at + 2), 16) / 255)
}

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: number[], b: number[]): number {
  const luminance = (color: number[]) => color
    .map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index]!, 0)
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light! + 0.05) / (dark! + 0.05)
}

const TEXTS = ['--ui-text-dimmed', '--ui-text-muted', '--ui-text-toned', '--ui-text', '--ui-text-highlighted', '--ui-primary', '--ui-success', '--ui-info', '--ui-warning', '--ui-error']
const GROUNDS = ['--ui-bg', '--ui-bg-muted', '--ui-bg-elevated']

describe.each(Object.entries(THEMES))('the %s theme', (_name, theme) => {
  it.each(TEXTS.flatMap(text => GROUNDS.map(ground => [text, ground])))('reads %s on %s at 4.5 : 1 or better', (text, ground) => {
    expect(contrast(channels(theme, text!), channels(theme, ground!))).toBeGreaterThanOrEqual(4.5)
  })

  it('reads text on marks and on the accent', () => {
    expect(contrast(channels(theme, '--ui-text'), channels(theme, '--rt-mark'))).toBeGreaterThanOrEqual(4.5)
    expect(contrast(channels(theme, '--ui-text-toned'), channels(theme, '--rt-mark'))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['--ui-primary', '--ui-error', '--rt-primary-hover', '--rt-error-hover'])('reads words on a button of %s', (ground) => {
    expect(contrast(channels(theme, '--ui-text-inverted'), channels(theme, ground))).toBeGreaterThanOrEqual(4.5)
  })

  it.each([10, 11, 15])('reads the accent on %i %% of itself, as numbers, filters and soft buttons have it', (percent) => {
    const accent = channels(theme, '--ui-primary')
    const ground = channels(theme, '--ui-bg').map((value, index) => value + (accent[index]! - value) * percent / 100)
    expect(contrast(accent, ground)).toBeGreaterThanOrEqual(4.5)
  })
})
