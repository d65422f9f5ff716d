// The parts of the face that decide something without a screen: addresses, the way back, typed counts, words.

import {expect, test} from 'vitest'
import {en} from '../../fieldapp/client/ui/strings.en'
import {vi} from '../../fieldapp/client/ui/strings.vi'
import {match, stepsInFlow, stepsUpTo} from '../../fieldapp/client/ui/router'
import {shortAddress} from '../../fieldapp/client/ui/parts'
import type {Commune} from '../../fieldapp/client/ui/screen'
import {nameFrom} from '../../fieldapp/client/exchange/device_name'
import {mapLink} from '../../fieldapp/client/screens/near'
import {size} from '../../fieldapp/client/ui/strings'
import {readCount} from '../../fieldapp/client/widgets/number'

const routes = [['/app', 'work'], ['/app/e/:id', 'establishment'], ['/app/i/:id/review', 'review']] as const

test('an address finds its screen, with or without a slash at its end', () => {
  expect(match(routes, '/app/')).toEqual({value: 'work', params: {}})
  expect(match(routes, '/app/e/7')).toEqual({value: 'establishment', params: {id: '7'}})
  expect(match(routes, '/app/i/7/review')?.params).toEqual({id: '7'})
  expect(match(routes, '/app/e')).toBeNull()
  expect(match(routes, '/app/e/7/8')).toBeNull()
})

test('up goes back through history to the nearest entry of that address', () => {
  expect(stepsUpTo(['/app', '/app/e/7', '/app/i/1'], '/app/e/7')).toBe(1)
  expect(stepsUpTo(['/app', '/app/e/7', '/app', '/app/e/7', '/app/i/1'], '/app')).toBe(2)
  expect(stepsUpTo(['/app/e/7', '/app/i/1'], '/app')).toBe(0)
  expect(stepsUpTo(['/app'], '/app')).toBe(0)
})

test('a finished flow takes all its entries along', () => {
  expect(stepsInFlow(['/app', '/app/e/7', '/app/i/1', '/app/i/1/review'], '/app/i/1')).toBe(2)
  expect(stepsInFlow(['/app/i/1', '/app/sync'], '/app/i/1')).toBe(0)
  expect(stepsInFlow(['/app/i/1'], '/app/i/1')).toBe(1)
})

test('a count is typed with or without groups; a blank is no answer, letters are no count', () => {
  expect(['8', ' 12 ', '1.234', '1 234', '0'].map(readCount)).toEqual([8, 12, 1234, 1234, 0])
  expect(readCount('')).toBeNull()
  expect(['abc', '-1', '1,5', '1234567'].map(readCount)).toEqual([undefined, undefined, undefined, undefined])
})

test('an address leaves out what the screen tells anyway, and nothing else', () => {
  const commune = {unit: {kind: 'xã', name: 'Kim Mẫu'}} as Commune
  expect(shortAddress(commune, 'Số 3, Thôn Mẫu 1, xã Kim Mẫu')).toBe('Số 3, Thôn Mẫu 1')
  expect(shortAddress(commune, 'Số 3, Thôn Mẫu 1, Xã Kim Mẫu', 'Thôn Mẫu 1')).toBe('Số 3')
  expect(shortAddress(commune, 'Thôn Mẫu 10', 'Thôn Mẫu 1')).toBe('Thôn Mẫu 10')
  expect(shortAddress(commune, '', 'Thôn Mẫu 1')).toBe('')
})

test('an address opens in the map app that the phone has', () => {
  const place = {name: 'Nhà nghỉ A', address: 'Số 3, Thôn Mẫu 1', latitude: null, longitude: null}
  const found = {...place, latitude: 20.1, longitude: 105.6}
  expect(mapLink(place, false)).toBe('geo:0,0?q=S%E1%BB%91%203%2C%20Th%C3%B4n%20M%E1%BA%ABu%201')
  expect(mapLink(place, true)).toBe('maps://?q=S%E1%BB%91%203%2C%20Th%C3%B4n%20M%E1%BA%ABu%201')
  expect(mapLink(found, false)).toBe('geo:20.1,105.6?q=20.1,105.6(Nh%C3%A0%20ngh%E1%BB%89%20A)')
  expect(mapLink(found, true)).toBe('maps://?ll=20.1,105.6&q=Nh%C3%A0%20ngh%E1%BB%89%20A')
})

test('a size is never nothing where there is something', () => {
  expect([size(0), size(300), size(33 * 1024), size(1.8 * 2 ** 20)]).toEqual(['0 KB', '1 KB', '33 KB', '1,8 MB'])
})

test('both languages count and write numbers their own way', () => {
  expect(vi.saved_waiting(1234)).toBe('1.234 bản ghi chờ gửi')
  expect(en.saved_waiting(1)).toBe('1 record to send')
  expect(en.saved_waiting(1234)).toBe('1,234 records to send')
})

test.each([
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36', 'SM-A125F', 'SM-A125F, Android'],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36', '', 'Android'],
  ['Mozilla/5.0 (Linux; Android 8.1.0; SM-J710F Build/M1AJQ) AppleWebKit/537.36 Chrome/106.0.0.0 Mobile', '', 'SM-J710F, Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 15_4 like Mac OS X) AppleWebKit/605.1.15', '', 'iPhone'],
  ['', '', ''],
])('a phone goes by its model, not by what browsers say for old websites: %s', (agent, model, name) => {
  expect(nameFrom(agent, model)).toBe(name)
})
