// What the app says in Vietnamese of the office's answers: a record returned, voided or mended, a change that was not
// taken, a value that was not kept. strings.told.en.ts has the same keys; the compiler checks it.

import {numberText} from './number_text'

const n = numberText

export const toldVi = {
  office_returned: 'Văn phòng trả lại',
  office_returned_text: (remark: string) => `Cần bổ sung: ${remark}`,
  office_returned_then: 'Bấm “Lập bản sửa” để lập bản thay thế; bản này vẫn được tính cho đến khi được thay.',
  office_returned_count: (count: number) => `${n(count)} biên bản bị trả lại`,
  office_voided: 'Văn phòng đã hủy biên bản này',
  office_voided_text: (reason: string) => `Lý do: ${reason}. Lần kiểm tra này không còn được tính.`,
  office_accepted: (number: string) => `Văn phòng đã chấp nhận${number ? `, số ${number}` : ''}.`,
  office_amended: 'Đã có biên bản khác thay cho bản này.',
  office_mended: 'Văn phòng đã sửa khi ghi nhận',
  office_mended_text: (fields: string, reason: string) => `Đã sửa: ${fields}. Lý do: ${reason}. Bản anh/chị ký vẫn được giữ nguyên.`,
  office_day: (day: string) => `Văn phòng xác nhận ngày kiểm tra là ${day}.`,
  office_took: 'Văn phòng đã ghi nhận',
  office_took_mended: (reason: string) => `Văn phòng đã ghi nhận sau khi sửa. ${reason}`,
  office_dismissed: 'Văn phòng không ghi nhận',
  office_dismissed_text: (by: string, reason: string) => `${by ? `${by}: ` : ''}${reason}`,
  office_lost: (count: number) => `${n(count)} giá trị anh/chị ghi không được giữ`,
  office_lost_open: (field: string, value: string, by: string) => `${field}: anh/chị ghi “${value}”; hiện dùng giá trị ${by ? `của ${by}` : 'khác'}. Văn phòng sẽ chọn.`,
  office_lost_left: (field: string, value: string) => `${field}: văn phòng giữ giá trị đang dùng, không lấy “${value}”.`,
  office_lost_typed: (field: string, value: string) => `${field}: văn phòng ghi một giá trị khác, không lấy “${value}”.`,
  record_keys: {
    establishment: 'cơ sở', started_at: 'giờ bắt đầu', ended_at: 'giờ kết thúc', bodies: 'cơ quan', author: 'người lập', kind: 'hình thức',
    mode: 'cách thực hiện', outcome: 'kết quả', answers: 'nội dung kiểm tra', figures: 'số liệu', signed_on: 'ngày ký',
    valid_until: 'hạn cam kết', photos: 'ảnh', note: 'ghi chú', members: 'thành viên', due_on: 'hạn khắc phục', at: 'thời điểm',
  } as Record<string, string>,
}
