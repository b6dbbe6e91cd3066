import { describe, expect, it } from 'vitest'
import { bytesField, floatField, integerField, message } from '../../../../script/model/protobuf.ts'

// Examples of https://protobuf.dev/programming-guides/encoding/
describe('protobuf', () => {
  it.each([
    ['150 in field 1', integerField(1, 150), '089601'],
    ['-2 in field 1', integerField(1, -2), '08feffffffffffffffff01'],
    ['"testing" in field 2', bytesField(2, 'testing'), '120774657374696e67'],
    ['a message in field 3', bytesField(3, message(integerField(1, 150))), '1a03089601'],
    ['a float in field 2', floatField(2, 1), '150000803f'],
    ['a field number over 15', integerField(20, 1), 'a00101'],
  ])('%s', (_name, encoded, hex) => expect(encoded.toString('hex')).toBe(hex))
})
