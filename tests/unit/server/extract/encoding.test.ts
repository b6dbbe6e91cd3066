import { describe, expect, test } from 'vitest'
import { decodeAll, detectEncoding, detectText } from '../../../../server/extract/encoding.ts'
import { encode } from './support/encode.ts'

/** A paragraph of each script, as somebody's notes might begin. */
const RUSSIAN = 'Рэгтайм — жанр американской музыки, особенно популярный с девяностых годов девятнадцатого века. Скотт Джоплин написал свой самый известный рэг в Седейлии, и ноты его разошлись по всей стране.'
const JAPANESE = 'ラグタイムは、アメリカで生まれた音楽です。スコット・ジョプリンは、ミズーリ州のセデーリアで一番有名な曲を書きました。その楽譜は、国中でよく売れました。'
const CHINESE = '拉格泰姆是一种起源于美国的音乐。斯科特·乔普林在密苏里州的锡代利亚写下了他最有名的作品，乐谱在全国各地都卖得很好。'
const TRADITIONAL = '繁音拍子是一種起源於美國的音樂。史考特在密蘇里州的錫代利亞寫下了他最有名的作品，樂譜在全國各地都賣得很好。'
const KOREAN = '래그타임은 미국에서 시작된 음악이다. 스콧 조플린은 미주리주 세달리아에서 가장 유명한 곡을 썼고, 그 악보는 전국에서 잘 팔렸다.'
const GREEK = 'Το ράγκταϊμ είναι ένα είδος αμερικανικής μουσικής. Ο Σκοτ Τζόπλιν έγραψε το πιο γνωστό του κομμάτι στη Σεντέιλια, και οι παρτιτούρες πουλήθηκαν σε όλη τη χώρα.'
const TURKISH = 'Ragtime, Amerika’da doğmuş bir müzik türüdür. Scott Joplin en ünlü parçasını Sedalia şehrinde yazdı ve notaları bütün ülkede çok satıldı; çağdaşları için bu bir şaşkınlıktı.'
const CZECH = 'Ragtime je žánr americké hudby, který byl nejoblíbenější na přelomu devatenáctého a dvacátého století. Scott Joplin složil svou nejznámější skladbu v městě Sedalia a její noty se dobře prodávaly.'
const GERMAN = 'Der Ragtime ist eine Musik aus Amerika, die um die Jahrhundertwende sehr beliebt war. Größere Städte hatten für jedes Café einen Klavierspieler – „schöne Stücke“, hieß es überall.'
const HEBREW = 'רגטיים הוא סגנון מוזיקה אמריקאי. סקוט ג׳ופלין כתב את היצירה המפורסמת ביותר שלו בעיר סדליה, והתווים נמכרו בכל רחבי המדינה.'.replaceAll('׳', '')
const ARABIC = 'الراغتايم نوع من الموسيقى الأمريكية. كتب سكوت جوبلين أشهر مقطوعاته في مدينة سيداليا، وبيعت نوتاتها في جميع أنحاء البلاد.'

describe('the encoding of a text without a mark is found', () => {
  test.each([
    ['windows-1251', RUSSIAN], ['koi8-r', RUSSIAN.replaceAll('—', '-')], ['iso-8859-5', RUSSIAN.replaceAll('—', '-')], ['windows-1252', GERMAN], ['iso-8859-1', GERMAN.replaceAll(/[–„“]/g, '-')],
    ['windows-1250', CZECH], ['windows-1253', GREEK], ['iso-8859-7', GREEK], ['windows-1254', TURKISH], ['windows-1255', HEBREW], ['windows-1256', ARABIC],
    ['shift_jis', JAPANESE], ['euc-jp', JAPANESE], ['gbk', CHINESE], ['gb18030', CHINESE], ['big5', TRADITIONAL], ['euc-kr', KOREAN],
  ])('%s', (encoding, text) => {
    const bytes = encode(text, encoding)
    expect(decodeAll(bytes, detectEncoding(bytes))).toBe(text)
    expect(detectText(bytes).isGuess).toBe(true)
    // What a file says about itself needs no guess.
    expect(detectText(bytes, encoding)).toEqual({ encoding, isGuess: false })
  })

  test.each([['English', 'Ragtime was written in Sedalia.'], ['Russian', RUSSIAN], ['Greek', GREEK], ['Arabic', ARABIC], ['German', GERMAN]])('UTF-16 of %s words', (_, text) => {
    const little = Buffer.from(text, 'utf16le')
    expect(detectEncoding(little)).toBe('utf-16le')
    expect(detectEncoding(Buffer.from(little).swap16())).toBe('utf-16be')
  })

  test('ISO-2022-JP, though it is ASCII', () => {
    const bytes = Buffer.from('\x1B$B$3$s$K$A$O\x1B(B, Ann', 'latin1')
    expect(decodeAll(bytes, detectEncoding(bytes))).toBe('こんにちは, Ann')
    expect(detectEncoding(Buffer.from('\x1B[31mred\x1B[0m (B)'))).toBe('utf-8')
  })

  test('UTF-8 is never guessed', () => {
    for (const text of [RUSSIAN, JAPANESE, 'plain', '']) expect(detectText(Buffer.from(text), 'shift_jis')).toEqual({ encoding: 'utf-8', isGuess: false })
  })

  test('binary data is no UTF-16', () => {
    const bytes = Buffer.from(Array.from({ length: 400 }, (_, index) => index % 3 === 0 ? 0 : (index * 7) % 256))
    expect(detectEncoding(bytes)).not.toMatch(/utf-16/)
  })
})
