import type { Pdfium } from './pdfium.ts'

/** FPDF_ANNOT_FREETEXT and FPDF_ANNOT_WIDGET (fpdf_annot.h): what a reader takes for text of the page. */
const WIDGET = 20
const TEXT_ANNOTATIONS = new Set([3, WIDGET])
const NORMAL_APPEARANCE = 0
const MAX_ANNOTATIONS = 5_000
const FLATTENED = 1

/** Makes form fields and notes on a page part of it. True when there were any: the page has to be loaded anew to show them. */
export function flattenAnnotations({ api }: Pdfium, page: number): boolean {
  const count = Math.min(api.FPDFPage_GetAnnotCount(page), MAX_ANNOTATIONS)
  let found = false
  for (let index = 0; index < count; index++) {
    const annotation = api.FPDFPage_GetAnnot(page, index)
    if (!annotation) continue
    const subtype = api.FPDFAnnot_GetSubtype(annotation)
    // A field that its program has filled in without drawing it.
    if (subtype === WIDGET && !api.EPDFAnnot_HasAppearanceStream(annotation, NORMAL_APPEARANCE)) api.EPDFAnnot_GenerateFormFieldAP(annotation)
    api.FPDFPage_CloseAnnot(annotation)
    if (TEXT_ANNOTATIONS.has(subtype)) found = true
  }
  return found && api.FPDFPage_Flatten(page, 0) === FLATTENED
}
