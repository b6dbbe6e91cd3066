import { normalise } from './normalise.ts'
import type { RawBlock } from './sections.ts'

/** A piece of code is closed at the first place between two definitions after this many characters: about one chunk. */
const ENOUGH = 700
/** From here on an empty line is a place to close it as well, … */
const LONG = 2_000
/** … and from here on any line: a page has room for 4,000. */
const LONGEST = 3_600

/** Endings of programs, markup and settings; what prose has as well, such as .txt, is not among them. */
const ENDINGS = new Set((
  'ada adb ads applescript asm astro awk bas bash bat bazel bib c c++ cabal cc cfg cjs clj cljs cls cmake cmd coffee conf cpp cr cs csh cshtml css cu cxx d dart diff dockerfile dpr edn el elm erb erl ex exs '
  + 'f f03 f77 f90 f95 fish fs fsi fsx g4 gd gleam glsl go gql gradle graphql groovy h h++ haml handlebars hbs hcl hh hjson hlsl hpp hrl hs hx hxx idl ini ipynb j2 java jinja jl js json json5 jsonc jsonl jsp jsx '
  + 'kt kts less lhs lisp ll lua m m4 mak mjs mk ml mli mm mts cts nim nix ninja nu odin opml pas patch php phtml pl plist pm po pp properties proto ps1 psm1 pug purs py pyi pyx r rake raku rb rbs rkt robot rs '
  + 's sass sbt scala scm scss sed sh sln sol sql ss st sty styl sv svelte svg svh swift tcl tex tf tfvars thrift toml ts tsx twig v vala vb vbs vcxproj vert vhd vhdl vim vue wat wgsl wsdl xaml xsd xsl xslt xml yaml yml zig zsh'
).split(' '))
const NAMES = /^(?:Makefile|GNUmakefile|Dockerfile|Containerfile|Jenkinsfile|Vagrantfile|Rakefile|Gemfile|Procfile|Justfile|CMakeLists\.txt|BUILD|WORKSPACE|\.[\w-]*(?:rc|ignore|attributes|config|profile|env))$/i

/** Words that begin a definition in one language or another. */
const DEFINITION = /^(?:export|public|private|protected|internal|static|abstract|final|async|def|defmodule|defp|class|func|function|fn|fun|impl|interface|struct|enum|trait|module|namespace|package|type|sub|proc|procedure|template|extern|unsafe|pub|local|let|const|var|create|alter|insert|test|describe|it|data|instance|object|record|resource|variable|provider)\b/i
/** What belongs to the definition after it. */
const LEADING = /^(?:@|#\[|\/\/|\/\*|\*|#|--|;|%|"""|'''|<!--)/
/** What ends the definition before it. */
const CLOSING = /^(?:[)\]}>]|end\b|endif\b|fi\b|done\b|esac\b|else\b|elif\b|except\b|finally\b|catch\b|<\/)/

/** Whether a text is a program or its like, by its name or its first line. */
export function isSourceCode(filename: string, firstLine = ''): boolean {
  return /^#!\s*\//.test(firstLine) || hasCodeName(filename)
}

function hasCodeName(filename: string): boolean {
  const ending = /\.([a-z0-9+]{1,12})$/i.exec(filename)?.[1]?.toLowerCase()
  return NAMES.test(filename) || (ending !== undefined && ENDINGS.has(ending))
}

/**
 * A program as pieces of code that end between definitions: at a line without indentation that begins something new,
 * comments and decorators before it included. No language is parsed; every line is kept with its indentation.
 */
export function* sourceBlocks(lines: Iterable<string>): Generator<RawBlock> {
  let piece: string[] = []
  let size = 0
  /** Where in the piece the comments begin that belong to the next definition. */
  let lead = -1
  for (const line of lines) {
    const isBlank = line.trim() === ''
    const before = piece.at(-1)
    const isAfterBlank = before === undefined || before.trim() === ''
    const isOuter = !isBlank && !/^\s/.test(line) && !CLOSING.test(line)
    if (isBlank || !LEADING.test(line)) {
      const begins = isOuter && (isAfterBlank || lead >= 0 || DEFINITION.test(line))
      if ((begins && size >= ENOUGH) || (isBlank && size >= LONG) || size >= LONGEST) {
        const at = begins && lead > 0 ? lead : piece.length
        yield* blockOf(piece.slice(0, at))
        piece = piece.slice(at)
        size = lengthOf(piece)
      }
      lead = -1
    }
    else if (isOuter && lead < 0) {
      lead = piece.length
    }
    piece.push(line)
    size += line.length + 1
  }
  yield* blockOf(piece)
}

function* blockOf(lines: string[]): Generator<RawBlock> {
  const text = normalise(lines.join('\n'), { keepLines: true })
  if (text.trim()) yield { kind: 'code', text }
}

function lengthOf(lines: string[]): number {
  return lines.reduce((sum, line) => sum + line.length + 1, 0)
}
