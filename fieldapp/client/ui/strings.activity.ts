// What the screen of a communication session says, in both languages.

import type {ActivityForm} from '../store/shapes'
import {say} from './strings'

export const activityVi = {
  title: 'Buổi tuyên truyền',
  sub: 'Chỉ ghi số lượng, không ghi tên người dự',
  form: 'Hình thức',
  forms: {
    meeting: 'Hội nghị, nói chuyện', at_establishment: 'Tại cơ sở', door_to_door: 'Đến từng hộ, từng cơ sở',
    leaflet: 'Phát tờ rơi, treo áp phích', loudspeaker: 'Loa truyền thanh', website: 'Trang thông tin điện tử',
    social_media: 'Trang mạng xã hội', other: 'Hình thức khác',
  } as Record<ActivityForm, string>,
  day: 'Ngày',
  day_bad: 'Ngày này chưa đến.',
  whole: (kind: string) => `Toàn ${kind}`,
  headcount: 'Số người dự',
  headcount_needed: 'Hãy ghi số người dự.',
  topic: 'Nội dung',
  topic_hint: 'Chủ đề của buổi; không ghi tên người.',
  topic_long: 'Dài quá 300 ký tự.',
  reached: 'Lao động của các cơ sở',
  reached_hint: 'Nếu biết: mỗi cơ sở có bao nhiêu lao động dự.',
  reached_more: 'Nhiều hơn số người dự.',
  place: 'Cơ sở',
  workers: 'Số lao động',
  add: 'Thêm cơ sở',
  save: 'Lưu buổi tuyên truyền',
  saved: 'Đã lưu, chờ gửi về văn phòng.',
}

export const activityEn: typeof activityVi = {
  title: 'Communication session',
  sub: 'Numbers only, no names',
  form: 'Form',
  forms: {
    meeting: 'Meeting, talk', at_establishment: 'At an establishment', door_to_door: 'Door to door',
    leaflet: 'Leaflets, posters', loudspeaker: 'Loudspeakers', website: 'Website', social_media: 'Social media', other: 'Another form',
  },
  day: 'Day',
  day_bad: 'This day has not come yet.',
  whole: (kind: string) => `The whole ${kind}`,
  headcount: 'How many came',
  headcount_needed: 'Note how many came.',
  topic: 'Topic',
  topic_hint: 'What it was about; no names.',
  topic_long: 'Longer than 300 characters.',
  reached: 'Workers of which establishments',
  reached_hint: 'If known: how many workers of each came.',
  reached_more: 'More than came.',
  place: 'Establishment',
  workers: 'Workers',
  add: 'Add an establishment',
  save: 'Save the session',
  saved: 'Saved; it goes to the office when there is signal.',
}

export function words(): typeof activityVi { return say.code === 'en' ? activityEn : activityVi }
