/**
 * Writes the hashes of scripts and styles into the tags that load them (W3C Subresource Integrity), so that a browser
 * runs the files of this build and no others, whatever stands between.
 *
 * @param html of the page's frame, never of what is rendered into it
 * @param hashes path → `sha384-…`; what is not among them stays as it is
 */
export function withIntegrity(html: string, hashes: Record<string, string>): string {
  return html.replace(/<(script|link)\b(?:[^>"']|"[^"]*"|'[^']*')*>/gi, (tag: string, name: string) => {
    if (/\sintegrity\s*=/i.test(tag)) return tag
    if (name.toLowerCase() === 'link' && !/\srel="(?:stylesheet|modulepreload)"/i.test(tag)) return tag
    const path = /\s(?:src|href)="([^"]+)"/i.exec(tag)?.[1]
    const hash = path !== undefined && Object.hasOwn(hashes, path) ? hashes[path] : undefined
    return hash ? tag.replace(/\s*\/?>$/, ` integrity="${hash}">`) : tag
  })
}
